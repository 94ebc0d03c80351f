"""Commands of a hosted party that signs with a key of its own: the node that hosts it never holds it."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, safe
from keepclear.cli.receiving import ClientKeyFile, read_key, received
from keepclear.cli.telling import JsonFile, Key, json_file, one_of
from keepclear.commands.client import Enrolment, Wish, differs
from keepclear.commands.telling import Tell
from keepclear.errors import Malformed, Refused
from keepclear.model.statements import Statement, decode, encode, read, signed_part
from keepclear.record.signing import SEED_BYTES, SigningKey
from keepclear.service import files
from keepclear.service.auth import Role
from keepclear.service.clock import SystemClock

client = App(name="client", help="Sign your own statements at a desk that another's node hosts.")

KeyFile = Annotated[Path, Parameter(name="--key-file", help="The file of your client key; keep it to you.")]
_TELL = msgspec.json.Decoder(Tell)


@client.command
def new(
    file: Annotated[Path, Parameter(help="Where the key is to be kept, on your own machine.")],
    /,
    *,
    party: As = None,
    json: Json = False,
) -> int:
    """Make a client key; needs no node. Read the fingerprint to those who will verify, by voice."""
    if party is None:
        raise Malformed("a client key of nobody", "party", "--as with your party's short id", "--as")
    made = msgspec.convert({"party": party, "seed": secrets.token_bytes(SEED_BYTES)}, ClientKeyFile)
    try:
        files.keep_new(file, msgspec.json.encode(made))
    except FileExistsError as error:
        raise Refused(f"a client key in {file}, which is there", "new-file", "another file") from error
    shown = {"party": party, "vkey": made.key.vkey, "fingerprint": made.key.fingerprint()}
    Printer(as_json=json).give(
        shown,
        lambda _: iter(
            (
                f"Client key of {safe(party)} in {safe(file)}. Who has it speaks as {safe(party)}.",
                f"Public key {safe(made.key.vkey)}",
                f"Fingerprint {bold(made.key.fingerprint())}",
            )
        ),
    )
    return 0


@client.command
def enrol(
    *,
    key_file: KeyFile,
    previous: Annotated[Path | None, Parameter(help="The file of the client key that it replaces.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Make this key your party's at its desk: from then on nothing is stated there without it."""
    own = read_key(key_file)
    signer = own if previous is None else read_key(previous)
    with desk(dir_, party or own.party, Role.WATCH_CHIEF) as here:
        made = _state(here, signer, Enrolment(own.key.vkey, own.mirror.vkey), key)
    words = (
        f"The client key of {own.party} holds from now on.",
        f"Fingerprint {bold(own.key.fingerprint())}",
        f"Whoever verifies an export pins it: --pin client/{own.party}={safe(own.key.vkey)}",
        f"What you say you hold is pinned so: --pin reader/{own.party}={safe(own.mirror.vkey)}",
    )
    Printer(as_json=json).give(made, lambda _: iter(words))
    return 0


@client.command
def tell(
    file: JsonFile,
    /,
    *,
    key_file: KeyFile,
    party: As = None,
    role: Annotated[str, one_of(Role, "The role in which you act.")] = Role.DUTY_OFFICER,
    key: Key = None,
    if_match: Annotated[str | None, Parameter(help="The id of the text that is restated.")] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """State anything, signed here: a JSON file with body and readers, as the API takes it."""
    own = read_key(key_file)
    wish: Tell = read(_TELL, msgspec.json.encode(json_file(file)), "the act")
    with desk(dir_, party or own.party, Role(role)) as here:
        made = _state(here, own, wish, key, if_match)
    readers = [row["reader"] for row in made["told"] if row["reader"] != own.party]
    words = (
        f"Signed here and stated by {own.party}, told to {safe(', '.join(readers) or 'nobody else')}.",
        f"Statement {bold(made['statement'])}",
    )
    Printer(as_json=json).give(made, lambda _: iter(words))
    return 0


@client.command
def forward(
    statement: Annotated[str, Parameter(help="The id of the statement, as --ids shows it.")],
    /,
    *,
    to: Annotated[
        list[str], Parameter(negative="", help="A party that is to be shown it; may be given again.")
    ],
    key_file: KeyFile,
    remarks: Annotated[str, Parameter(help="Own words beside it; they do not change it.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show another's statement on as it came, with its author's signature inside; signed here."""
    own = read_key(key_file)
    with desk(dir_, party or own.party) as here:
        shown = here.get(f"statements/{statement}")["statement"]
        original = b64encode(encode(msgspec.convert(shown, Statement))).decode()
        body = {"kind": "forwarded", "original": original, "remarks": remarks}
        wish: Tell = read(_TELL, msgspec.json.encode({"body": body, "readers": to}), "the act")
        made = _state(here, own, wish, key)
    words = f"Signed here and forwarded to {', '.join(to)} as it came. Statement {made['statement']}"
    Printer(as_json=json).give(made, lambda _: iter((safe(words),)))
    return 0


@client.command
def receive(
    *,
    key_file: KeyFile,
    kept: Annotated[Path, Parameter(help="The folder where you keep what you received.")],
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Fetch what your party was told, verify it by what you kept before, keep it, and cosign it."""
    own = read_key(key_file)
    with desk(dir_, party or own.party) as here:
        got = received(here.raw("export"), own, kept, SystemClock().now())
        answer = here.post("client/cosignatures", {"items": got}) if got else {"cosigned": 0}
    shown = {"logs": len(got), **answer}
    Printer(as_json=json).give(
        shown,
        lambda _: iter(
            (
                f"Verified and kept in {safe(kept)}: {shown['logs']} logs told to {own.party}.",
                f"Cosigned {shown['cosigned']} of them now"
                + ("." if shown["cosigned"] == shown["logs"] else "; the others had your cosignature."),
            )
        ),
    )
    return 0


def _state(here: Desk, own: ClientKeyFile, wish: Wish, key: str | None, if_match: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Have an act prepared, compare it with what was asked, sign it here, and hand in the signed bytes."""
    key = key or secrets.token_hex(12)
    asked = {"enrol": wish} if isinstance(wish, Enrolment) else {"act": wish}
    prepared = here.post("client/prepare", asked, key, if_match)
    signed = [_signed(own, wish, row["unsigned"]) for row in prepared["statements"]]
    return here.post("client/statements", {**asked, "signed": signed}, key, if_match)


def _signed(own: ClientKeyFile, wish: Wish, unsigned: str) -> str:
    """Sign one prepared statement, if it says what was asked and nothing else.

    Raises:
        Refused: the node prepared something else.
    """
    statement: Statement = decode(b64decode(unsigned))
    signer = _signer(own, statement)
    other = "party" if statement.author.party != own.party else differs(statement, wish, signer.key_id)
    if other:
        raise Refused(
            f"signing a {statement.kind} that is not what you asked for: its {other} differs",
            "signed-as-asked",
            "the same act again; if it stays so, do not sign, and ask whoever hosts you",
            other,
        )
    sig = b64encode(signer.sign(signed_part(statement))).decode()
    return b64encode(encode(msgspec.structs.replace(statement, sig=sig))).decode()


def _signer(own: ClientKeyFile, statement: Statement) -> SigningKey:
    if statement.author.key != own.key.key_id:
        raise Refused(
            f"signing as {statement.author.key} with the key {own.key.key_id}",
            "client-key",
            "the file of the client key that stands at this desk",
            "--key-file",
        )
    return own.key
