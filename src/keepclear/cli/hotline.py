"""The command `hotline`: the desk in a terminal, also over SSH, worked by keys alone.

It reads and acts by HTTP with a token, like every client; the node must run. What the node does not answer is
kept under its key and sent again when the officer says so.
"""

from __future__ import annotations

import codecs
import os
import secrets
import select
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import Parameter
from msgspec.structs import replace

from keepclear.cli.client import FOLDER, Reached, reached, reached_at
from keepclear.cli.desks import Desk, Problem
from keepclear.cli.hotline_keys import Act, State, complete, follow, press
from keepclear.cli.hotline_view import Desk as Shown
from keepclear.cli.hotline_view import by_urgency, chosen, followed, screen
from keepclear.cli.looking import As, Dir
from keepclear.cli.telling import one_of
from keepclear.errors import KeepclearError, Refused
from keepclear.service.auth import Role
from keepclear.service.clock import SystemClock
from keepclear.times import text
from keepclear.views.signs import shielded

TOKEN = "KEEPCLEAR_TOKEN"  # noqa: S105 - the name of a variable
TICK_S, AGAIN_S, RETRY_S, SILENT_S = 1.0, 0.3, 2.0, 40.0
OVER = ("ended", "no answer")
_ARROWS = {"\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down", "\n": "\r", "\x08": "\x7f"}
_ENTER, _LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


def hotline(
    *,
    party: As = None,
    role: Annotated[str, one_of(Role, "The role in which you act.")] = Role.DUTY_OFFICER,
    url: Annotated[
        str, Parameter(help="A node elsewhere; its token stands in KEEPCLEAR_TOKEN, never on the command.")
    ] = "",
    certificate: Annotated[
        Path | None, Parameter(help="The certificate of that node, if it signed it itself.")
    ] = None,
    plain: Annotated[
        bool, Parameter(name="--plain", negative="", help="Only print what changes, as for a dumb terminal.")
    ] = False,
    dir_: Dir = FOLDER,
) -> int:
    """Work the desk in this terminal: alarms, threads, acknowledge, answer, read back; ? lists the keys."""
    if not sys.stdin.isatty():
        raise Refused(
            "a desk without a terminal", "terminal", "a terminal; for programs: keepclear alarms --json"
        )
    if url:
        where = reached_at(url, party, os.environ.get(TOKEN, ""), certificate)
    else:
        where = reached(dir_, party, Role(role))
    dumb = plain or os.environ.get("TERM", "dumb") in ("dumb", "")
    with httpx.Client(base_url=where.url, timeout=10.0, verify=where.verify, trust_env=False) as client:
        here = Desk(where.party, where.token, client.request)
        with _waking(where) as bell, _raw(dumb=dumb):
            Station(here, str(role), dumb=dumb).work(bell)
    return 0


