"""A notification cell's day on a real node with its engine, for the stories of sites and movements.

Acts go through HTTP as a client would send them; what falls due by itself fires as a rehearsal drives it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.building_node import Answer, House, bare_house, party_body, release, rung
from tests.notification_bodies import movement, step, submission

from keepclear.service.asking import Ask
from keepclear.service.rehearsal import Rehearsal

CELL, AGENCY, FORCE, OTHER = "COA", "SDF", "RUS", "PGF"
DAY = datetime(2018, 2, 3, tzinfo=UTC)
WINDOW = {"start": "2018-02-03T05:00:00Z", "end": "2018-02-03T17:00:00Z"}
CELLS = ({"party": FORCE, "name": "Sector cell"}, {"party": OTHER, "name": "River cell"})


class Cell:
    """A cell (COA here), an agency (SDF), two forces, and the acts of their day."""

    def __init__(self) -> None:
        self.house: House = bare_house(at=DAY - timedelta(days=2))
        for party in (CELL, AGENCY, FORCE, OTHER):
            self.house.tell(CELL, party_body(party), "public")
        self._rehearsal = Rehearsal(self.house.node, self.house.clock)

    def close(self) -> None:
        self.house.close()

    def __enter__(self) -> Cell:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Time.

    def at(self, clock: str) -> None:
        """Go on to a time of the day of the movement, as in "06:10"; what falls due on the way fires."""
        hours, minutes = map(int, clock.split(":"))
        moment = DAY + timedelta(hours=hours, minutes=minutes)
        self._fire(self._rehearsal.up_to(moment))
        self.house.clock.move_to(moment)

    def _fire(self, batches: Iterable[list[Ask]]) -> None:
        for asks in batches:
            self.house.node.carry_out(asks)

    def tell(self, party: str, body: dict[str, Any], *readers: str, **more: Any) -> dict[str, Any]:
        made = self.house.tell(party, body, *readers, **more)
        self._fire(self._rehearsal.after((party, *readers)))
        return made

    def step(
        self, subject: str, word: str, by: str = CELL, role: str = "duty officer", **more: Any
    ) -> Answer:
        answer = self.house.post(by, f"notifications/{subject}/steps", {"step": word, **more}, role=role)
        self._fire(self._rehearsal.after((CELL, AGENCY)))
        return answer

    # A movement, as far as it has to have gone for a story.

    def submitted(self, **more: Any) -> dict[str, Any]:
        """A site that the agency submitted, taken in, consented for the first force."""
        made = self.tell(AGENCY, submission(**more), CELL)
        self.step(made["subject"], "consented", AGENCY, party=FORCE, form="exact").ok(201)
        self.step(made["subject"], "taken in", officer="1").ok(201)
        return made

    def told_movement(self, **more: Any) -> dict[str, Any]:
        body = movement(cells=list(CELLS), **more)
        made = self.tell(CELL, body, valid=WINDOW)
        self.release(made)
        return made

    def release(self, made: dict[str, Any], *readers: str) -> None:
        to = readers or (FORCE, OTHER)
        for reader in to:
            self.tell(CELL, release(made["subject"], reader, "exact"))
        self.house.post(CELL, "tellings", {"statement": made["statement"], "readers": list(to)}).ok(201)

    def changed(self, made: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Restate a movement and tell the new text to both forces."""
        why = dict.fromkeys((FORCE, OTHER), "its release follows")
        body = movement(cells=list(CELLS), **more)
        new = self.tell(CELL, body, valid=WINDOW, subject=made["subject"], not_telling=why)
        self.release(new)
        return new

    def rung(self, made: dict[str, Any], party: str, word: str, cell: str = "") -> None:
        self.tell(party, rung(made, party, word, cell=cell, text_hash=made["digest"]), CELL)

    def relayed(self, made: dict[str, Any]) -> None:
        for cell in CELLS:
            self.rung(made, cell["party"], "relayed", cell["name"])

    def phones(self, made: dict[str, Any], *, second: str = "phone answered") -> None:
        self.step(made["subject"], "phone answered", phone="phone-1").ok(201)
        self.step(made["subject"], second, phone="phone-2").ok(201)

    def under_way(self) -> dict[str, Any]:
        """A movement on its first leg since 06:00, checked in at 06:20."""
        made = self.told_movement()
        self.at("05:00")
        self.relayed(made)
        self.phones(made)
        self.at("06:00")
        self.step(made["subject"], "departed", leg=1).ok(201)
        self.at("06:20")
        self.step(made["subject"], "checked in", leg=1).ok(201)
        return made

    # What stands.

    def movement(self, party: str = CELL) -> dict[str, Any]:
        return self.house.items(party, "movements")[-1]

    def sites(self, party: str) -> list[str]:
        return [item["name"] for item in self.house.items(party, "sites")]

    def alarm(self, rule: str, party: str = CELL) -> dict[str, Any] | None:
        shown = self.house.get(party, "alarms", all="yes").ok().json["alarms"]
        return next((item for item in shown if item["rule"] == rule), None)


__all__ = ["AGENCY", "CELL", "FORCE", "OTHER", "Cell", "step"]
