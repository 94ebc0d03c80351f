#!/usr/bin/env python3
"""Verify a Keepclear export with this one file, Python 3.9 or later and the package `cryptography`.

    python keepclear_verify.py DIR
    python keepclear_verify.py DIR --policy FILE        keys that you have confirmed, in a file of your own
    python keepclear_verify.py DIR --pin reader/RUS=VKEY   one such key
    python keepclear_verify.py DIR --checkpoint FILE    a checkpoint that you kept from earlier
    python keepclear_verify.py EVIDENCE.json --policy FILE   that an author signed two histories of one log
    python keepclear_verify.py PROOF --statement FILE --policy FILE   one proof, as a file or as radio rows

It checks every entry against its hash tile, the tiles against the root of the tree, the root against the
signed checkpoint, every cosignature, every statement's signature, every attachment against its salted hash,
and that one statement id never stands for two texts. It then prints one of three grades:

    1 self-consistent only              whoever holds the keys could have rewritten it all
    2 cosigned by the reader            the reader itself held these bytes, by a key that you confirmed
    3 cosigned by a witness elsewhere   so did, for the tree, a witness by a key that you confirmed

Where a reader held less than all, the last line says up to which entry a grade holds.
A policy inside the export is the exporter's own word: on it alone nothing reads as more than grade 1.
Exit status: 0 verified, 2 refused, 1 could not read. Formats: c2sp.org signed-note, tlog-checkpoint,
tlog-tiles, tlog-cosignature (type 0x04) and tlog-policy; RFC 6962 §2.1; RFC 8785.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
import time
import zlib
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("This needs the Python package cryptography: python -m pip install cryptography")

GRADES = {1: "self-consistent only", 2: "cosigned by the reader", 3: "cosigned by a witness elsewhere"}
MAX_FILE_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 2**30
MAX_FILES = 300_000
MAX_SIGNATURES = 100
NOTE_KEY, COSIGNER_KEY = 0x01, 0x04
STATEMENT_PREFIX = b"keepclear-statement/v1\n"
ATTACHMENT_PREFIX = b"keepclear-attachment/v1\n"
# Points of small order, without their sign bit: under such a key one signature holds for many texts.
ANYBODYS = {
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
}
FINGERPRINT_PREFIX = b"keepclear-fingerprint/v1\n"
COMMITMENT_PREFIX = b"keepclear-commitment/v1\n"
SALT_BYTES = 32
PUBLIC = "public"
CLIENT_SIGNS = "statements by client"
CLIENT_COSIGNS = "cosigning by client"
BY_MACHINE = frozenset(
    ("alarm", "alarm-step", "clock-event", "conflict", "hits-capped", "key", "log-closed", "log-opened")
)
_MAX_INT = 2**53 - 1
_YEAR_10000_S = 253_402_300_800
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_LOG_FILE = re.compile(r"logs/(0|[1-9][0-9]{0,5})/(.+)")
_COMPANIONS = {"README.txt", "keepclear_verify.py"}
TWO_HISTORIES = "two histories of one log, each signed by its author"
RADIO_HEADING = "KEEPCLEAR"
RADIO_BYTES = 16_384
_RADIO_ROW = re.compile(r"(\d{1,4})((?:\s+[A-Z2-7]+)+)")
_HEARD = str.maketrans("018", "OIB")
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
PROOF_GRADES = {
    1: "signed by its author's log alone",
    2: "cosigned by the reader",
    3: "cosigned by a witness elsewhere",
}
TWO_TEXTS = "two texts of one statement, each signed by its author"
_LITTER = {"Thumbs.db", "desktop.ini", "System Volume Information", "__pycache__"}


class Unreadable(Exception):
    """What was asked for cannot be read at all; says nothing about the export's truth."""


class Broken(ValueError):
    """Bytes that are not what they claim to be; the caller adds the file's name."""


class Refusal(Exception):
    """The export does not hold; says why, in which log, at which entry, in which file."""

    def __init__(self, why: str, file: str = "", entry: int | None = None, log: str = "") -> None:
        super().__init__(why)
        self.why, self.file, self.entry, self.log = why, file, entry, log


