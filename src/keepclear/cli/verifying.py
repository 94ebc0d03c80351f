"""Commands of the weekly re-verification: what stands, and that a person verified it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, safe
from keepclear.cli.telling import Key
from keepclear.errors import Malformed, NotKnown
from keepclear.times import text, utc
from keepclear.views.verifying import VERIFIED_AGAIN

Item = dict[str, Any]


def standing(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show what stands, when it was last verified, and what is older than seven days.

    Exit status: 0 nothing is due, 2 something is, 1 error.
    """
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("standing", at=None if at is None else text(utc(at)))
    out.give(answer, lambda got: _lines(got["items"], out))
    return 2 if any(item["due"] for item in answer["items"]) else 0


def _lines(items: list[Item], out: Printer) -> Iterator[str]:
    if not items:
        yield "Nothing stands at this desk."
    for item in items:
        due = f"{'DUE since' if item['due'] else 'due'} {instant(item['due_at'])}"
        last = "not verified yet" if not item["verified_at"] else f"verified {instant(item['verified_at'])}"
        said = f" {item['verified']}" if item["verified"] else ""
        rest = safe(f", {item['what']} of {item['stated_by']}: {last}{said}; {due}")
        yield bold(item["name"]) + rest + out.tag(item)


def verify_again(
    what: Annotated[str, Parameter(help="What was verified, by its name or subject id.")],
    /,
    *,
    by: Annotated[str, Parameter(help="Who verified it, by name.")],
    with_: Annotated[str, Parameter(name="--with", help="With whom: office or person at the other end.")],
    how: Annotated[str, Parameter(help="By which means.")] = "telephone",
    on: Annotated[str | None, Parameter(help="When (RFC 3339); now where left out.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State that a person verified again that something stands as it is stated; told to nobody.

    A hotline is verified by its check: keepclear check-hotline.
    """
    out = Printer(as_json=json, ids=ids)
    if not by.strip() or not with_.strip():
        raise Malformed("a verification without a name", "verified-by", "who verified it, and with whom")
    words = f"{VERIFIED_AGAIN}by {by.strip()}, by {how.strip()} with {with_.strip()}"
    with desk(dir_, party) as here:
        found = _found(here.get("standing")["items"], what)
        as_of = {} if on is None else {"as_of": {"at": text(utc(on))}}
        body = {"kind": "remark", "text": words, "about": [found["subject"]], **as_of}
        made = here.post("statements", {"body": body}, key)

    def lined(got: Item) -> Iterator[str]:
        yield safe(f"{found['name']}: {words}. Told to nobody.") + out.tag(got)

    out.give(made, lined)
    return 0


def _found(items: list[Item], what: str) -> Item:
    found = [item for item in items if what in (item["subject"], item["name"])]
    if len(found) == 1 and found[0]["what"] != "hotline":
        return found[0]
    names = ", ".join(f"{item['name']} ({item['subject']})" for item in items if item["what"] != "hotline")
    if found and found[0]["what"] == "hotline":
        raise NotKnown(f'verifying the hotline "{what}"', "verified-what", "keepclear check-hotline")
    raise NotKnown(f'verifying "{what}"', "verified-what", f"one that stands here: {names or 'none does'}")
