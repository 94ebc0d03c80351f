// Command main checks an exported log with golang.org/x/mod/sumdb/{note,tlog}, which Keepclear did not write.
//
// It opens the checkpoint with the log's key and the cosigners' keys, authenticates every hash through the
// tiles, compares every entry, and prints the proofs that it computes from the tiles, one JSON line each.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// cosigner verifies timestamped Ed25519 cosignatures, type 0x04.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func verifier(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	if key[0] != 4 {
		known, err := note.NewVerifier(vkey)
		check(err)
		return known
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	check(err)
	return cosigner{parts[0], uint32(hash), key[1:]}
}

// tiles reads tlog-tiles files; sumdb paths have the tile height as a further element.
type tiles struct{ folder string }

func (t tiles) Height() int                   { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(asked []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, one := range asked {
		raw, err := os.ReadFile(filepath.Join(t.folder, "tile", strings.TrimPrefix(one.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		read = append(read, raw)
	}
	return read, nil
}

func entries(folder string, size int64) [][]byte {
	var found [][]byte
	for number := int64(0); number*256 < size; number++ {
		width := size - number*256
		if width > 256 {
			width = 256
		}
		path := tlog.Tile{H: height, L: 0, N: number, W: int(width)}.Path()
		raw, err := os.ReadFile(filepath.Join(folder, "tile/entries", strings.TrimPrefix(path, "tile/8/0/")))
		check(err)
		for len(raw) > 0 {
			length := int(binary.BigEndian.Uint16(raw))
			found = append(found, raw[2:2+length])
			raw = raw[2+length:]
		}
	}
	return found
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(2)
	}
}

func require(holds bool, what string, number int64) {
	if !holds {
		check(fmt.Errorf("%s %d does not hold", what, number))
	}
}

func print(kind string, number int64, proof []tlog.Hash) {
	line, err := json.Marshal(map[string]interface{}{"kind": kind, "number": number, "proof": proof})
	check(err)
	fmt.Println(string(line))
}

func main() {
	folder := os.Args[1]
	var known []note.Verifier
	for _, vkey := range os.Args[2:] {
		known = append(known, verifier(vkey))
	}
	raw, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	check(err)
	opened, err := note.Open(raw, note.VerifierList(known...))
	check(err)
	require(len(opened.Sigs) == len(known), "number of signatures", int64(len(opened.Sigs)))
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	for index, entry := range entries(folder, size) {
		at := int64(index)
		hash := tlog.RecordHash(entry)
		stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, at)})
		check(err)
		require(stored[0] == hash, "entry", at)
		record, err := tlog.ProveRecord(size, at, reader)
		check(err)
		check(tlog.CheckRecord(record, size, root, at, hash))
		print("record", at, record)
		older, err := tlog.TreeHash(at+1, reader)
		check(err)
		tree, err := tlog.ProveTree(size, at+1, reader)
		check(err)
		check(tlog.CheckTree(tree, size, root, at+1, older))
		print("tree", at+1, tree)
	}
}
