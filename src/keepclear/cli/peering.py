"""Commands of pairing: this node's card, and the other nodes with which it exchanges."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import segno
from cyclopts import App, Parameter

from keepclear.cli import evidence as kept
from keepclear.cli import pinned
from keepclear.cli.client import FOLDER, desk, dir_option, node_settings, seat_of
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, instant, safe, say
from keepclear.errors import KeepclearError, Malformed, NotKnown, Refused, StoreFault
from keepclear.model.words import PartyId
from keepclear.record.policy import WITNESS, PolicyWitness
from keepclear.service.clock import SystemClock
from keepclear.service.exchange import faults, wire
from keepclear.service.exchange.identity import EVIDENCE, PEERS, identity, renew
from keepclear.service.exchange.link import PATH, certificate_text, client_context
from keepclear.service.exchange.pairing import (
    MAX_CARD_BYTES,
    Card,
    Peer,
    Peers,
    card_bytes,
    fingerprint,
    letters,
    own_card,
    policy_of,
    read_card,
)
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.http.peers import FETCHED, NOT_FETCHED, clock_words
from keepclear.service.keys import Keyring
from keepclear.service.listening import is_loopback
from keepclear.service.settings import KEYS, WITNESSES, Settings, write_settings
from keepclear.service.witnesses import Witnesses
from keepclear.times import span_words, utc

peer = App(name="peer", help="Other nodes with which this one exchanges, each confirmed in person.")

PORT = 8643
Node = Annotated[str, Parameter(help="The other node's name, as on its card.")]
_PROBE_S = 10.0


def _keys(folder: Path) -> tuple[Settings, Keyring]:
    settings = node_settings(folder)
    return settings, Keyring.open(folder / KEYS, settings.name)


def _card(folder: Path, readers: tuple[str, ...], url: str) -> Card:
    settings, keys = _keys(folder)
    tls = identity(folder, settings.name, SystemClock().now())
    parties = tuple(PartyId(party) for party in settings.parties)
    return own_card(
        keys, settings.cap, parties, tuple(PartyId(reader) for reader in readers),
        certificate_text(tls.certificate), url or _address(settings),
        "party" if len(parties) == 1 else "host",
    )  # fmt: skip


def _address(settings: Settings) -> str:
    listen = settings.listen
    if not listen.exchange_port:
        return ""
    host = listen.exchange_host
    names = [name for name in listen.allowed_hosts if not is_loopback(name)]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened at
        host = names[0] if names else ""
    return f"https://{host}:{listen.exchange_port}" if host else ""


@peer.command(name="listen")
def listen(
    *,
    port: Annotated[int, Parameter(help="The port at which peers' nodes pull.")] = PORT,
    host: Annotated[str, Parameter(help="The address to listen at.")] = "127.0.0.1",
    dir_: Dir = FOLDER,
) -> int:
    """Let this node answer its peers at a port of its own; only pinned certificates get in."""
    settings = node_settings(dir_)
    try:
        changed = msgspec.json.decode(
            msgspec.json.encode(
                msgspec.structs.replace(
                    settings,
                    listen=msgspec.structs.replace(settings.listen, exchange_host=host, exchange_port=port),
                )
            ),
            type=Settings,
        )
    except msgspec.ValidationError as error:
        raise Malformed(
            f"listening for peers at {host}:{port}: {error}", "settings", "a port from 1 to 65535"
        ) from error
    write_settings(dir_, changed)
    say(f"Peers pull at {host}, port {port}, from the next start of: keepclear serve --dir {dir_}")
    return 0


@peer.command(name="card")
def card(
    *,
    for_: Annotated[
        list[str],
        Parameter(name="--for", negative="", help="A party of the other node; may be given again."),
    ],
    out: Annotated[Path, Parameter(help="The file to write.")] = Path("card.json"),
    url: Annotated[str, Parameter(help="Where peers reach this node, https://HOST:PORT.")] = "",
    qr: Annotated[Path | None, Parameter(help="Write the fingerprint as a QR code too (PNG or SVG).")] = None,
    new_key: Annotated[
        bool,
        Parameter(
            negative="",
            help="Make a new certificate first; every peer compares again. Signing keys stay as they are.",
        ),
    ] = False,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Write this node's card for another node, and say its fingerprint.

    Nothing in the card is secret. Give it over any way; compare the fingerprint in person or by voice.
    """
    if new_key:
        renew(dir_, node_settings(dir_).name, SystemClock().now())
        say(pinned.RENEWED)
    made = _card(dir_, tuple(for_), url)
    try:
        out.write_bytes(card_bytes(made) + b"\n")
        if qr is not None:
            segno.make(f"KEEPCLEAR {made.node} {letters(made)}".upper(), error="q").save(str(qr), scale=8)
    except (OSError, ValueError) as error:
        raise StoreFault(f"writing the card: {error}", "disk", "a file that can be written") from error
    answer = {
        "node": made.node, "file": str(out), "fingerprint": fingerprint(made), "letters": letters(made),
        "url": made.url,
    }  # fmt: skip

    def lined(value: dict[str, Any]) -> Iterator[str]:
        yield f"Wrote the card of {bold(made.node)} to {safe(out)}, for {safe(', '.join(for_))}."
        yield f"Read aloud:  {bold(value['fingerprint'])}"
        yield f"or as letters:  {safe(_grouped(value['letters']))}"
        where = made.url or "nowhere: it exchanges by hand until keepclear peer listen"
        yield f"Peers reach it at {safe(where)}. Read that aloud too: the fingerprint does not cover it."

    Printer(as_json=json).give(answer, lined)
    return 0


