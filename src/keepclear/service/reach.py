"""The last hop beyond the station: mail and webhooks to the people of a party, by ways that they set up.

What is sent is never an acknowledgement. The station's log takes every message first. Each person then has
ways in an order: where one fails the next is tried, and where all fail the message goes on waiting and is
tried again under the same key. The addresses are secrets: they stand in one file beside the record, which
only its owner can read, and nowhere else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from keepclear.errors import Malformed, NotKnown, Refused, StoreFault
from keepclear.model.words import PartyId, Precedence
from keepclear.rules.escalation import ANY_OFFICER
from keepclear.rules.reaching import Quiet, is_for, is_let_through, title_beyond, words_beyond
from keepclear.service import files
from keepclear.service.delivery import Deliver, Delivery
from keepclear.service.listening import is_loopback

UNENCRYPTED: Final = frozenset({"mailto", "json", "form"})
SCHEMES: Final = frozenset({*UNENCRYPTED, "mailtos", "jsons", "forms"})
MAX_WAYS = 200

Send = Callable[[str, str, str], None]
"""Sends by an address: a headline and words. Returns when they have left; raises where they have not."""


class Way(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to one person: whose, for which role, from which urgency on, and the secret address.

    `person` names whoever stands behind it, in this file alone; the ways of one person are tried in order.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    party: PartyId
    url: Annotated[str, Meta(min_length=1, max_length=2_000)]
    role: Annotated[str, Meta(min_length=1, max_length=80)] = ANY_OFFICER
    person: Annotated[str, Meta(max_length=80)] = ""
    least: Precedence = Precedence.ROUTINE
    quiet: Quiet | None = None


class WayState(Struct, frozen=True):
    """What became of the last tries of a way. `failures` counts those since it last worked."""

    last_left_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0


class WayView(Struct, frozen=True):
    """A way as it may be shown: without its address and without the person."""

    name: str
    role: str
    kind: str
    least: str
    quiet: bool
    state: str
    since: datetime | None
    failures: int


def checked(way: Way, *, unencrypted: bool) -> Way:
    """Give a way that can be used.

    Args:
        way: what was asked for.
        unencrypted: whether an address without encryption may lead beyond this machine.

    Raises:
        Malformed: the address is of no kind that is known, or the quiet hours are of no zone.
        Refused: it would pass the open net unencrypted.
    """
    asked = f'the way "{way.name}"'
    try:
        made = msgspec.json.decode(msgspec.json.encode(way), type=Way)
        if way.quiet is not None:
            way.quiet.holds(datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
        parts = urlsplit(way.url)
        scheme, host = parts.scheme.lower(), parts.hostname or ""
    except (msgspec.ValidationError, ValueError, LookupError, OSError) as error:
        # Whatever is wrong, the address itself is not repeated.
        what = "its address" if way.url in str(error) else str(error)
        raise Malformed(f"{asked}: {what}", "reach-way", "values as in: keepclear reach add --help") from None
    if scheme not in SCHEMES or not host:
        kinds = "mailtos://user:password@host?to=… or jsons://host/path"
        raise Malformed(f"{asked} with an address of no known kind", "reach-address", kinds, "url")
    if scheme in UNENCRYPTED and not is_loopback(host) and not unencrypted:
        raise Refused(
            f"{asked} over the net unencrypted",
            "reach-unencrypted",
            "mailtos://, jsons:// or forms://; or --unencrypted, if the net between is your own",
        )
    return made


class Book:
    """The ways of a node's parties, in one file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._ways: tuple[Way, ...] = ()

    def ways(self) -> tuple[Way, ...]:
        """Give all ways in their order; what was changed meanwhile counts at once.

        Raises:
            StoreFault: the file cannot be read, or others than its owner may read it.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._read_at = None
            return ()
        if found.st_mode & 0o077:
            raise StoreFault(
                f"the file of ways {self._path} is open to others", "reach-file", f"chmod 600 {self._path}"
            )
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._read_at:
            try:
                self._ways = msgspec.json.decode(self._path.read_bytes(), type=tuple[Way, ...])
            except (OSError, msgspec.DecodeError) as error:
                raise StoreFault(
                    f"the file of ways {self._path} cannot be read", "reach-file", "the file as it was made"
                ) from error
            self._read_at = stamp
        return self._ways

    def add(self, way: Way) -> None:
        """Add a way after those of its party that stand.

        Raises:
            Refused: there is one of this name, or there are too many.
        """
        ways = self.ways()
        if any(each.name == way.name and each.party == way.party for each in ways) or len(ways) >= MAX_WAYS:
            raise Refused(f'the way "{way.name}" again', "reach-once", "a new name; or remove that one first")
        self._save((*ways, way))

    def remove(self, party: PartyId, name: str) -> None:
        """Take a way out.

        Raises:
            NotKnown: there is none of this name.
        """
        gone = self.named(party, name)
        self._save(tuple(each for each in self.ways() if each is not gone))

    def named(self, party: PartyId, name: str) -> Way:
        """Give a party's way by its name.

        Raises:
            NotKnown: there is none.
        """
        for each in self.ways():
            if each.party == party and each.name == name:
                return each
        raise NotKnown(f'the way "{name}" of {party}', "reach-way", "a name of: keepclear reach list")

    def _save(self, ways: tuple[Way, ...]) -> None:
        files.keep(self._path, msgspec.json.format(msgspec.json.encode(ways), indent=1), "reach-file")


class Tries:
    """What became of each way, in memory and in a file without secrets, so that a failure is seen."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._states = self._kept()

    def _kept(self) -> dict[str, WayState]:
        try:
            return (
                msgspec.json.decode(self._path.read_bytes(), type=dict[str, WayState]) if self._path else {}
            )
        except (OSError, msgspec.DecodeError):
            return {}

    def left(self, way: Way, now: datetime) -> None:
        """Note that a message left by a way."""
        self._note(way, WayState(last_left_at=now))

    def failed(self, way: Way, now: datetime) -> None:
        """Note that a message did not leave."""
        was = self.state(way)
        self._note(way, replace(was, failing_since=was.failing_since or now, failures=was.failures + 1))

    def state(self, way: Way) -> WayState:
        """Give what became of a way's last tries."""
        return self._states.get(f"{way.party}/{way.name}", WayState())

    def _note(self, way: Way, state: WayState) -> None:
        with self._lock:
            # Another process, as one that tests a way, may have noted something meanwhile.
            self._states = {**self._states, **self._kept(), f"{way.party}/{way.name}": state}
            if self._path is not None:
                try:
                    files.keep(self._path, msgspec.json.encode(self._states), "reach-file")
                except StoreFault:
                    return  # the state is a convenience; what counts is that the message goes on


