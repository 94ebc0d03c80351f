"""Commands of the read-back: what each reader repeated, confirming it, settling a field by a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.calling import own_message, repeated
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, safe
from keepclear.cli.telling import Key
from keepclear.errors import NotKnown

Message = Annotated[str, Parameter(help='The message; "latest" is the last one that this desk sent.')]
Reader = Annotated[str | None, Parameter(help="Who read it back; needed where several did.")]
Item = dict[str, Any]


def read_backs(
    message: Message = "latest",
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show what each reader has read back of a message, field by field."""
    with desk(dir_, party) as here:
        answer = here.get(f"messages/{own_message(here, message)}/read-backs")

    def lined(got: Item) -> Iterator[str]:
        if not got["readers"]:
            yield "It was told to nobody."
        for row in got["readers"]:
            yield bold(f"{row['reader_name']} read back:")
            yield from (f"  {each}" for each in repeated(row))

    Printer(as_json=json).give(answer, lined)
    return 0


def confirm(
    message: Message = "latest",
    /,
    *,
    reader: Reader = None,
    role: Annotated[str, Parameter(help="The office that confirms.")] = "duty officer",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Confirm that a read-back is right; refused while a field is open or was not read back."""
    with desk(dir_, party) as here:
        text = own_message(here, message)
        row = _row(here, text, reader)
        made = here.post(f"messages/{text}/confirm", {"reader": row["reader"], "role": role}, key)

    def lined(_: Item) -> Iterator[str]:
        yield f"Read-back confirmed: {safe(row['reader_name'])} has the message as it was said."

    Printer(as_json=json, ids=ids).give(made, lined)
    return 0


def settle(
    field: Annotated[str, Parameter(help="The field that is right, by its name.")],
    words: Annotated[str, Parameter(help="Why: how it was made sure of.")],
    message: Message = "latest",
    /,
    *,
    reader: Reader = None,
    role: Annotated[str, Parameter(help="The office that says so.")] = "duty officer",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Say of a field that was heard otherwise that it is right, and why; your word stands in the record."""
    with desk(dir_, party) as here:
        text = own_message(here, message)
        row = _row(here, text, reader)
        found = [each for each in row["fields"] if each["field"] == field and each["read_back"]]
        if not found:
            heard = ", ".join(each["field"] for each in row["fields"] if each["read_back"])
            raise NotKnown(
                f'the field "{field}" of what {row["reader_name"]} read back',
                "read-back-field",
                f"one of: {heard}" if heard else "a field that was read back; nothing was yet",
            )
        asked = {
            "read_back": found[0]["read_back"],
            "fields": [field],
            "words": words,
            "role": role,
        }
        made = here.post(f"messages/{text}/settle", asked, key)

    def lined(_: Item) -> Iterator[str]:
        yield f"Settled by your word: {safe(field)}. {safe(words)}"

    Printer(as_json=json, ids=ids).give(made, lined)
    return 0


def _row(here: Desk, text: str, reader: str | None) -> Item:
    rows: list[Item] = here.get(f"messages/{text}/read-backs")["readers"]
    found = [row for row in rows if reader in (None, row["reader"])]
    if len(found) != 1:
        names = " or ".join(f"--reader {row['reader']}" for row in rows)
        what = "a reader of this message" if not found else "one reader: this message has several"
        raise NotKnown(what, "reader", names or "a message that has readers")
    return found[0]