def _grouped(said: str) -> str:
    return " ".join(said[start : start + 4] for start in range(0, len(said), 4))


def _said(value: str) -> str:
    return "".join(value.split()).replace("-", "").upper()


@peer.command(name="add")
def add(
    file: Annotated[Path, Parameter(help="The card that the other side has given.")],
    /,
    *,
    fingerprint_: Annotated[
        str,
        Parameter(name="--fingerprint", help="What they read aloud: the digits, or the letters."),
    ],
    keys_kept: Annotated[
        bool,
        Parameter(
            negative="", help="They say by voice: nobody else can hold the revoked node's signing keys."
        ),
    ] = False,
    dir_: Dir = FOLDER,
) -> int:
    """Pin another node by its card, once its fingerprint was compared in person or by voice.

    The fingerprint does not cover the address: let them read that aloud too. A second card of the same node
    takes the place of the first: a new certificate, parties or address.
    """
    settings = node_settings(dir_)
    try:
        with file.open("rb") as opened:
            made = read_card(opened.read(MAX_CARD_BYTES + 1))
    except OSError as error:
        raise Malformed(f"the card {file}: {error.strerror}", "card", "a file that can be read") from error
    if _said(fingerprint_) not in (_said(fingerprint(made)), letters(made)):
        raise Refused(
            f"the card {file}, whose fingerprint is not the one that was read aloud",
            "fingerprint",
            "ask the other side to read theirs again; if it still differs, the card was changed on its way",
        )
    if made.cap != settings.cap:
        raise Refused(
            f"a peer of status {made.cap} for a node of status {settings.cap}",
            "cap-status",
            "a node of the same status: Exercise never mixes with Actual",
        )
    if made.node == settings.name:
        raise Refused(
            f"a peer named {made.node}, as this node", "peer-name", "nodes under names of their own"
        )
    peers = Peers.open(dir_ / PEERS)
    known = next((each for each in peers.all() if each.node == made.node), None)
    ended = peers.revoked_with(made)
    own = tuple(PartyId(party) for party in settings.parties)
    peers.put(Peer(made, fingerprint(made), SystemClock().now()), own, keys_kept=keys_kept)
    lost = "" if known is None or known.card == made else " It takes the place of the card before."
    say(f"{made.node} with {', '.join(sorted(each.party for each in made.parties))} is pinned.{lost}")
    for words in pinned.said_of(made, peers, ended, dir_):
        say(words)
    return 0


def _changed(folder: Path, name: str, **changes: Any) -> Peer:  # noqa: ANN401 - fields of Peer
    own = _own(folder)
    peers = Peers.open(folder / PEERS)
    changed = msgspec.structs.replace(peers.of(name), **changes)
    peers.put(changed, own)
    return changed


def _own(folder: Path) -> tuple[PartyId, ...]:
    return tuple(PartyId(party) for party in node_settings(folder).parties)


