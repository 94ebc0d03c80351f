"""Two parties' real exports, read as kept records; one changed in one place, as a forger or a fault would."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from tests.building_node import house

from keepclear.links.tlog import codec
from keepclear.links.tlog.sides import verified_side
from keepclear.model.statements import LogId, digest, encode
from keepclear.record import note
from keepclear.record.canonical import canonical
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.tree import leaf_hash, root_of
from keepclear.service.exporting import export

OUT, BACK, OWN = LogId("COA", "RUS"), LogId("RUS", "COA"), LogId("COA", "COA")


def message(words):
    return {"kind": "message", "to": ["RUS"], "purpose": "safety", "texts": [{"words": words}]}


def rung(of, rung="acknowledged", reader="RUS"):
    return {"kind": "rung", "of": of, "reader": reader, "rung": rung, "role": "duty officer"}


def talked():
    """A node on which COA passed three messages; RUS acknowledged one and answered one."""
    made = house()
    first = made.tell("COA", message("Aid convoy on the road"), "RUS")["statement"]
    made.later(60)
    second = made.tell("COA", message("Aid convoy at the bridge"), "RUS")["statement"]
    made.later()
    held = made.node.picture("RUS").entry(first).statement
    made.tell("RUS", rung(first) | {"text_hash": digest(encode(held))}, "COA")
    made.later()
    made.tell("RUS", {"kind": "answer", "answer": "checking"}, "COA", answers=[second])
    made.later(60 * 24)
    third = made.tell("COA", message("Aid convoy has passed"), "RUS")["statement"]
    made.later()
    return made, (first, second, third)


def record_of(made, party, tmp_path):
    """A party's record, through its export's files and the verifier."""
    return verified_side(party, codec.build(export(made.node, party)), tmp_path).record


def log_of(record, log):
    return next(each for each in record.logs if each.log == log)


def with_log(record, log, entries):
    """The record with other entries in one log; none at all takes the log away."""
    logs = [replace(each, entries=tuple(entries)) if each.log == log else each for each in record.logs]
    return replace(record, logs=tuple(each for each in logs if each.entries))


def without(record, log, index):
    """The record as if one entry had never been: those after it move up and are numbered anew."""
    kept = [msgspec.json.decode(raw) for raw in log_of(record, log).entries]
    del kept[index]
    return with_log(record, log, [canonical(one | {"index": at}) for at, one in enumerate(kept)])


def with_body(record, log, index, **changed):
    """The record with other words in the body of one entry."""
    kept = [msgspec.json.decode(raw) for raw in log_of(record, log).entries]
    said = kept[index]["statement"]
    kept[index]["statement"] = said | {"body": said["body"] | changed}
    return with_log(record, log, [canonical(one) for one in kept])


def cut_export(made, party, log, size):
    """A party's export whose one log ends at an earlier size, signed as it was signed then."""
    return _resigned(made, party, log, lambda entries: entries[:size])


def rewritten_export(made, party, log, index):
    """A party's export in which one entry was never said: the log's own key signs the rest anew."""

    def rewritten(entries):
        kept = [msgspec.json.decode(raw) for raw in entries]
        del kept[index]
        return tuple(canonical(one | {"index": at}) for at, one in enumerate(kept))

    return _resigned(made, party, log, rewritten)


def _resigned(made, party, log, change):
    whole = export(made.node, party)
    return replace(whole, logs=tuple(_changed(made, each, log, change) for each in whole.logs))


def _changed(made, kept, log, change):
    if (kept.author, kept.reader) != (log.author, log.reader):
        return kept
    entries = change(kept.entries)
    text = Checkpoint(kept.origin, len(entries), root_of(map(leaf_hash, entries))).text()
    signed = note.sign(text, made.node.keys.log_key(kept.author, kept.origin))
    return replace(kept, entries=entries, signed_checkpoint=signed)
