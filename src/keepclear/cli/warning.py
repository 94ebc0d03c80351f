"""The command of a warning to another party: what triggers it, what follows, to whom, until when."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Ids, Json, hotline_of
from keepclear.cli.output import Printer
from keepclear.cli.telling import Key, one_of, told
from keepclear.errors import Malformed
from keepclear.model.words import Precedence


def warn(
    to: Annotated[str, Parameter(help="The party that is warned.")],
    words: Annotated[str, Parameter(help="The warning, as it is read out.")],
    /,
    *,
    if_: Annotated[str, Parameter(name="--if", help="What triggers it; with --then.")] = "",
    then: Annotated[str, Parameter(help="What you say will follow; with --if.")] = "",
    within_min: Annotated[
        float | None, Parameter(help="An ultimatum: so many minutes from now; its timer starts.")
    ] = None,
    precedence: Annotated[str, one_of(Precedence, "How urgent it is.")] = Precedence.PRIORITY,
    hotline: Annotated[str | None, Parameter(help="The hotline over which it goes, by name or id.")] = None,
    lang: Annotated[str, Parameter(help="Its language, two letters.")] = "en",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Warn a party: standing, or with --if and --then conditional; it has a receipt of its own."""
    if bool(if_) != bool(then):
        raise Malformed(
            "a conditional warning without trigger or consequence",
            "warning-whole",
            'both: --if "another approach" --then "we call your commander"; or neither, for a standing one',
            "then" if if_ else "if",
        )
    if within_min is not None and not within_min >= 1:
        raise Malformed(
            f"an ultimatum of {within_min:g} minutes", "within", "1 minute or more from now", "within-min"
        )
    body = {
        "kind": "warning", "to": [to], "warning": "conditional" if if_ else "standing", "trigger": if_,
        "consequence": then, "precedence": precedence, "texts": [{"words": words, "lang": lang}],
        "within_s": None if within_min is None else round(within_min * 60),
    }  # fmt: skip
    with desk(dir_, party) as here:
        if hotline is not None:
            body["channel"] = hotline_of(here, hotline)
        return told(here, {"body": body, "readers": [to]}, key, Printer(as_json=json, ids=ids))
