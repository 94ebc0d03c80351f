"""A stage: plays a script on the core alone and shows it by the views that HTTP gives, without a node.

Acts are decided by the real command and filed into real pictures; nothing is signed or stored. Every view
goes through JSON, so that a check sees exactly the field names and values of the API.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from keepclear.commands.telling import Desk, decide
from keepclear.errors import Malformed
from keepclear.model.statements import Entry, LogId, digest, encode
from keepclear.model.words import PUBLIC, CapStatus, PartyId, StatementId, SubjectId
from keepclear.rules.attention import attention
from keepclear.scenarios.loader import Script, load
from keepclear.scenarios.player import Played, play
from keepclear.service.http.desks import LISTS, Sight
from keepclear.views.desk import desk
from keepclear.views.picture import Picture, picture
from keepclear.views.told import Outbox, outbox, told

ROOT = Path(__file__).parents[1]
STORIES = ROOT / "scenarios"
PARTIES = ("COA", "RUS", "PGF", "SDF", "SYR", "MAT", "TUR", "IRN", "PRESS")


@cache
def story(name: str) -> Script:
    return load(STORIES / name)


class _Ids:
    def __init__(self) -> None:
        self._made: dict[tuple[str, str], int] = {}

    def statement(self, party, key, form) -> StatementId:
        return StatementId(f"{party}.t-{key.replace('/', '-')}-{form}")

    def subject(self, party, key) -> SubjectId:
        return SubjectId(f"{party}.s-{key.replace('/', '-')}")


class _Made(msgspec.Struct, frozen=True):
    statement: StatementId
    subject: SubjectId
    digest: str


class Stage:
    """What became of a script: everybody's pictures, and the views on them."""

    def __init__(self, script: Script, parties=PARTIES, until: datetime | None = None) -> None:
        self._boxes = {party: Outbox(PartyId(party)) for party in parties}
        self._pictures = {party: Picture(PartyId(party)) for party in parties}
        self._ids = _Ids()
        self._sizes: Counter[LogId] = Counter()
        self.entries: list[Entry] = []
        self.now = datetime.fromisoformat("2017-01-01T00:00:00+00:00")
        self.played: Played = play(script, self._act, until)
        self._seen: dict[tuple, object] = {}

    def _act(self, step, tell, at) -> _Made:
        self.now = at
        here = Desk(self._pictures[step.by], self._boxes[step.by], CapStatus.EXERCISE)
        decision = decide(here, tell, step.step, at, self._ids)
        for telling in decision.tells:
            for reader in (step.by, *telling.readers):
                log, back = LogId(step.by, reader), LogId(reader, step.by)
                sees = 0 if log == back else self._sizes[back]
                self._file(Entry(log, self._sizes[log], at, at, sees, telling.statement))
        first = decision.tells[0].statement
        return _Made(first.id, first.subject, digest(encode(first)))

    def _file(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._sizes[entry.log] += 1
        self._boxes[entry.log.author].fold([entry])
        readers = self._pictures if entry.log.reader == PUBLIC else (entry.log.reader,)
        for reader in readers:
            self._pictures[reader].fold([entry])

    def picture(self, party: str, at: datetime | None = None) -> Picture:
        if at is None:
            return self._pictures[party]
        return picture(PartyId(party), self.entries, at)

    def sight(self, party: str, at: datetime | None) -> Sight:
        if at is None:
            return Sight(self._pictures[party], self._boxes[party], self.now)
        return Sight(self.picture(party, at), outbox(PartyId(party), self.entries, at), at)

    def fetch(self, party: str, path: str, at: datetime | None = None):
        """Give a view as JSON values, as the API would."""
        key = (party, path, at)
        if key not in self._seen:
            self._seen[key] = msgspec.json.decode(msgspec.json.encode(self._view(party, path, at)))
        return self._seen[key]

    def _view(self, party: str, path: str, at: datetime | None):
        sight = self.sight(party, at)
        if path == "picture":
            found = attention(sight.picture, sight.outbox, sight.now)
            return desk(sight.picture, sight.outbox, sight.now, found)
        if path == "held":
            return {"items": [{"statement": entry.statement.id} for entry in sight.picture.entries()]}
        if path.startswith("told/"):
            return {"items": [self._told(row) for row in told(sight.outbox, sight.picture, path[5:], at)]}
        if path.startswith("statements/"):
            entry = sight.picture.entry(path.removeprefix("statements/"))
            return {"statement": entry.statement if entry else None}
        if path not in LISTS:
            raise Malformed(f"the view {path}", "view", ", ".join(LISTS))
        return {"party": party, "at": at, "items": LISTS[path][0](sight)}

    def _told(self, row):
        statement = row.entry.statement
        return {
            "statement": statement.id,
            "subject": statement.subject,
            "kind": statement.kind,
            "ordinal": row.ordinal,
            "superseded": row.superseded,
            "recorded_at": row.entry.recorded_at,
            "ladder": row.ladder,
        }