class Station:
    """One officer at one terminal."""

    def __init__(self, here: Desk, role: str, *, dumb: bool) -> None:
        self._here = here
        self._dumb = dumb
        self._clock = SystemClock()
        self.shown = Shown(role=role, silent=True)
        self.state = State()
        self._unsent: tuple[Act, str] | None = None
        self._drift = timedelta(0)
        self._printed: list[str] = []
        self._flash: set[str] = set()

    def work(self, bell: int) -> None:
        """Show, wait for a key or for news, act; until the officer leaves."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        asked_at = float("-inf")
        news = True
        while not self.state.left:
            pause_s = RETRY_S if self.shown.silent else SILENT_S
            since_s = time.monotonic() - asked_at
            if (news and since_s >= AGAIN_S) or since_s >= pause_s:
                self._look()
                asked_at, news = time.monotonic(), False
            self._draw()
            ready = select.select([sys.stdin, bell], [], [], AGAIN_S if news else TICK_S)[0]
            if bell in ready:
                os.read(bell, 4_096)
                news = True
            if sys.stdin in ready:
                raw = os.read(sys.stdin.fileno(), 4_096)
                if not raw:
                    return
                for key in keys_in(decode(raw)):
                    news = self._key(key) or news

    def _key(self, key: str) -> bool:
        """Take one key; tell whether something was sent."""
        if key == "s" and self.state.form is None and self._unsent is not None:
            self._send(*self._unsent)
            return True
        self.state, act = press(self.state, self.shown, key)
        if act is not None:
            self._draw()
            self._send(act, secrets.token_hex(12))
        return act is not None

    def _send(self, act: Act, key: str) -> None:
        self._unsent = (act, key)
        try:
            whole = self._completed(act)
            made = self._here.post(whole.path, whole.body, key)
            following = follow(whole, made)
            if following is not None:
                self._here.post(following.path, following.body, f"{key}/then")
        except httpx.HTTPError:
            self._say(f"NOT SENT, the node does not answer: s sends it again under the same key. {act.done}")
            return
        except Problem as refusal:
            self._say(f"Refused: {refusal}")
        else:
            self._say(act.done)
        self._unsent = None

    def _completed(self, act: Act) -> Act:
        item = chosen(self.shown, self.state.sight)
        digest = ""
        if (act.body.get("body") or {}).get("kind") == "rung" and item is not None:
            of = act.body["body"]["of"]
            digest = str(self._here.get(f"statements/{of}")["digest"])
        if act.restates:
            whole = self._here.get(f"statements/{act.restates}")["statement"]["body"]
            act = replace(act, body={**act.body, "body": {**whole, **act.body["body"]}})
        return complete(act, self._here.party, digest, text(self._now()))

    def _say(self, notice: str) -> None:
        self.state = replace(self.state, sight=replace(self.state.sight, notice=notice))

    def _now(self) -> datetime:
        """Give the node's time of day, by which its timers run."""
        return self._clock.wall() + self._drift

    def _look(self) -> None:
        try:
            board = self._here.get("alarms")
            found = self._here.get("picture")
            ways, calls = self._optional("reach"), self._optional("calls")
        except (httpx.HTTPError, Problem):
            since = self.shown.since
            self.shown = replace(self.shown, silent=True, since=since)
            return
        self._drift = datetime.fromisoformat(board["now"]) - self._clock.wall()
        shown = board["board"]
        was = self.shown
        self.shown = replace(
            was,
            name=found["name"],
            cap=found["cap"],
            silent=False,
            since=self._now(),
            alarms=(*shown["new"], *shown["earlier"]),
            bundled=tuple(shown["bundled"]),
            threads=by_urgency(item for item in found["messages"] if item["direction"] != "reported"),
            hotlines=tuple(found["hotlines"]),
            ways=tuple(ways or ()),
            calls=None if calls is None else tuple(call for call in calls if call["state"] not in OVER),
        )
        self.state = replace(self.state, sight=followed(self.state.sight, was, self.shown))
        self._ring()

    def _optional(self, path: str) -> list[Any] | None:
        """Read what an older node does not have."""
        try:
            items: list[Any] = self._here.get(path)["items"]
        except Problem as refusal:
            if refusal.body.get("rule") in ("path", "role", "scope"):
                return None
            raise
        return items

    def _ring(self) -> None:
        """Ring the terminal's bell once for each new flash."""
        waiting = {
            item["statement"]
            for item in self.shown.alarms
            if item["precedence"] == "flash" and item["state"] == "unacknowledged, active"
        }
        if waiting - self._flash:
            os.write(1, b"\a")
        self._flash = waiting

    def _draw(self) -> None:
        width, height = shutil.get_terminal_size((80, 24))
        rows = screen(self.shown, self.state.sight, self._now(), max(40, width), max(10, height))
        if not self._dumb:
            body = "\r\n".join(f"{row}\x1b[K" for row in rows)
            os.write(1, f"\x1b[H{body}".encode())
            return
        # Timers alone are no reason to print everything again.
        plain = [shielded("".join(sign for sign in row if not sign.isdigit())) for row in rows]
        if plain != self._printed:
            os.write(1, ("\r\n".join(row.rstrip() for row in rows if row.strip()) + "\r\n\r\n").encode())
            self._printed = plain


def keys_in(typed: str) -> Iterator[str]:
    """Give the keys in what the terminal sent; a sequence that is not known is left out."""
    while typed:
        if typed[0] == "\x1b" and len(typed) > 2 and typed[1] in "[O":
            end = next(
                (place for place, sign in enumerate(typed[2:], 3) if sign.isalpha() or sign == "~"),
                len(typed),
            )
            key, typed = typed[:end], typed[end:]
            if key in _ARROWS:
                yield _ARROWS[key]
        else:
            key, typed = typed[0], typed[1:]
            yield _ARROWS.get(key, key)


@contextmanager
def _waking(where: Reached) -> Iterator[int]:
    """Give something to wait on that can be read when the desk's stream has news."""
    listening, telling = os.pipe()
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            try:
                _until_it_ends(where, telling)
            except (httpx.HTTPError, OSError, KeepclearError):
                over.wait(RETRY_S)

    threading.Thread(target=listen, name="stream", daemon=True).start()
    try:
        yield listening
    finally:
        over.set()


def _until_it_ends(where: Reached, telling: int) -> None:
    headers = {"Authorization": f"Bearer {where.token}"}
    url = f"{where.url}/api/v1/desks/{where.party}/stream"
    with httpx.stream(
        "GET", url, headers=headers, timeout=SILENT_S, verify=where.verify, trust_env=False
    ) as stream:
        stream.raise_for_status()
        os.write(telling, b"!")
        for line in stream.iter_lines():
            if line.startswith("event: entry"):
                os.write(telling, b"!")


@contextmanager
def _raw(*, dumb: bool) -> Iterator[None]:
    """Read keys as they come and show none of them; give the terminal back as it was."""
    import termios  # only where there are terminals
    import tty

    kept = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    if not dumb:
        os.write(1, _ENTER)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, kept)
        if not dumb:
            os.write(1, _LEAVE)
