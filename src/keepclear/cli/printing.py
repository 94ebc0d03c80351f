"""The command that prints: the card set for when all is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, safe, say
from keepclear.reports.cards import SITE, CardSet, card_set, is_exact, record_digest
from keepclear.views.signs import shielded


def cards(
    out: Annotated[Path, Parameter(help="The PDF to write.")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Print the cards for when all is down: hotlines, script, speller, sites; A5, two to a sheet of A4."""
    from keepclear.reports.typesetting import pdf  # carries a typesetter

    with desk(dir_, party) as here:
        picture = here.get("picture")
        sites = [item for item in picture["measures"] if item["measure"] == SITE and is_exact(item)]
        bodies = {
            item["statement"]: here.get(f"statements/{item['statement']}")["statement"]["body"]
            for item in sites
        }
        digest, logs = record_digest(here.raw("export"))
    now = datetime.fromisoformat(picture["now"])
    made = card_set(_plain(picture), _plain(bodies), digest, logs, now)
    out.touch(0o600)  # it may hold exact places
    out.write_bytes(pdf(made, now))
    Printer(as_json=json).give(made, _lined)
    say(f"Wrote {out}, readable by you alone. Print it on A4, both cards of a sheet side up, and cut.")
    return 0


def _lined(made: CardSet) -> Iterator[str]:
    exercise = "" if made.cap == "Actual" else f"{made.cap.upper()}. "
    yield bold(f"{exercise}{len(made.cards)} cards of {made.name}, {made.made}")
    yield from (f"  {safe(card.title)}" for card in made.cards)
    yield f"from {made.logs} logs, record {safe(made.digest)}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Give JSON with every sign in it visible: none may turn or hide the words beside it."""
    if isinstance(value, str):
        return shielded(value)
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list) else value
