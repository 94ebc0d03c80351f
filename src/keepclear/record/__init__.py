"""The transparency log: what was told, in order, provably whole.

Formats are those of C2SP (signed-note 1.0.0, tlog-checkpoint, tlog-tiles, tlog-cosignature v1, tlog-proof,
tlog-policy, read at commit 5ba5ee83) over the Merkle tree of RFC 6962. This package is pure, knows no
statement and may be used on its own.

    tree        leaf and node hashes, the append-only frontier
    proof       inclusion and consistency proofs, the tlog-proof text
    tiles       hash tiles and entry bundles
    signing     Ed25519 keys, verifier key texts, fingerprints
    note        signed notes
    checkpoint  size and root of a log as a note text
    commitment  the tree of 1,024 leaves over what was filed and told nobody
    cosign      timestamped cosignatures of mirrors and witnesses
    policy      which keys count for what
    canonical   one byte form for one value; salted hashes
"""