@peer.command(name="cut")
def cut(name: Node, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Cut the link to a peer here; what is told waits, and nothing is lost."""
    dir_ = seat_of(dir_, party)
    Peers.open(dir_ / PEERS).cut(name, _own(dir_))
    heal = f"keepclear peer heal {name}{dir_option(dir_)}"
    say(f"The link to {name} is cut here. What is told waits until: {heal}")
    return 0


@peer.command(name="heal")
def heal(name: Node, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Let a link that was cut here go on."""
    dir_ = seat_of(dir_, party)
    Peers.open(dir_ / PEERS).heal(name, _own(dir_))
    say(f"The link to {name} goes on.")
    return 0


@peer.command(name="move")
def move(
    name: Node,
    url: Annotated[str, Parameter(help="Where the peer is reached now, https://HOST:PORT.")],
    /,
    *,
    dir_: Dir = FOLDER,
) -> int:
    """Follow a peer to another address; who it is stays pinned."""
    known = Peers.open(dir_ / PEERS).of(name)
    try:
        moved = msgspec.convert({**msgspec.to_builtins(known.card), "url": url}, Card)
    except msgspec.ValidationError as error:
        raise Malformed(f"the address {url}", "peer-url", "https://HOST:PORT") from error
    _changed(dir_, name, card=moved)
    say(f"{name} is looked for at {url}.")
    return 0


@peer.command(name="revoke")
def revoke(
    name: Node,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why its keys count no more.")],
    dir_: Dir = FOLDER,
) -> int:
    """End the exchange with a peer for good: nothing more is given to it or taken from it.

    What it told stays as it stood. None of its cards so far is taken again. A new certificate, compared anew,
    lets it in again where its signing keys are still its own; else a new node under a new name.
    """
    if not reason.strip():
        raise Malformed("a revocation without a reason", "reason", "why its keys count no more", "reason")
    _changed(dir_, name, revoked=reason.strip(), revoked_at=SystemClock().now(), cut=True)
    say(pinned.revoked(name))
    return 0


@peer.command(name="list")
def list_(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show the peers: whether the link is up, what waits and how old it is, and what their clocks say."""
    dir_ = seat_of(dir_, party)
    settings = node_settings(dir_)
    with desk(dir_, party or settings.parties[0]) as here:
        answer = here.get("peers")
    own = f" --as {party or settings.parties[0]}" if len(settings.parties) > 1 else ""
    if not answer["items"]:
        answer["items"] = [_unmet(each) for each in Peers.open(dir_ / PEERS).all()]
    Printer(as_json=json).give(answer, lambda got: _lines(got["items"], got["now"], dir_option(dir_), own))
    return 0


def _unmet(each: Peer) -> dict[str, Any]:
    state = "revoked" if each.revoked else "cut" if each.cut else "not running"
    return {
        "node": each.node, "parties": sorted(each.parties), "state": state,
        "words": "this node is not serving now", "last_contact": None, "unsent": 0, "overdue": False,
        "behind": 0, "unsent_age_s": 0.0, "clock": "", "why": "", "stopped": [], "url": each.card.url,
        "fingerprint": each.fingerprint, "offset_s": None,
    }  # fmt: skip


RESTS = ("cut", "down", "revoked", "by hand", "not running")
"""The states of a link in which what is told does not go out."""


def _lines(items: list[dict[str, Any]], now: str, here: str = "", own: str = "") -> Iterator[str]:
    if not items:
        yield f"No other node is known. Begin with: keepclear peer card --for PARTY{safe(here)}"
    for item in items:
        last = f", last contact {_ago(item['last_contact'], now)}" if item["last_contact"] else ""
        yield f"{bold(item['node'])} ({safe(', '.join(item['parties']))}): {safe(item['words'])}{last}"
        if item["unsent"]:
            rests = item["words"] == NOT_FETCHED or (item["state"] in RESTS and item["words"] != FETCHED)
            mark = "NOT HELD THERE YET" if item["overdue"] else "waits" if rests else "on its way"
            many = "1 entry, told" if item["unsent"] == 1 else f"{item['unsent']} entries, the oldest told"
            yield f"  {mark}: {many} {span_words(item['unsent_age_s'])} ago"
            commands = (f"keepclear told {safe(each)} --waiting{own}{safe(here)}" for each in item["parties"])
            yield f"  which: {', '.join(commands)}"
        if item["behind"]:
            yield f"  entries of its own still to come: {item['behind']}"
        if item["clock"]:
            yield f"  {safe(item['clock'])}"
        for origin in item["stopped"]:
            evidence = f"keepclear peer evidence{safe(here)}"
            yield f"  STOPPED: two histories were shown of {safe(origin)}: {evidence}"
        if item["why"]:
            yield f"  {safe(item['why'])}"


def _ago(last: str, now: str) -> str:
    seconds = (utc(now) - utc(last)).total_seconds()
    return f"{instant(last)}, {span_words(seconds)} ago"


_HERE: dict[str, tuple[str, ...]] = {
    "": (),
    "cut": ("But the link is cut HERE: nothing goes over it until keepclear peer heal.",),
    "revoked": ("But its keys were revoked HERE: nothing goes over the link.",),
}
"""What this node itself does with a link, whatever the other end answers."""


@peer.command(name="check")
def check(name: Node, /, *, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Ask a peer now, over the link, whether it lets this node in; takes nothing.

    Exit status: 0 it does, 1 it does not.
    """
    dir_ = seat_of(dir_, party)
    settings = node_settings(dir_)
    known = Peers.open(dir_ / PEERS).of(name)
    if not known.card.url:
        raise Refused(f"asking {name}, which has no address", "peer-url", "keepclear peer move NAME URL")
    clock = SystemClock()
    tls = identity(dir_, settings.name, clock.now())
    pull = wire.Pull((), clock.wall())
    try:
        gave = asyncio.run(asked(client_context(tls, known), known, pull))
    except (httpx.HTTPError, OSError, KeepclearError) as error:
        raise NotKnown(
            f"{name} at {known.card.url}, asked now: {faults.words(error, known)}", "peer-reached",
            "a peer that runs there, has added this node's present card and has not cut the link",
        ) from error  # fmt: skip
    now = clock.wall()
    whole = (now - pull.sent_at).total_seconds()
    offset = ((gave.got_at - pull.sent_at) + (gave.answered_at - now)).total_seconds() / 2
    answer = {"node": name, "round_trip_s": round(whole, 3), "offset_s": round(offset, 3)}
    here = "" if not known.cut else "revoked" if known.revoked else "cut"
    Printer(as_json=json).give(
        answer | {"here": here},
        lambda got: iter(
            (f"{bold(name)} lets this node in; round trip {got['round_trip_s']:.3f} s, "
             f"{clock_words(got['offset_s']) or 'their clock agrees with ours to 2 s'}.",
             *_HERE[here])
        ),
    )  # fmt: skip
    return 0


async def asked(context: ssl.SSLContext, known: Peer, pull: wire.Pull) -> wire.Gave:
    """Send one pull to a peer and give its answer."""
    async with httpx.AsyncClient(verify=context, timeout=_PROBE_S, trust_env=False) as client:
        response = await client.post(f"{known.card.url}{PATH}", content=wire.encode(pull))
    if response.status_code != 200:
        raise faults.refusal(known, response.status_code, response.content)
    return wire.read_gave(response.content)


@peer.command(name="policy")
def policy(
    *,
    out: Annotated[Path | None, Parameter(help="The file to write; else it is printed.")] = None,
    for_: Annotated[
        list[str] | None,
        Parameter(name="--for", negative="", help="Add this node's own keys, as on a card for them."),
    ] = None,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Write the keys that were confirmed in person as a policy file for keepclear verify --policy."""
    dir_ = seat_of(dir_, party)
    own = None if not for_ else _card(dir_, tuple(for_), "")
    found = policy_of(Peers.open(dir_ / PEERS).all(), own)
    elsewhere = tuple(
        PolicyWitness(f"{WITNESS}{row.name}", row.key, row.url) for row in Witnesses(dir_ / WITNESSES).rows()
    )
    written = msgspec.structs.replace(found, witnesses=(*found.witnesses, *elsewhere)).text()
    if out is None:
        print(written, end="")
    else:
        out.write_text(written, "utf-8")
        say(f"Wrote {out}.")
    return 0


@peer.command(name="evidence")
def evidence(
    *,
    out: Annotated[Path | None, Parameter(help="A folder for the evidence files; else only told.")] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show the logs of two histories and the statements of two texts, and write what proves it.

    Exit status: 0 there is none, 2 there is, 1 error.
    """
    _, keys = _keys(dir_)
    found = kept.rows(StoppedLogs(dir_ / EVIDENCE), Peers.open(dir_ / PEERS), keys, out)
    Printer(as_json=json).give(found, kept.lines)
    return 2 if found else 0