# Hashes, base64 and JSON, each in its one spelling.


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf (RFC 6962)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent (RFC 6962)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots_at(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Give the root of the tree over the first n leaves, for each n asked for."""
    peaks: list[bytes] = []
    roots: dict[int, bytes] = {}
    for count, leaf in enumerate(leaves, 1):
        node, carry = leaf, count - 1
        while carry & 1:
            node = node_hash(peaks.pop(), node)
            carry >>= 1
        peaks.append(node)
        if count in sizes:
            root = node
            for peak in reversed(peaks[:-1]):
                root = node_hash(peak, root)
            roots[count] = root
    return roots


def unbase64(text: str, what: str) -> bytes:
    """Read base64 in its one canonical spelling."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Broken(f"{what} is not base64") from None
    if base64.b64encode(value).decode() != text:
        raise Broken(f"{what} is not in canonical base64")
    return value


def _int(text: str) -> int | float:
    value = int(text) if len(text) < 20 else float(text)
    return value if abs(value) <= _MAX_INT else float(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Broken("an object has one member twice")
    return found


def _no_constant(text: str) -> Any:  # noqa: ANN401 - json's own signature
    raise Broken(f"{text} is no JSON number")


def read_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON; a member that stands twice, NaN and what is no UTF-8 are refused."""
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_members,
            parse_int=_int,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Broken(f"not JSON: {error}") from None


def _number(value: float) -> str:
    """Write a number as ECMAScript does, which RFC 8785 prescribes."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise Broken("an infinite number")
    text, lead = "".join(map(str, digits)), "-" if sign else ""
    point = len(text) + exponent
    if len(text) <= point <= 21:
        return f"{lead}{text}{'0' * (point - len(text))}"
    if 0 < point <= 21:
        return f"{lead}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{lead}0.{'0' * -point}{text}"
    rest = f".{text[1:]}" if len(text) > 1 else ""
    return f"{lead}{text[0]}{rest}e{'+' if point > 0 else ''}{point - 1}"


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write JSON in the one form of RFC 8785."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    return "{" + ",".join(_canonical_members(value).values()) + "}"


def _canonical_members(value: dict[str, Any]) -> dict[str, str]:
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return {name: f"{canonical(name)}:{canonical(value[name])}" for name in ordered}


def utf8(text: str) -> bytes:
    """Encode text that may hold half a surrogate pair, which no JSON text may."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Broken("text that has no UTF-8 form") from None


# Keys, notes, policies.


@dataclass(frozen=True)
class Key:
    """A public key with its name and type."""

    name: str
    kind: int
    public: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def key_id(self) -> str:
        """The text by which statements name the key."""
        return f"{self.name}+{self.hash.hex()}"

    @property
    def vkey(self) -> str:
        """The key as text."""
        return f"{self.key_id}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @property
    def fingerprint(self) -> str:
        """Thirty digits to compare by voice."""
        number = int.from_bytes(hashlib.sha256(FINGERPRINT_PREFIX + self.vkey.encode()).digest(), "big")
        digits = f"{number % 10**30:030d}"
        return " ".join(digits[start : start + 5] for start in range(0, 30, 5))

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Tell whether this key made the signature over the message."""
        if self.public[:31] + bytes([self.public[31] & 0x7F]) in ANYBODYS:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_key(vkey: str, kind: int) -> Key:
    """Read a vkey text, which must be of the type that its use asks for."""
    name, plus, tail = vkey.partition("+")
    raw = unbase64(tail[9:], f"the key of {name}")
    if not name or not plus or tail[8:9] != "+" or len(raw) != 33 or raw[0] != kind:
        raise Broken(f"{vkey} is no key of type {kind}")
    key = Key(name, raw[0], raw[1:])
    if key.vkey != vkey:
        raise Broken(f"the key of {name} does not have the hash that it states")
    return key


@dataclass
class Policy:
    """Log keys, cosigners by name, groups and quorum, as a tlog-policy file states them."""

    logs: list[Key] = field(default_factory=list)
    cosigners: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def met(self, cosigned: set[str]) -> bool:
        """Tell whether cosignatures by these names meet the quorum."""
        held = set(cosigned)
        for name, (threshold, members) in self.groups.items():
            if sum(member in held for member in members) >= threshold:
                held.add(name)
        return self.quorum == "none" or self.quorum in held


def parse_policy(text: str) -> Policy:
    """Read a tlog-policy file."""
    policy = Policy()
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) or not text.endswith("\n"):
        raise Broken("the policy is no plain text of whole lines")
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                _policy_line(policy, words[0], words[1:])
            except (Broken, IndexError) as error:
                raise Broken(f"policy line {number}: {error}") from None
    publics = [key.public for key in [*policy.logs, *policy.cosigners.values()]]
    if len(set(publics)) != len(publics) or not policy.quorum:
        raise Broken("the policy has one key twice, or no quorum line")
    return policy


def _policy_line(policy: Policy, word: str, rest: list[str]) -> None:
    names = {*policy.cosigners, *policy.groups}
    if word == "log" and len(rest) in (1, 2):
        policy.logs.append(parse_key(rest[0], NOTE_KEY))
    elif word == "witness" and len(rest) in (2, 3) and rest[0] not in names | {"none"}:
        policy.cosigners[rest[0]] = parse_key(rest[1], COSIGNER_KEY)
    elif word == "group" and rest[0] not in names | {"none"}:
        members = rest[2:]
        threshold = {"all": len(members), "any": 1}.get(rest[1]) or int(_decimal(rest[1]))
        grouped = [one for _, others in policy.groups.values() for one in others]
        if not 1 <= threshold <= len(members) or not set(members) <= names - set(grouped):
            raise Broken("a group of names that are not defined above, or a wrong threshold")
        if len(set(members)) != len(members):
            raise Broken("a group with one member twice")
        policy.groups[rest[0]] = (threshold, members)
    elif word == "quorum" and len(rest) == 1 and not policy.quorum and rest[0] in names | {"none"}:
        policy.quorum = rest[0]
    else:
        raise Broken(f'"{word}" with these words')


def _decimal(text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        raise Broken(f'"{text}" is no number')
    return text


@dataclass(frozen=True)
class SignatureLine:
    """One signature line of a note: who, under which key hash, and the bytes."""

    name: str
    hash: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint taken apart; no signature has been checked."""

    text: str
    origin: str
    size: int
    root: bytes
    lines: list[SignatureLine]


def parse_checkpoint(raw: bytes) -> Checkpoint:
    """Read a signed checkpoint without checking a signature."""
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("the checkpoint is not UTF-8") from None
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", whole):
        raise Broken("the checkpoint is no signed note")
    parts = head.split("\n")
    if len(parts) != 3 or not parts[0]:
        raise Broken("the checkpoint is not three lines of origin, size and root")
    lines = [_signature_line(line) for line in tail[:-1].split("\n")]
    root = unbase64(parts[2], "the root")
    if len(root) != 32 or len(lines) > MAX_SIGNATURES:
        raise Broken("the checkpoint has no root of 32 bytes, or too many signatures")
    return Checkpoint(head + "\n", parts[0], int(_decimal(parts[1])), root, lines)


def _signature_line(line: str) -> SignatureLine:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1]:
        raise Broken("a line that is no signature line")
    raw = unbase64(parts[2], f"the signature of {parts[1]}")
    return SignatureLine(parts[1], raw[:4], raw[4:])


Mark = tuple[Key, int | None]  # a signature that holds: by which key, and a cosigner's time


def check_line(key: Key, line: SignatureLine, text: str) -> int | None:
    """Check one signature and give a cosigner's time in seconds since 1970; a log's own has none."""
    message, signature, at = text.encode(), line.signature, None
    if key.kind == COSIGNER_KEY:
        at = int.from_bytes(signature[:8], "big")
        message, signature = f"cosignature/v1\ntime {at}\n{text}".encode(), signature[8:]
    if not key.signed(signature, message):
        raise Broken(f"the signature by {key.key_id} does not hold over these bytes")
    return at


# What the export holds, and what was confirmed from outside.


@dataclass
class Outside:
    """What the person who verifies has confirmed apart from the export."""

    policy: Policy = field(default_factory=lambda: Policy(quorum="none"))
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    clients: dict[str, Key] = field(default_factory=dict)
    statements: dict[str, Key] = field(default_factory=dict)

    def pin(self, who: str, vkey: str) -> None:
        """Add a confirmed key: `reader/<party>`, `host/<name>`, `witness/<name>` or `client/<party>`.

        `statements/<party>` is the key by which a party's node signs statements: for evidence of two texts.
        """
        role, _, party = who.partition("/")
        if role == "statements" and party:
            if party in self.statements:
                raise Broken(f"{who} has two keys")
            self.statements[party] = parse_key(vkey, NOTE_KEY)
            return
        if role == "client" and party:
            if party in self.clients:
                raise Broken(f"{who} has two keys")
            self.clients[party] = parse_key(vkey, NOTE_KEY)
            return
        if who in self.policy.cosigners:
            raise Broken(f"{who} has two keys")
        self.policy.cosigners[who] = parse_key(vkey, COSIGNER_KEY)

    def check(self) -> None:
        """Refuse names that do not say what a cosignature by that key is worth."""
        for who in self.policy.cosigners:
            if not re.fullmatch(r"(reader|host|witness)/.+", who):
                raise Broken(f'"{who}" does not say whose key it is: reader/PARTY, host/NAME or witness/NAME')


def outside(policy: str | None = None, pins: list[str] | None = None) -> Outside:
    """Take a policy text and pins such as `reader/RUS=VKEY`, all confirmed apart from the export."""
    known = Outside() if policy is None else Outside(parse_policy(policy))
    for pin in pins or []:
        who, equals, vkey = pin.partition("=")
        if not equals or "+" in who:
            raise Broken(
                f'"{pin}" does not say whose key it is: reader/PARTY=VKEY, witness/NAME=VKEY or '
                "client/PARTY=VKEY"
            )
        known.pin(who, vkey)
    known.check()
    return known


@dataclass
class Cosigned:
    """One cosignature that holds: by whom, when by its clock, and whether you confirmed the key.

    `own` says that it is the mark of the log author's own node, which proves nothing of anybody else.
    """

    who: str
    fingerprint: str
    at: str
    confirmed: bool
    own: bool = False


@dataclass
class LogVerdict:
    """What was found of one log.

    `grade` is that of all its entries. Its first `first_size` entries read as `first_grade`: where the reader
    held less than all, that is higher.
    """

    file: str
    author: str
    reader: str
    origin: str
    size: int
    grade: int
    key_fingerprint: str
    key_confirmed: bool
    cosigned: list[Cosigned]
    earlier: list[int]
    notes: list[str]
    first_grade: int = 0
    first_size: int = 0


@dataclass
class Verdict:
    """What was found of the whole export; `grade` is the lowest of its logs, 0 if it was refused."""

    grade: int = 0
    logs: list[LogVerdict] = field(default_factory=list)
    entries: int = 0
    signatures: int = 0
    attachments_present: int = 0
    attachments_absent: int = 0
    notes: list[str] = field(default_factory=list)
    refused: dict[str, Any] | None = None

    @property
    def verified(self) -> bool:
        """Tell whether nothing was refused."""
        return self.refused is None

    @property
    def first_grade(self) -> int:
        """Give the lowest grade of the first entries of every log, up to where each was cosigned."""
        return min((log.first_grade for log in self.logs), default=0)

    def as_json(self) -> dict[str, Any]:
        """Give the verdict as plain values."""
        return {"verified": self.verified, "grade_text": GRADES.get(self.grade, "refused"), **asdict(self)}


@dataclass
class Export:
    """The files of an export, its own policy and keys, and what has been seen of its statements."""

    files: dict[str, bytes]
    outside: Outside
    policy: Policy = field(default_factory=Policy)
    keys: dict[str, Key] = field(default_factory=dict)
    texts: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)
    unread_originals: int = 0
    commitments: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    openings: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def file(self, path: str) -> bytes:
        """Give one file that must be there."""
        if path not in self.files:
            raise Refusal("a file is missing", path)
        return self.files[path]


@dataclass
class Log:
    """One log while it is being checked."""

    folder: str
    author: str
    reader: str
    origin: str
    revoked: dict[str, int] = field(default_factory=dict)
    clients: list[str] = field(default_factory=list)
    signers: dict[str, int] = field(default_factory=dict)


def verify_files(files: dict[str, bytes], known: Outside | None = None) -> Verdict:
    """Verify an export given as its files by path."""
    export = Export(files, known or Outside())
    verdict = Verdict()
    try:
        numbers = _log_numbers(export)
        _read_own_word(export)
        for number in numbers:
            verdict.logs.append(_verify_log(export, f"logs/{number}/"))
        if len({log.origin for log in verdict.logs}) != len(verdict.logs):
            raise Refusal("two logs have one origin", "logs")
        _check_attachments(export, verdict)
    except Refusal as refusal:
        verdict.refused = {
            "log": refusal.log, "entry": refusal.entry, "file": refusal.file, "why": refusal.why
        }  # fmt: skip
        return verdict
    verdict.grade = min(log.grade for log in verdict.logs)
    verdict.entries = sum(log.size for log in verdict.logs)
    verdict.signatures = len(export.checked)
    _note_the_rest(export, verdict)
    return verdict


def _read_own_word(export: Export) -> None:
    try:
        text = export.file("policy").decode("utf-8")
        export.policy = parse_policy(text)
        if "#" in text or re.search(r"(^|\n)\n|  |\t|(^|\n) | \n", text):
            raise Broken("the policy of an export has no comments, empty lines or further spaces")
    except (Broken, UnicodeDecodeError) as error:
        raise Refusal(str(error), "policy") from None
    try:
        listed = _canonical_object(export.file("keys.json"))
        for key_id, vkey in listed.items():
            key = parse_key(str(vkey), NOTE_KEY)
            if key.key_id != key_id:
                raise Broken(f"the key under {key_id} is {key.key_id}")
            export.keys[key_id] = key
    except Broken as error:
        raise Refusal(str(error), "keys.json") from None


def _canonical_object(raw: bytes) -> dict[str, Any]:
    value = read_json(raw)
    try:
        if isinstance(value, dict) and utf8(canonical(value)) == raw:
            return value
    except RecursionError:
        pass
    raise Broken("not one object in canonical JSON (RFC 8785)")


def _log_numbers(export: Export) -> list[int]:
    found = set()
    for path in export.files:
        match = _LOG_FILE.fullmatch(path)
        if match:
            found.add(int(match[1]))
        elif path.startswith("logs/"):
            raise Refusal("a file that belongs to no log", path)
    if not found:
        raise Unreadable("there is no export here: no folder logs/0")
    if found != set(range(len(found))):
        raise Refusal("the logs are not numbered without gaps from 0", "logs")
    return sorted(found)


def _verify_log(export: Export, folder: str) -> LogVerdict:
    log = Log(folder, "", "", "")
    try:
        try:
            return _check_log(export, log)
        except Broken as error:
            raise Refusal(str(error), folder + "checkpoint") from None
    except Refusal as refusal:
        refusal.log = f"{log.author} -> {log.reader}" if log.author else folder.rstrip("/")
        raise


def _check_log(export: Export, log: Log) -> LogVerdict:
    _read_about(export, log)
    head = parse_checkpoint(export.file(log.folder + "checkpoint"))
    if head.origin != log.origin:
        why = f"the checkpoint is of {head.origin}, and about.json says {log.origin}"
        named = {key.name for key in (*export.policy.logs, *export.outside.policy.logs)}
        amiss = "about.json" if head.origin in named and log.origin not in named else "checkpoint"
        raise Refusal(why, log.folder + amiss)
    if head.size == 0:
        raise Broken("the log has no entry 0, which opens it")
    entries, leaves = _read_entries(export, log, head)
    opened = _check_checkpoints(export, log, head, leaves)
    for index, entry in enumerate(entries):
        path = _bundle_path(log, head.size, index)
        try:
            _check_entry(export, log, index, entry)
        except (Broken, RecursionError) as error:
            raise Refusal(str(error) or "nested too deep", path, index) from None
    return _judge(export, log, head, opened)


def _read_about(export: Export, log: Log) -> None:
    path = log.folder + "about.json"
    try:
        about = _canonical_object(export.file(path))
    except Broken as error:
        raise Refusal(str(error), path) from None
    if set(about) != {"author", "origin", "reader"} or not all(
        isinstance(one, str) for one in about.values()
    ):
        raise Refusal("it does not state author, origin and reader, and no more", path)
    log.author, log.reader, log.origin = about["author"], about["reader"], about["origin"]


# Tiles and entries.


def _index_path(index: int, width: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + ("" if width == 256 else f".p/{width}")


def _bundle_path(log: Log, size: int, index: int) -> str:
    number = index // 256
    return f"{log.folder}tile/entries/{_index_path(number, min(256, size - number * 256))}"


def _read_entries(export: Export, log: Log, head: Checkpoint) -> tuple[list[bytes], list[bytes]]:
    if head.size > MAX_TOTAL_BYTES:
        raise Broken(f"a log of {head.size} entries is larger than what can be read here")
    entries: list[bytes] = []
    leaves: list[bytes] = []
    differing: list[tuple[int, str, str]] = []
    expected = {log.folder + "checkpoint", log.folder + "about.json"}
    for start in range(0, head.size, 256):
        width = min(256, head.size - start)
        bundle = _bundle_path(log, head.size, start)
        tile = f"{log.folder}tile/0/{_index_path(start // 256, width)}"
        found = _split_bundle(export.file(bundle), bundle, start, width)
        hashes = [leaf_hash(entry) for entry in found]
        others = _differing(export.file(tile), tile, hashes)
        differing += [(start + number, bundle, tile) for number in others]
        expected |= {bundle, tile}
        entries += found
        leaves += hashes
    if differing:
        _blame(head, leaves, *differing[0])
    expected |= _check_upper_tiles(export, log, leaves)
    for path in export.files:
        inside = path.startswith(log.folder) and not path.startswith(log.folder + "checkpoints/")
        if inside and path not in expected:
            raise Refusal("a file that belongs to no part of the log", path)
    return entries, leaves


def _differing(tile: bytes, path: str, hashes: list[bytes]) -> list[int]:
    if len(tile) != 32 * len(hashes):
        raise Refusal(f"the tile does not hold {len(hashes)} hashes of 32 bytes", path)
    return [number for number, one in enumerate(hashes) if tile[number * 32 : number * 32 + 32] != one]


def _blame(head: Checkpoint, leaves: list[bytes], index: int, bundle: str, tile: str) -> None:
    """Refuse the tile if the entries lead to the signed root, else the entry."""
    if roots_at(leaves, {head.size})[head.size] == head.root:
        raise Refusal("the tile does not hold the hash of this entry", tile, index)
    raise Refusal("the entry does not have the hash that the tree holds for it", bundle, index)


def _split_bundle(raw: bytes, path: str, first: int, width: int) -> list[bytes]:
    entries: list[bytes] = []
    end = 0
    for number in range(width):
        begin = end + 2
        end = begin + int.from_bytes(raw[end:begin], "big")
        if begin > len(raw) or end > len(raw):
            raise Refusal("the bundle ends inside this entry", path, first + number)
        entries.append(raw[begin:end])
    if end != len(raw):
        raise Refusal("the bundle goes on after its last entry", path, first + width - 1)
    return entries


def _check_upper_tiles(export: Export, log: Log, leaves: list[bytes]) -> set[str]:
    level, row, paths = 0, leaves, set()
    while len(row) >= 256:
        full = range(0, len(row) - 255, 256)
        row = [roots_at(row[start : start + 256], {256})[256] for start in full]
        level += 1
        for start in range(0, len(row), 256):
            hashes = row[start : start + 256]
            path = f"{log.folder}tile/{level}/{_index_path(start // 256, len(hashes))}"
            if export.file(path) != b"".join(hashes):
                raise Refusal("the tile does not hold the hashes of the tiles below it", path)
            paths.add(path)
    return paths


# Checkpoints.


def _check_checkpoints(
    export: Export, log: Log, head: Checkpoint, leaves: list[bytes]
) -> list[tuple[int, list[Mark]]]:
    """Check all checkpoints of a log, and give the size and signatures of each, the smallest first."""
    kept = _kept_checkpoints(export, log)
    roots = roots_at(leaves, {head.size, *(one.size for _, one in kept)})
    opened: list[tuple[int, list[Mark]]] = []
    for path, earlier in [*kept, (log.folder + "checkpoint", head)]:
        try:
            marks = _open(export, log, earlier, strict=path not in export.outside.checkpoints)
        except Broken as error:
            raise Refusal(f"checkpoint of size {earlier.size}: {error}", path) from None
        if earlier.size > head.size:
            why = (
                f"a checkpoint of size {earlier.size} was signed, and the log ends at {head.size}: it was cut"
            )
            raise Refusal(why, path)
        if earlier.root != roots.get(earlier.size):
            who = ", ".join(sorted(key.key_id for key, _ in marks))
            why = (
                f"the first {earlier.size} entries do not have the root that was signed for that size: "
                f"this checkpoint, signed by {who}, contradicts the log"
            )
            raise Refusal(why, path, earlier.size - 1 if earlier.size == 1 else None)
        opened.append((earlier.size, marks))
    return opened


def _kept_checkpoints(export: Export, log: Log) -> list[tuple[str, Checkpoint]]:
    found: list[tuple[str, Checkpoint]] = []
    folder = log.folder + "checkpoints/"
    for path, raw in export.files.items():
        if path.startswith(folder):
            try:
                one = parse_checkpoint(raw)
                if path != f"{folder}{one.size}" or one.origin != log.origin or not one.size:
                    raise Broken("the checkpoint is of another log or size than its name says")
            except Broken as error:
                raise Refusal(str(error), path) from None
            found.append((path, one))
    for label, raw in export.outside.checkpoints.items():
        one = parse_checkpoint(raw)
        if one.origin == log.origin:
            found.append((label, one))
    return sorted(found, key=lambda pair: (pair[1].size, pair[0]))


def _open(export: Export, log: Log, head: Checkpoint, *, strict: bool) -> list[Mark]:
    """Check the signature lines; in an export (strict), unlike in a note at large, no key may be unknown."""
    sure, own = export.outside.policy, export.policy
    log_keys = [key for key in sure.logs if key.name == log.origin]
    named = [key for key in own.logs if key.name == log.origin]
    if log_keys and not set(named) <= set(log_keys):
        raise Broken(f"the export names another key for the log {log.origin} than the one you confirmed")
    log_keys = log_keys or named
    keys = [*log_keys, *sure.cosigners.values(), *own.cosigners.values()]
    known = {(key.name, key.hash): key for key in reversed(keys)}
    marks: list[Mark] = []
    for line in head.lines:
        key = known.get((line.name, line.hash))
        if key is not None:
            marks.append((key, check_line(key, line, head.text)))
        elif strict:
            raise Broken(f"a signature by {line.name}+{line.hash.hex()}, which no policy here names")
    if all(key not in log_keys for key, _ in marks):
        raise Broken(f"it is not signed by a key of the log {log.origin}")
    return marks


# Statements.


def _check_entry(export: Export, log: Log, index: int, raw: bytes) -> None:
    entry = read_json(raw)
    if not isinstance(entry, dict) or set(entry) != {"index", "recorded_at", "sees", "statement"}:
        raise Broken("not one object of index, recorded_at, sees and statement")
    statement, recorded_at, sees = entry["statement"], entry["recorded_at"], entry["sees"]
    if entry["index"] != index:
        raise Broken(f"it says that it is entry {entry['index']}")
    if not isinstance(recorded_at, str) or not _UTC.fullmatch(recorded_at):
        raise Broken("recorded_at is no UTC time")
    if not isinstance(sees, int) or sees < 0 or not isinstance(statement, dict):
        raise Broken("sees is no number, or statement no object")
    whole = _check_statement(export, log, statement, index)
    expected = f'{{"index":{index},"recorded_at":"{recorded_at}","sees":{sees},"statement":{whole}}}'
    if utf8(expected) != raw:
        raise Broken("not in canonical JSON (RFC 8785)")
    body = statement.get("body")
    body = body if isinstance(body, dict) else {}
    if index == 0:
        opened = (body.get("kind"), body.get("author"), body.get("reader"))
        if opened != ("log-opened", log.author, log.reader):
            raise Broken(f"entry 0 does not open a log of {log.author} to {log.reader}")
    if body.get("kind") == "key" and body.get("revoked") is True:
        log.revoked.setdefault(str(body.get("vkey")), index)
    if body.get("kind") == "forwarded":
        _check_original(export, body.get("original"))
    _keep_commitment(export, log, statement, body, recorded_at)


def _keep_commitment(
    export: Export, log: Log, statement: dict[str, Any], body: dict[str, Any], recorded_at: str
) -> None:
    if body.get("kind") == "commitment":
        stated = (log.author, str(body.get("root")), recorded_at)
        export.commitments.setdefault(str(statement.get("id")), stated)
    if body.get("kind") == "commitment-opened":
        export.openings[str(statement.get("id"))] = (log.author, body)


def _opening_words(export: Export, author: str, body: dict[str, Any]) -> str:
    """Say whether salt and path lead from a statement here to the root of a commitment here."""
    of, under = str(body.get("of")), str(body.get("commitment"))
    text, stated = export.texts.get(of), export.commitments.get(under)
    if text is None or stated is None:
        return f"an opening of {of}: not checked, the statement or its commitment is not in this export"
    committed_by, root, at = stated
    try:
        path = [bytes.fromhex(str(one)) for one in body.get("path", ())]
        salt, place = bytes.fromhex(str(body.get("salt"))), int(body.get("place", -1))
    except (TypeError, ValueError):
        path, salt, place = [], b"", -1
    node = leaf_hash(COMMITMENT_PREFIX + salt + text[0])
    for level, sibling in enumerate(path):
        pair = (sibling, node) if place >> level & 1 else (node, sibling)
        node = node_hash(*pair)
    whole = len(path) == 10 and len(salt) == 32 and 0 <= place < 1024 and {len(one) for one in path} == {32}
    if not whole or node.hex() != root or {committed_by, of.partition(".")[0]} != {author}:
        return f"an opening of {of} DOES NOT HOLD: it does not lead to the commitment {under}"
    return f"an opening holds: {author} had filed {of} before its commitment of {at} by its clock"


def _check_statement(export: Export, log: Log, statement: dict[str, Any], index: int) -> str:
    author = statement.get("author")
    author = author if isinstance(author, dict) else {}
    if author.get("party") != log.author:
        raise Broken(f"a statement of {author.get('party')} in the log of {log.author}")
    _check_owner(statement, log.author)
    key = export.keys.get(str(author.get("key")))
    if key is None:
        raise Broken(f"keys.json has no key {author.get('key')}")
    if log.revoked.get(key.vkey, index) < index:
        raise Broken(f"signed by {key.key_id}, which entry {log.revoked[key.vkey]} revoked")
    whole = _check_signature(export, key, statement)
    digest = hashlib.sha256(utf8(whole)).digest()
    first, where = export.texts.setdefault(str(statement.get("id")), (digest, f"{log.folder}entry {index}"))
    if first != digest:
        raise Broken(f"the statement {statement.get('id')} has another text here than in {where}")
    _check_client(log, statement, key)
    _check_beside(statement)
    export.attached |= _salted_hashes(statement)
    return whole


def _check_client(log: Log, statement: dict[str, Any], key: Key) -> None:
    """Hold a statement against the client key of a hosted author, from where its log states that key on.

    The first client key signs its own statement, a later one is signed by the one before it. What a machine
    states of itself is no word of the author's people, and the host's own key may sign it.
    """
    body = statement.get("body")
    body = body if isinstance(body, dict) else {}
    enrols = body.get("kind") == "key" and body.get("signs") == CLIENT_SIGNS
    if not enrols and body.get("kind") in BY_MACHINE and body.get("signs") != CLIENT_COSIGNS:
        return
    stated = str(body.get("vkey")) if enrols and not log.clients else ""
    due = log.clients[-1] if log.clients else stated
    if due and key.vkey != due:
        raise Broken(
            f"signed by {key.key_id} and not by the client key of {log.author}, which holds from here on: "
            "whoever hosts it may have written this"
        )
    if enrols:
        log.clients.append(str(body.get("vkey")))
    elif body.get("kind") != "key":
        log.signers[key.vkey] = log.signers.get(key.vkey, 0) + 1


def _client_notes(export: Export, log: Log) -> list[str]:
    """Say which statements only the author's own client can have written, by the key that was confirmed."""
    confirmed = export.outside.clients.get(log.author)
    if confirmed is not None and log.clients and confirmed.vkey not in log.clients:
        raise Broken(f"it states another client key of {log.author} than the one you confirmed")
    own = sum(count for vkey, count in log.signers.items() if vkey in log.clients)
    others = sum(log.signers.values()) - own
    if not log.clients:
        if confirmed is None:
            return []
        return [
            f"none of its {others} statements is signed with the client key that you confirmed for "
            f"{log.author}: whoever hosts {log.author} may have written them"
        ]
    said = "confirmed from outside" if confirmed is not None else "the exporter's own word"
    digits = parse_key(log.clients[-1], NOTE_KEY).fingerprint
    return [
        f"{own} statements are signed with {log.author}'s own client key, fingerprint {digits} ({said}), and "
        f"{others} before it with a key that its host holds"
    ]


def _check_owner(statement: dict[str, Any], author: Any) -> None:  # noqa: ANN401 - any JSON value
    """Hold an id against its author: its owner is written before its dot."""
    identity = str(statement.get("id"))
    if identity.partition(".")[0] != author:
        raise Broken(f"a statement of {author} under the id {identity}, which is not {author}'s")


def _check_signature(export: Export, key: Key, statement: dict[str, Any]) -> str:
    """Check a statement's signature and give its canonical text."""
    members = _canonical_members(statement)
    whole = "{" + ",".join(members.values()) + "}"
    if whole not in export.checked:
        unsigned = ",".join(text for name, text in members.items() if name != "sig")
        signature = unbase64(str(statement.get("sig")), "sig")
        if not key.signed(signature, STATEMENT_PREFIX + utf8("{" + unsigned + "}")):
            raise Broken(f"the statement's signature by {key.key_id} does not hold")
        export.checked.add(whole)
    return whole


def _salted_hashes(value: Any) -> set[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        own = {str(value["salted_hash"])} if "salted_hash" in value else set()
        return own.union(*map(_salted_hashes, value.values()))
    if isinstance(value, list):
        return set().union(*map(_salted_hashes, value))
    return set()


def _check_beside(statement: dict[str, Any]) -> None:
    """Hold a shape that stands beside the log against the attachments that its statement names."""
    body = statement.get("body")
    beside = body.get("shape_beside") if isinstance(body, dict) else None
    if beside is not None and str(beside) not in _salted_hashes(statement.get("attachments")):
        raise Broken("its shape stands beside the log under a hash that is none of its attachments")


def _check_original(export: Export, original: Any) -> None:  # noqa: ANN401 - any JSON value
    """Check the statement inside a forwarded one, where its author's key is known here."""
    raw = unbase64(str(original), "the forwarded statement")
    statement = _canonical_object(raw)
    author = statement.get("author")
    author = author if isinstance(author, dict) else {}
    _check_owner(statement, author.get("party"))
    key = export.keys.get(str(author.get("key")))
    if key is None:
        export.unread_originals += 1
    else:
        _check_signature(export, key, statement)
    export.attached |= _salted_hashes(statement)


def _check_attachments(export: Export, verdict: Verdict) -> None:
    present = set()
    for path, raw in export.files.items():
        folder, _, name = path.partition("/")
        if folder == "attachments":
            if not _HEX64.fullmatch(name) or len(raw) < SALT_BYTES:
                raise Refusal("no attachment: a salt of 32 bytes and a body under their hash", path)
            if hashlib.sha256(ATTACHMENT_PREFIX + raw).hexdigest() != name:
                raise Refusal("the attachment does not have the salted hash that it stands under", path)
            if name not in export.attached:
                raise Refusal("no statement here names this attachment", path)
            present.add(name)
    verdict.attachments_present = len(present)
    verdict.attachments_absent = len(export.attached - present)


# Grades.


def _judge(export: Export, log: Log, head: Checkpoint, opened: list[tuple[int, list[Mark]]]) -> LogVerdict:
    marks = opened[-1][1]
    sure, own = export.outside.policy, export.policy
    cosigned = _cosigned(export, log, marks)
    log_key = next(key for key, at in marks if at is None)
    notes = [
        f"the export names another key for {who} than the one you confirmed"
        for who, key in own.cosigners.items()
        if who in sure.cosigners and sure.cosigners[who] != key
    ]
    notes += _taken_for_another(export, log, marks)
    grade, first, first_size = _grade(export, log, marks, notes), 1, head.size
    for size, some in opened:
        found = _grade(export, log, some, [])
        if found >= first:
            first, first_size = found, size
    notes += _client_notes(export, log)
    earlier = sorted(one.size for _, one in _kept_checkpoints(export, log))
    notes += _earlier_words(export, log, grade)
    return LogVerdict(
        log.folder.rstrip("/"), log.author, log.reader, log.origin, head.size, grade,
        log_key.fingerprint, log_key in sure.logs, cosigned, earlier, notes, first, first_size,
    )  # fmt: skip


def _cosigned(export: Export, log: Log, marks: list[Mark]) -> list[Cosigned]:
    sure, own = export.outside.policy.cosigners, export.policy.cosigners
    names = {key: who for who, key in [*own.items(), *sure.items()]}
    return [
        Cosigned(
            names[key], key.fingerprint, _shown_time(at), key in sure.values(), _is_own(export, log, key)
        )
        for key, at in marks
        if at is not None
    ]


def _is_own(export: Export, log: Log, key: Key) -> bool:
    """Tell whether a cosigning key is of the node that writes the log, by whatever name it was confirmed.

    It is where the export's own policy names it the author's, or where it bears the node's name as the log's
    origin does.
    """
    named = {who for who, one in export.policy.cosigners.items() if one == key}
    return f"reader/{log.author}" in named or same_node(key.name, log.origin)


def same_node(name: str, origin: str) -> bool:
    """Tell whether a key and a log are named after one node: `alpha/mirror`, and a log `alpha/...`."""
    node, slash, _ = name.rpartition("/")
    return bool(slash) and node == origin.rpartition("/")[0]


def _taken_for_another(export: Export, log: Log, marks: list[Mark]) -> list[str]:
    """Say where the mark of the author's own node was confirmed as somebody else's."""
    names = {key: who for who, key in export.outside.policy.cosigners.items()}
    return [
        f"you confirmed {key.name} as {names[key]}, but it is the key of the node that writes this log "
        f"({log.origin}): its mark is the author's own side's, and raises no grade"
        for key, at in marks
        if at is not None
        and key in names
        and not names[key].startswith("host/")
        and names[key].partition("/")[2] != log.author
        and _is_own(export, log, key)
    ]


def _grade(export: Export, log: Log, marks: list[Mark], notes: list[str]) -> int:
    """Give what the signatures of one checkpoint are worth by the keys that were confirmed from outside."""
    sure, signing = export.outside.policy, _signing(export)
    names = {key: who for who, key in sure.cosigners.items()}
    grade = 1
    for key, at in marks:
        if at is not None and key in names and key.public not in signing and not _is_own(export, log, key):
            grade = max(grade, _worth(names[key], log))
    if grade > 1 and not sure.met({names[key] for key, _ in marks if key in names}):
        notes.append(f'the quorum "{sure.quorum}" of your policy is not met')
        return 1
    return grade


def _signing(export: Export) -> set[bytes]:
    """Give the keys that sign statements or logs: none of them counts as a cosigner's."""
    logs = [*export.policy.logs, *export.outside.policy.logs]
    return {key.public for key in [*export.keys.values(), *logs]}


def _earlier_words(export: Export, log: Log, grade: int) -> list[str]:
    """Say of how many of the first entries a confirmed cosigner vouches for more than for the whole."""
    names = {key: who for who, key in export.outside.policy.cosigners.items()}
    signing = _signing(export)
    words = []
    for _, one in _kept_checkpoints(export, log):
        for key, at in _open(export, log, one, strict=False):
            if at is None or key not in names or key.public in signing or _is_own(export, log, key):
                continue
            worth = _worth(names[key], log)
            if worth > grade:
                words.append(
                    f"its first {one.size} entries alone are of grade {worth}: cosigned by {names[key]} at "
                    f"{_shown_time(at)} by its clock"
                )
    return words


def _worth(who: str, log: Log) -> int:
    """Give the grade that a cosignature by a confirmed key is worth for this log."""
    role, _, name = who.partition("/")
    if name == log.author:
        return 1
    if role == "reader":
        return 2 if log.reader in {name, PUBLIC} else 1
    return 3 if role == "witness" and name != log.reader else 1


def _shown_time(at_s: int) -> str:
    if at_s >= _YEAR_10000_S:
        return f"{at_s} s after 1970"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


def _note_the_rest(export: Export, verdict: Verdict) -> None:
    unconfirmed = {
        (mark.who, mark.fingerprint) for log in verdict.logs for mark in log.cosigned if not mark.confirmed
    }
    marks = sum(not mark.confirmed for log in verdict.logs for mark in log.cosigned)
    if unconfirmed:
        listed = "; ".join(f"{who} fingerprint {digits}" for who, digits in sorted(unconfirmed))
        verdict.notes.append(
            f"{marks} cosignatures present by keys nobody outside has confirmed: {listed}; "
            "compare it by voice and run again with --policy"
        )
    if any(not log.key_confirmed for log in verdict.logs):
        verdict.notes.append(
            "that an author wrote its log rests on the exporter's word where the log's key is not "
            "confirmed from outside"
        )
    verdict.notes += [_opening_words(export, author, body) for author, body in export.openings.values()]
    if export.unread_originals:
        verdict.notes.append(
            f"{export.unread_originals} forwarded statements by keys that are not here: not checked"
        )
    origins = {log.origin for log in verdict.logs}
    for label, raw in export.outside.checkpoints.items():
        if parse_checkpoint(raw).origin not in origins:
            verdict.notes.append(f"{label} is a checkpoint of no log in this export")
    top = {path.partition("/")[0] for path in export.files}
    strangers = sorted(top - _COMPANIONS - {"logs", "attachments", "policy", "keys.json"})
    if strangers:
        verdict.notes.append(f"not part of the proof, not checked: {', '.join(strangers)}")


# Reading and printing.


def read_directory(folder: str) -> dict[str, bytes]:
    """Read the files of an export, within bounds; links are not followed."""
    files: dict[str, bytes] = {}
    total = 0
    if not os.path.isdir(folder):
        raise Unreadable(f"{folder} is no folder")
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LITTER and name[:1] != ".")
        for name in sorted(names):
            path = os.path.join(parent, name)
            if name in _LITTER or name.startswith("."):
                continue
            if os.path.islink(path) or not os.path.isfile(path):
                raise Unreadable(f"{path} is a link or no plain file")
            with open(path, "rb") as opened:
                raw = opened.read(MAX_FILE_BYTES + 1)
            total += len(raw)
            if len(raw) > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES or len(files) >= MAX_FILES:
                raise Unreadable(f"{path} is beyond what is read here: {MAX_TOTAL_BYTES} bytes in all")
            files[os.path.relpath(path, folder).replace(os.sep, "/")] = raw
    return files


def read_outside(folder: str, policy: str | None, pins: list[str], checkpoints: list[str]) -> Outside:
    """Read the policy and checkpoints that stand outside the export; those inside are refused."""
    home = os.path.realpath(folder) + os.sep
    for path in [policy, *checkpoints]:
        if path is not None and os.path.realpath(path).startswith(home):
            raise Unreadable(
                f"{path} came with the export, so it is the exporter's own word; confirm its fingerprints by "
                "voice, then keep the lines that you confirmed in a file elsewhere"
            )
    try:
        known = outside(None if policy is None else _read_file(policy).decode("utf-8"), pins)
        known.checkpoints = {path: _read_file(path) for path in checkpoints}
        for raw in known.checkpoints.values():
            parse_checkpoint(raw)
    except (Broken, UnicodeDecodeError) as error:
        raise Unreadable(f"what you confirmed cannot be read: {error}") from None
    return known


def _read_file(path: str) -> bytes:
    with open(path, "rb") as opened:
        return opened.read(MAX_FILE_BYTES)


def verify_directory(
    folder: str, policy: str | None = None, pins: list[str] | None = None, kept: list[str] | None = None
) -> Verdict:
    """Verify an export in a folder against what was confirmed outside it."""
    try:
        known = read_outside(folder, policy, pins or [], kept or [])
        return verify_files(read_directory(folder), known)
    except OSError as error:
        raise Unreadable(str(error)) from None


def report(verdict: Verdict) -> list[str]:
    """Give the verdict as lines to read aloud; the last one is the grade or the refusal."""
    if verdict.refused is not None:
        found = verdict.refused
        parts = [f"log {found['log']}" if found["log"] else ""]
        parts += [f"entry {found['entry']}" if found["entry"] is not None else "", f"file {found['file']}"]
        return [_plain(f"REFUSED: {', '.join(part for part in parts if part)}: {found['why']}")]
    lines: list[str] = []
    for log in verdict.logs:
        lines.append(f"{log.file}: {log.author} -> {log.reader}, {log.size} entries, grade {log.grade}")
        said = "confirmed from outside" if log.key_confirmed else "the exporter's own word"
        lines.append(f"    signed by the log's key, fingerprint {log.key_fingerprint} ({said})")
        lines += [f"    {_held_words(log, mark)}" for mark in log.cosigned]
        if log.earlier:
            lines.append(f"    agrees with earlier checkpoints of size {', '.join(map(str, log.earlier))}")
        lines += [f"    note: {note}" for note in log.notes]
    lines.append(
        f"{verdict.entries} entries, {verdict.signatures} statement signatures hold; "
        f"{verdict.attachments_present} attachments hold, {verdict.attachments_absent} erased or withheld"
    )
    lines += [f"note: {note}" for note in verdict.notes]
    return [_plain(line) for line in [*lines, _grade_line(verdict)]]


def _held_words(log: LogVerdict, mark: Cosigned) -> str:
    said = "confirmed from outside" if mark.confirmed else "not confirmed from outside"
    when = f"at {mark.at} by its clock ({said})"
    if mark.who.startswith("host/"):
        return f"held for {log.reader} by {mark.who} {when}: a host's word, not the reader's own"
    if mark.own:
        return f"marked by its author's own side, as {mark.who}, {when}: nobody else's word"
    return f"cosigned by {mark.who} {when}"


def _grade_line(verdict: Verdict) -> str:
    first = verdict.first_grade
    if first <= verdict.grade:
        return f"grade: {verdict.grade} {GRADES[verdict.grade]}"
    upto = ", ".join(f"entry {log.first_size - 1} of {log.file}" for log in verdict.logs)
    return (
        f"grade: {first} {GRADES[first]}, up to {upto}; {verdict.grade} {GRADES[verdict.grade]} for the rest"
    )


# Evidence that an author signed two histories.


@dataclass
class EvidenceVerdict:
    """What an evidence file proves: two heads of one log, by its key, that no one history has.

    Or two texts that `author` signed under the id `statement`; `texts` are their hashes.
    """

    origin: str = ""
    key_fingerprint: str = ""
    key_confirmed: bool = False
    smaller_size: int = 0
    smaller_root: str = ""
    larger_size: int = 0
    root_within: str = ""
    refused: str | None = None
    author: str = ""
    statement: str = ""
    texts: list[str] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """Tell whether it proves two histories, or two texts of one statement."""
        return self.refused is None


def verify_evidence(raw: bytes, known: Outside | None = None) -> EvidenceVerdict:
    """Verify an evidence file with nothing but its author's key: that of yours, else the file's own."""
    verdict = EvidenceVerdict()
    try:
        _check_evidence(raw, known or Outside(), verdict)
    except (Broken, RecursionError) as error:
        verdict.refused = str(error) or "nested too deep"
    return verdict


def _check_evidence(raw: bytes, known: Outside, verdict: EvidenceVerdict) -> None:
    if not raw.endswith(b"\n"):
        raise Broken("no evidence file: it does not end with a new row")
    told = _canonical_object(raw[:-1])
    if told.get("what") == TWO_TEXTS:
        _check_two_texts(told, known, verdict)
        return
    texts = ("origin", "key", "smaller", "larger", "root_within", "what")
    proof = told.get("proof", [])
    if set(told) - {"proof"} != {*texts, "v"} or told["v"] != 1 or not isinstance(proof, list):
        raise Broken("no evidence file: it does not hold the two signed heads and what joins them")
    if not all(isinstance(told[name], str) for name in texts) or told["what"] != TWO_HISTORIES:
        raise Broken("no evidence file of two histories")
    key = parse_key(told["key"], NOTE_KEY)
    confirmed = [one for one in known.policy.logs if one.name == key.name]
    if confirmed and key not in confirmed:
        raise Broken(f"it names another key for {key.name} than the one you confirmed")
    heads = [_signed_head(told[name].encode("utf-8", "replace"), key) for name in ("smaller", "larger")]
    smaller, larger = heads
    within = unbase64(told["root_within"], "the root within")
    if not smaller.origin == larger.origin == told["origin"] == key.name:
        raise Broken("the two heads are not of the one log that it names")
    if not 0 < smaller.size <= larger.size or len(within) != 32:
        raise Broken("the two heads do not have the sizes that such evidence has")
    if within == smaller.root:
        raise Broken("the larger head goes on from the smaller: that is one history, and proves nothing")
    path = [unbase64(str(one), "a hash of the proof") for one in proof]
    if larger_root(smaller.size, larger.size, within, path) != larger.root:
        raise Broken(
            "its proof does not lead to the larger head: it may be of one history, and proves nothing"
        )
    verdict.origin, verdict.key_fingerprint, verdict.key_confirmed = (
        key.name,
        key.fingerprint,
        bool(confirmed),
    )
    verdict.smaller_size, verdict.larger_size = smaller.size, larger.size
    verdict.smaller_root, verdict.root_within = smaller.root.hex(), within.hex()


def _check_two_texts(told: dict[str, Any], known: Outside, verdict: EvidenceVerdict) -> None:
    names = ("author", "id", "key", "first", "second", "what")
    if set(told) != {*names, "v"} or told["v"] != 1 or not all(isinstance(told[name], str) for name in names):
        raise Broken("no evidence file: it does not hold the two signed texts")
    key = parse_key(told["key"], NOTE_KEY)
    confirmed = known.statements.get(told["author"])
    if confirmed is not None and confirmed != key:
        raise Broken(f"it names another key for {told['author']} than the one you confirmed")
    raw = [unbase64(told[name], "a text") for name in ("first", "second")]
    if raw[0] == raw[1]:
        raise Broken("the two texts are one, and prove nothing")
    for each in raw:
        statement = _canonical_object(each)
        author = statement.get("author")
        author = author if isinstance(author, dict) else {}
        if statement.get("id") != told["id"] or author.get("party") != told["author"]:
            raise Broken("the two texts are not of the one author and id that it names")
        if author.get("key") != key.key_id:
            raise Broken(f"a text that names another key than {key.key_id}")
        _check_owner(statement, told["author"])
        _check_signature(Export({}, Outside()), key, statement)
    verdict.author, verdict.statement = told["author"], told["id"]
    verdict.texts = [hashlib.sha256(each).hexdigest() for each in raw]
    verdict.key_fingerprint, verdict.key_confirmed = key.fingerprint, confirmed is not None


def _signed_head(raw: bytes, key: Key) -> Checkpoint:
    head = parse_checkpoint(raw)
    for line in head.lines:
        if (line.name, line.hash) != (key.name, key.hash):
            raise Broken(f"a head with a signature by another key than {key.key_id}")
        check_line(key, line, head.text)
    return head


def larger_root(old: int, new: int, old_root: bytes, path: list[bytes]) -> bytes:
    """Compute the root of the new size to which a consistency proof leads (RFC 9162 §2.1.4.2)."""
    if old == new:
        if path:
            raise Broken("a proof where none is needed")
        return old_root
    whole = list(path) if old & (old - 1) else [old_root, *path]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not whole or any(len(one) != 32 for one in whole):
        raise Broken("a proof without its hashes")
    seen_old = seen_new = whole[0]
    for sibling in whole[1:]:
        if last == 0:
            raise Broken("a proof that is too long")
        if place & 1 or place == last:
            seen_old, seen_new = node_hash(sibling, seen_old), node_hash(sibling, seen_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, sibling)
        place, last = place >> 1, last >> 1
    if last or seen_old != old_root:
        raise Broken("a proof that is too short, or of another tree")
    return seen_new


def report_evidence(verdict: EvidenceVerdict) -> list[str]:
    """Give what an evidence file proves as lines to read aloud; the last one says it, or the refusal."""
    if verdict.refused is not None:
        return [_plain(f"REFUSED: {verdict.refused}")]
    if verdict.statement:
        return [_plain(line) for line in _report_two_texts(verdict)]
    first, size = f"the first {verdict.smaller_size} entries", verdict.smaller_size
    upto = "entry 0" if size == 1 else f"the entries 0 to {size - 1}"
    said = "confirmed from outside" if verdict.key_confirmed else "the file's own word"
    lines = [
        f"the log {verdict.origin}, by its key, fingerprint {verdict.key_fingerprint} ({said})",
        f"head one, signed by that key: {size} entries with the root {verdict.smaller_root}",
        f"head two, signed by that key: {verdict.larger_size} entries, of which {first} have the root "
        f"{verdict.root_within}",
        f"so {upto} of the one history are not those of the other; nobody without that key could sign both",
    ]
    if not verdict.key_confirmed:
        lines.append(
            "note: whose key it is rests on this file's word; compare the fingerprint by voice, or run again "
            "with --policy"
        )
    return [_plain(line) for line in [*lines, f"PROVED: {TWO_HISTORIES}"]]


def _report_two_texts(verdict: EvidenceVerdict) -> list[str]:
    said = "confirmed from outside" if verdict.key_confirmed else "the file's own word"
    lines = [
        f"the statement {verdict.statement} of {verdict.author}, by its key, fingerprint "
        f"{verdict.key_fingerprint} ({said})",
        f"text one, signed by that key: SHA-256 {verdict.texts[0]}",
        f"text two, signed by that key: SHA-256 {verdict.texts[1]}",
        "so one id stands for two texts; nobody without that key could sign both",
    ]
    if not verdict.key_confirmed:
        lines.append(
            "note: whose key it is rests on this file's word; compare the fingerprint by voice, or run again "
            f"with --pin statements/{verdict.author}=VKEY"
        )
    return [*lines, f"PROVED: {TWO_TEXTS}"]


# The proof of one statement by itself.


@dataclass
class ProofVerdict:
    """What a proof of one statement shows: where it stands, in a log of which size, and who cosigned that."""

    origin: str = ""
    index: int = 0
    size: int = 0
    statement: str = ""
    author: str = ""
    grade: int = 0
    cosigned: list[tuple[str, str]] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    unknown: int = 0
    refused: str | None = None

    @property
    def verified(self) -> bool:
        """Tell whether it holds."""
        return self.refused is None


def verify_proof(raw: bytes, statement: bytes, known: Outside) -> ProofVerdict:
    """Verify a tlog-proof and the statement that it is of, with keys that you confirmed."""
    verdict = ProofVerdict()
    try:
        _check_proof(raw, statement, known, verdict)
    except (Broken, RecursionError) as error:
        verdict.refused = str(error) or "nested too deep"
    return verdict


def read_rows(raw: bytes) -> bytes:
    """Give the proof that radio rows hold; what is no radio text is given back as it is.

    Rows may come in any order and more than once, in small letters too; 0, 1 and 8 are O, I and B misheard.
    """
    lines = [line.strip().upper() for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines or not lines[0].startswith(RADIO_HEADING + " "):
        return raw
    heading = re.fullmatch(RADIO_HEADING + r" PROOF (\d{1,4}) ROWS", lines[0])
    if heading is None:
        raise Unreadable(f"radio rows whose first is not: {RADIO_HEADING} PROOF n ROWS")
    rows = dict(row for line in lines[1:] for row in _radio_row(line))
    ends = [line.split()[1].translate(_HEARD) for line in lines if re.fullmatch(r"END\s+\S+", line)]
    count = int(heading[1])
    amiss = [str(number) for number in range(1, count + 1) if number not in rows] + ([] if ends else ["END"])
    if amiss:
        raise Unreadable(
            f"radio rows of which {', '.join(amiss)} are missing or misheard: have them said again"
        )
    letters = "".join(rows[number] for number in range(1, count + 1))
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b32decode(letters + "=" * (-len(letters) % 8)), RADIO_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise Unreadable("radio rows that do not unpack: have all said again") from None
    if not unpacking.eof or unpacking.unused_data or _radio_letters(content, 8) not in ends:
        raise Unreadable("radio rows whose last does not fit: have the row END said again")
    return content


def _radio_row(line: str) -> list[tuple[int, str]]:
    first, _, rest = line.partition(" ")
    found = _RADIO_ROW.fullmatch(f"{first} {rest.translate(_HEARD)}")
    if found is None:
        return []
    number, groups = int(found[1]), found[2].split()
    row = "".join(groups[:-1])
    fits = groups[-1] == _radio_letters(utf8(f"{number} {row}"), 4)
    return [(number, row)] if row and fits else []


def _radio_letters(content: bytes, count: int) -> str:
    return base64.b32encode(hashlib.sha256(b"keepclear-radio/v1\n" + content).digest()).decode()[:count]


def _check_proof(raw: bytes, statement: bytes, known: Outside, verdict: ProofVerdict) -> None:
    text, blank, signed = raw.partition(b"\n\n")
    lines = text.decode("utf-8", "replace").split("\n")
    if not blank or len(lines) < 3 or lines[0] != PROOF_HEADER or not lines[1].startswith("extra "):
        raise Broken("no proof: it has no header, extra data and index")
    if not lines[2].startswith("index "):
        raise Broken("no proof: it has no index")
    index = int(_decimal(lines[2][6:]))
    path = [unbase64(line, "a hash of the proof") for line in lines[3:]]
    extra = _canonical_object(unbase64(lines[1][6:], "the extra data"))
    stated = read_json(statement)
    stated = stated.get("statement", stated) if isinstance(stated, dict) else {}
    author = stated.get("author")
    if set(extra) != {"recorded_at", "sees"} or not isinstance(author, dict):
        raise Broken("no proof of a statement")
    head = parse_checkpoint(signed)
    log_key = next((key for key in known.policy.logs if key.name == head.origin), None)
    if log_key is None:
        raise Broken(f"your policy names no key of the log {head.origin}")
    entry = utf8(canonical({"index": index, **extra, "statement": stated}))
    if included_root(leaf_hash(entry), index, head.size, path) != head.root:
        raise Broken("the statement does not stand there: its hashes do not lead to the signed root")
    marks = _proof_marks(head, log_key, known, verdict)
    verdict.origin, verdict.index, verdict.size = head.origin, index, head.size
    verdict.statement, verdict.author = str(stated.get("id")), str(author.get("party"))
    worth = {"reader": 2, "witness": 3}
    cosigners = known.policy.cosigners
    others = [who for who in marks if not same_node(cosigners[who].name, head.origin)]
    grades = [
        worth.get(who.partition("/")[0], 1) for who in others if who.partition("/")[2] != verdict.author
    ]
    verdict.own = [who for who in marks if who not in others]
    verdict.grade = max(grades, default=1) if known.policy.met(set(marks)) else 1


def _proof_marks(head: Checkpoint, log_key: Key, known: Outside, verdict: ProofVerdict) -> list[str]:
    names = {(key.name, key.hash): (who, key) for who, key in known.policy.cosigners.items()}
    signed, marks = False, []
    for line in head.lines:
        if (line.name, line.hash) == (log_key.name, log_key.hash):
            check_line(log_key, line, head.text)
            signed = True
        elif (line.name, line.hash) in names:
            who, key = names[line.name, line.hash]
            verdict.cosigned.append((who, _shown_time(check_line(key, line, head.text) or 0)))
            marks.append(who)
        else:
            verdict.unknown += 1
    if not signed:
        raise Broken("its log did not sign this head")
    return marks


def included_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Compute the root to which an inclusion proof leads (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != 32 for one in path):
        raise Broken("a proof of no place in the log")
    place, last, seen = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Broken("a proof that is too long")
        if place & 1 or place == last:
            seen = node_hash(sibling, seen)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            seen = node_hash(seen, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Broken("a proof that is too short")
    return seen


def report_proof(verdict: ProofVerdict) -> list[str]:
    """Give what a proof shows as lines to read aloud; the last one is the grade, or the refusal."""
    if verdict.refused is not None:
        return [_plain(f"REFUSED: {verdict.refused}")]
    lines = [
        f"the statement {verdict.statement} of {verdict.author} is entry {verdict.index} of {verdict.origin}"
    ]
    for who, at in verdict.cosigned:
        role, _, name = who.partition("/")
        if who in verdict.own and role != "host":
            lines.append(
                f"the node that writes this log marked it at {at} by its clock, by the key you confirmed as "
                f"{who}: that is its author's own side's word"
            )
        elif role == "reader":
            word = "its author's own node" if name == verdict.author else f"{name}'s own key"
            lines.append(
                f"{word} says that it held all entries up to {verdict.size - 1} at {at} by its clock"
            )
        elif role == "witness":
            lines.append(
                f"the witness {name} had seen this tree of {verdict.size} entries at {at} by its clock"
            )
        else:
            lines.append(f"the host {name} held it at {at} by its clock: that is no reader's word")
    if verdict.unknown:
        lines.append(f"{verdict.unknown} signatures by keys that you did not confirm count for nothing")
    lines.append("not shown: that a person read it, that it is true, or the true time")
    return [_plain(line) for line in [*lines, f"grade: {verdict.grade} {PROOF_GRADES[verdict.grade]}"]]


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)


class _Parser(argparse.ArgumentParser):
    """Ends with 1 where it was called wrongly: 2 says that an export was refused."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Verify the export named on the command line and print the verdict."""
    parser = _Parser(description="Verify a Keepclear export. Exit status: 0 verified, 2 refused, 1 error.")
    here = os.path.dirname(os.path.abspath(__file__))
    words = "the folder that holds logs/, policy and keys.json; without it, the one in which this file lies"
    parser.add_argument("folder", metavar="DIR", nargs="?", default=here, help=words)
    parser.add_argument("--policy", metavar="FILE", help="a tlog-policy of keys confirmed from outside")
    parser.add_argument("--pin", metavar="WHO=VKEY", action="append", default=[], help="one such key")
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[], help="one kept earlier")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    words = "the statement that a proof is of: DIR is then the proof"
    parser.add_argument("--statement", metavar="FILE", help=words)
    asked = parser.parse_args(argv)
    try:
        if asked.statement is not None:
            return _one_proof(asked)
        if os.path.isfile(asked.folder):
            return _evidence(asked)
        verdict = verify_directory(asked.folder, asked.policy, asked.pin, asked.checkpoint)
    except (Unreadable, OSError) as error:
        sys.stderr.write(_plain(f"could not read: {error}") + "\n")
        return 1
    _print([json.dumps(verdict.as_json(), sort_keys=True)] if asked.json else report(verdict))
    return 0 if verdict.verified else 2


def _one_proof(asked: argparse.Namespace) -> int:
    known = read_outside(asked.folder, asked.policy, asked.pin, [])
    proof = read_rows(_read_file(asked.folder))
    found = verify_proof(proof, _read_file(asked.statement), known)
    _print([json.dumps(asdict(found), sort_keys=True)] if asked.json else report_proof(found))
    return 0 if found.verified else 2


def _evidence(asked: argparse.Namespace) -> int:
    known = read_outside(asked.folder, asked.policy, asked.pin, [])
    raw = _read_file(asked.folder)
    if raw.lstrip().upper().startswith((utf8(RADIO_HEADING + " "), utf8(PROOF_HEADER.upper()))):
        raise Unreadable("a proof without the statement that it is of: --statement FILE")
    found = verify_evidence(raw, known)
    _print([json.dumps(asdict(found), sort_keys=True)] if asked.json else report_evidence(found))
    return 0 if found.verified else 2


def _print(lines: list[str]) -> None:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write("".join(line + "\n" for line in lines).encode(encoding, "replace").decode(encoding))


if __name__ == "__main__":
    sys.exit(main())
