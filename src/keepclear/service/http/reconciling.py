"""The route that lays an uploaded export of another party beside this desk's record; nothing is kept."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import Malformed, Refused
from keepclear.links.tlog import codec
from keepclear.links.tlog.port import read_zip
from keepclear.links.tlog.sides import VerifiedSide, verified_side
from keepclear.links.tlog.verify import GRADES
from keepclear.model.words import PartyId
from keepclear.service.exporting import export
from keepclear.service.http.policy import Policy
from keepclear.service.http.proofs import WITH, peers_of
from keepclear.service.http.routes import Call, Route
from keepclear.views.reconciling import OURS, THEIRS, Compared, Finding, reconcile

MAX_UPLOAD_BYTES: Final = 8 * 2**20
"""How large an uploaded export may be, packed."""
MAX_UNPACKED_BYTES: Final = 32 * 2**20
MAX_UPLOADED_ENTRIES: Final = 20_000
"""How many entries are compared in one answer: some seconds of one core; larger ones at the terminal."""
MAX_FINDINGS: Final = 1_000
TIME_S: Final = 30.0
"""How long an answer is waited for; what runs on ends by the bounds above."""

_ONE_AT_A_TIME = asyncio.Semaphore(1)


class GradeFound(Struct, frozen=True):
    """At which grade one side's record verifies, with what the verifier notes."""

    side: str
    grade: int
    grade_words: str
    notes: tuple[str, ...]


class ReconcileAnswer(Struct, frozen=True):
    """What was compared and what differs, oldest first; it says nothing of who is right.

    `findings` are at most 1,000; `found` is how many there are in all. `result` is *nothing differs* or
    *differences*. Nothing is stated by asking: a person states the result as `reconciled`.
    """

    result: str
    found: int
    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...]
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    grades: tuple[GradeFound, ...]


async def lay_beside(call: Call) -> Response:
    """Verify an uploaded export, lay it beside this desk's record and answer what differs."""
    uploaded = await call.body(MAX_UPLOAD_BYTES)
    if not uploaded:
        raise Malformed("a comparison without an export", "export", "the ZIP that keepclear export wrote")
    if _ONE_AT_A_TIME.locked():
        raise Refused("a second comparison while one runs", "busy", "the same in half a minute")
    async with _ONE_AT_A_TIME:
        await call.writer.settled()
        counterpart = call.query(WITH.name)
        other = None if counterpart is None else PartyId(counterpart)
        ours = export(call.writer.node, call.party, counterpart=other, peers=peers_of(call))
        try:
            async with asyncio.timeout(TIME_S):
                answer = await asyncio.to_thread(_compared, ours, uploaded)
        except TimeoutError as error:
            passes = "keepclear reconcile at the terminal, which takes its time"
            raise Refused(f"a comparison that takes over {TIME_S:.0f} s", "compare-time", passes) from error
    return Response(msgspec.json.encode(answer), 200, media_type="application/json")


def _compared(ours: codec.Export, uploaded: bytes) -> ReconcileAnswer:
    theirs = read_zip(io.BytesIO(uploaded), MAX_UNPACKED_BYTES)
    sides = [_side(OURS, codec.build(ours)), _side(THEIRS, theirs)]
    found = reconcile(sides[0].record, sides[1].record)
    return ReconcileAnswer(
        result="differences" if found.findings else "nothing differs",
        found=len(found.findings),
        findings=found.findings[:MAX_FINDINGS],
        compared=found.compared,
        only_ours=tuple(map(str, found.only_ours)),
        only_theirs=tuple(map(str, found.only_theirs)),
        grades=tuple(_grade(name, side) for name, side in zip((OURS, THEIRS), sides, strict=True)),
    )


def _side(name: str, files: dict[str, bytes]) -> VerifiedSide:
    if name == THEIRS:
        _need_few(files)
    return verified_side(name, files, Path("/nowhere"))


def _need_few(files: dict[str, bytes]) -> None:
    """Refuse more entries than one answer compares, before any signature is checked."""
    entries = sum(map(len, (log.entries for log in codec.parse(files).logs)))
    if entries > MAX_UPLOADED_ENTRIES:
        raise Malformed(
            f"an export of {entries:,} entries",
            "export-entries",
            f"at most {MAX_UPLOADED_ENTRIES:,}; a larger one with keepclear reconcile at the terminal",
        )


def _grade(name: str, side: VerifiedSide) -> GradeFound:
    return GradeFound(name, side.verdict.grade, GRADES[side.verdict.grade], tuple(side.verdict.notes))


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route(
            "POST", "/api/v1/desks/{party}/reconcile", Policy.WHOLE, lay_beside,
            "Lay an uploaded export beside this desk's record; states nothing.", ReconcileAnswer, bytes,
            params=(WITH,),
        ),
    ]  # fmt: skip