def shown(way: Way, state: WayState) -> WayView:
    """Give a way for showing."""
    words, since = "not tried yet", None
    if state.failures:
        words, since = "failing", state.failing_since
    elif state.last_left_at is not None:
        words, since = "last left", state.last_left_at
    kind = "e-mail" if way.url.lower().startswith("mailto") else "webhook"
    return WayView(
        way.name, way.role, kind, way.least.value, way.quiet is not None, words, since, state.failures
    )


class LastHop:
    """Delivers to the station first, then to each person by the first of his ways that works."""

    def __init__(
        self,
        station: Deliver,
        book: Book,
        tries: Tries,
        now: Callable[[], datetime],
        send: Send | None = None,
    ) -> None:
        self._station = station
        self._book = book
        self._tries = tries
        self._now = now
        self._send = send or send_by_apprise
        self._reached: dict[str, set[str]] = {}

    def deliver(self, delivery: Delivery) -> None:
        """Send one message to everybody whom it concerns and who has not had it by this process yet.

        Raises:
            StoreFault: the station's log cannot be written, or somebody was reached by none of his ways; the
                same message comes again.
        """
        reached = self._reached.setdefault(delivery.key, set())
        if "" not in reached:
            self._station.deliver(delivery)
            reached.add("")
        missed = [
            person
            for person, ways in self._people(delivery).items()
            if person not in reached and not self._reach(delivery, person, ways, reached)
        ]
        if missed:
            raise StoreFault(
                f"a message that reached {len(missed)} of its people by no way",
                "last-hop",
                "a way that works, see: keepclear reach list",
            )
        self._reached.pop(delivery.key, None)

    def _people(self, delivery: Delivery) -> Mapping[str, list[Way]]:
        people: dict[str, list[Way]] = {}
        for way in self._book.ways():
            if way.party == delivery.party and is_for(way.role, delivery.role):
                let = is_let_through(delivery.precedence, way.least, way.quiet, self._now())
                if let:
                    people.setdefault(way.person or way.role, []).append(way)
        return people

    def _reach(self, delivery: Delivery, person: str, ways: list[Way], reached: set[str]) -> bool:
        title = title_beyond(delivery.cap, delivery.precedence, delivery.attempt)
        words = words_beyond(
            delivery.cap, delivery.role, delivery.rule, delivery.asks, delivery.key, delivery.attempt
        )
        for way in ways:
            try:
                self._send(way.url, title, words)
            except Exception:  # noqa: BLE001 - whatever a way raises, the next one is tried; it may name secrets
                self._tries.failed(way, self._now())
                continue
            self._tries.left(way, self._now())
            reached.add(person)
            return True
        return False

    def views(self, party: PartyId) -> Iterator[WayView]:
        """Give a party's ways as they may be shown.

        Raises:
            StoreFault: the file of ways cannot be read.
        """
        for way in self._book.ways():
            if way.party == party:
                yield shown(way, self._tries.state(way))


def send_by_apprise(url: str, title: str, words: str) -> None:
    """Send by an address of apprise's kind.

    Raises:
        StoreFault: it did not leave. Says nothing of the address.
    """
    # Loaded here alone: it takes a third of a second, which most commands and most nodes do not need.
    from apprise import Apprise, AppriseAsset, NotifyFormat

    logging.getLogger("apprise").disabled = True  # it would write addresses down
    asset = AppriseAsset(app_id="Keepclear", app_desc="Keepclear", app_url="", async_mode=False)
    way = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if way is None:
        raise StoreFault("an address that cannot be used", "last-hop", "an address as documented")
    way.notify_format = NotifyFormat.TEXT
    if not way.notify(body=words, title=title):
        raise StoreFault("a message that did not leave", "last-hop", "a way that works")
