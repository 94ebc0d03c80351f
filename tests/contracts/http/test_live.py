"""The live routes: positions in by feed, out to the owner's own map, and to nobody else."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import jsonschema_rs
import msgspec
import pytest
from tests.building_node import house, scope_of
from tests.living import ADSB, ALL, BLUE, living

from keepclear.service.auth import OF_THE_NODE, Role
from keepclear.service.live import MAX_WINDOWS


@pytest.fixture
def live():
    with living() as made:
        yield made


def test_a_batch_is_taken_and_stands_on_the_map_with_its_age(live):
    answer = live.send(
        live.fix("4ca7b3", 2.35, 48.85, ago_s=4.0, kind="helicopter", callsign="SAMU75", accuracy_m=15.0,
                 height={"value_m": 300.0, "datum": "AMSL"}, speed_mps=60.0, course_deg=90.0),
    ).ok(200)  # fmt: skip
    assert (answer.json["taken"], answer.json["refused"], answer.json["unread"]) == (1, {}, [])
    [seen] = live.look()["moving"]
    assert (seen["number"], seen["callsign"], seen["feed"], seen["standing"]) == (
        0,
        "SAMU75",
        "adsb",
        "other",
    )
    assert (seen["lon"], seen["lat"], seen["accuracy_m"], seen["age_s"]) == (2.35, 48.85, 15.0, 4.0)
    assert (seen["height_m"], seen["datum"], seen["stale"]) == (300.0, "AMSL", False)


def test_what_was_not_said_is_null(live):
    live.send(live.fix("a", 2.0, 48.0)).ok()
    [seen] = live.look()["moving"]
    for field in ("accuracy_m", "height_m", "datum", "speed_mps", "course_deg", "climb_mps", "whose"):
        assert seen[field] is None


def test_the_three_forms_come_in(live):
    at = live.now.isoformat()
    live.send_as("text/csv; charset=utf-8", f"id,at,lon,lat\nb,{at},2.1,48.1".encode()).ok()
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.2, 48.2]},
               "properties": {"id": "c", "at": at}}  # fmt: skip
    whole = {"type": "FeatureCollection", "features": [feature]}
    live.send_as("application/geo+json", msgspec.json.encode(whole)).ok()
    assert list(live.moving()) == ["b", "c"]


def test_each_refusal_is_answered_counted_and_shown_with_its_rule(live):
    live.send(live.fix("a", 2.0, 48.0, ago_s=10.0)).ok()
    sent = (
        live.fix("a", 2.0, 48.0, ago_s=10.0), live.fix("a", 2.0, 48.0, ago_s=-60.0),
        live.fix("a", 2.0, 48.0, ago_s=4_000.0), live.fix("a", 40.0, 48.0),
        live.fix("a", 2.001, 48.0, ago_s=20.0), live.fix("a", 200.0, 48.0),
    )  # fmt: skip
    answer = live.send(*sent).ok().json
    assert answer["refused"] == {"twice": 1, "from-the-future": 1, "too-old": 1, "faster-than-its-kind": 1}
    assert (answer["taken"], answer["late"]) == (0, 1)
    assert [(no["number"], no["field"]) for no in answer["unread"]] == [(5, "lon")]
    shown = {row["rule"]: row for row in live.feed()["refused"]}
    assert {rule: row["count"] for rule, row in shown.items()} == answer["refused"] | {"type": 1}
    assert all(row["words"] and row["last_id"] for row in shown.values())
    assert live.moving()["a"]["lon"] == 2.0
    assert "jump" in live.moving()["a"]["doubt"]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("application/json", b'{"fixes": [{"id": "x", "kind": "tank"}]}'),
        ("application/json", b"{}"),
        ("application/json", b"no JSON"),
        ("application/geo+json", b"{}"),
        ("text/xml", b"<a/>"),
        ("text/csv", b"id,aim\nx,y"),
        ("text/csv", b"id,at\n\xff,y"),
    ],
)
def test_a_refused_batch_says_once_what_was_wrong_and_what_would_pass(live, form, body):
    said = live.send_as(form, body).json["detail"]
    assert said.count("[rule ") == 1
    assert said.count("ccepted") == 1
    assert "links/push" not in said
    assert "documented type" not in said


def test_a_batch_of_which_nothing_can_be_read_is_refused_and_still_counted(live):
    live.send({"id": "x"}).refused("type", 422)
    live.send_as("text/xml", b"<a/>").refused("media-type", 400)
    live.send_as("text/csv", b"id,aim\nx,y").refused("csv-heading", 400)
    live.send_as("application/json", b"x" * (4 * 1024 * 1024 + 1)).refused("size", 413)
    assert live.feed()["unread"] == 1


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("9999-12-31T23:59:59-14:00", "calendar"), ("0001-01-01T00:00:00+14:00", "calendar"),
        ("9999-12-31T23:59:59Z", "from-the-future"), ("0001-01-01T00:00:00Z", "too-old"),
    ],
)  # fmt: skip
def test_a_time_at_the_end_of_the_calendar_takes_no_other_with_it(live, at, rule):
    answer = live.send(live.fix("good", 2.0, 48.0), live.fix("x", 2.1, 48.1) | {"at": at}).ok(200).json
    assert answer["taken"] == 1
    assert list(live.moving()) == ["good"]
    unread = [(no["number"], no["rule"], no["field"]) for no in answer["unread"]]
    assert (unread, answer["refused"]) in (([(1, rule, "at")], {}), ([], {rule: 1}))


def test_a_feed_that_is_not_configured_is_not_there(live):
    live.send(live.fix("a", 2.0, 48.0), feed="other").refused("feed", 404)
    live.send(live.fix("a", 2.0, 48.0), party="RUS", feed="blue").refused("feed", 404)


def test_an_own_feed_may_say_own_and_another_may_not(live):
    live.send(live.fix("u1", 2.0, 48.0), feed="blue").ok()
    live.send(live.fix("u1", 2.0, 48.0, standing="own")).ok()
    standings = {each["feed"]: each["standing"] for each in live.look()["moving"]}
    assert standings == {"blue": "own", "adsb": "other"}
    assert (BLUE.standing, ADSB.standing) == ("own", "other")


def test_stale_is_shown_stale_and_never_gone(live):
    live.send(live.fix("a", 2.0, 48.0, kind="drone")).ok()
    live.later(16)
    assert live.moving()["a"]["stale"]
    live.later(3 * 3_600)
    seen = live.moving()["a"]
    assert seen["stale"]
    assert seen["age_s"] == 3 * 3_600 + 16


@pytest.mark.parametrize(
    "box",
    ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "0,10,1,5", "-181,0,0,1", "0,-91,1,0", "nan,0,1,1", "0,0,inf,1"],
)
def test_a_box_that_is_none_is_refused(live, box):
    live.get(box=box).refused("box", 400)
    live.get("/stream", box=box).refused("box", 400)


@pytest.mark.parametrize(
    "box", ["2.0,48.0,2.001,48.5", "2,48,2.5,48.001", "2,48,2.0,49", "179.999,0,-179.999,1"]
)
def test_a_box_that_asks_what_is_at_a_point_is_refused(live, box):
    live.get(box=box).refused("LIM-10", 400)
    live.get("/stream", box=box).refused("LIM-10", 400)


def test_a_box_holds_its_edges_and_goes_over_the_180th_meridian(live):
    live.send(live.fix("e", 3.0, 48.0), live.fix("o", 3.01, 48.0), live.fix("p", -179.5, 10.0)).ok()
    assert list(live.moving("2,47,3,48")) == ["e"]
    assert list(live.moving("179,9,-179,11")) == ["p"]


def test_a_list_is_in_the_order_of_names_wherever_things_are(live):
    places = [("c", 2.0), ("a", 3.0), ("b", 1.0)]
    live.send(*(live.fix(name, lon, 48.0) for name, lon in places)).ok()
    assert [each["id"] for each in live.look()["moving"]] == ["a", "b", "c"]
    live.later(600)
    live.send(*(live.fix(name, 3.0 - lon, 48.0) for name, lon in places)).ok()
    assert [each["id"] for each in live.look()["moving"]] == ["a", "b", "c"]


def test_a_trail_is_thinned_in_order_and_bounded(live):
    for step in range(12):
        live.send(live.fix("a", 2.0 + step * 1e-4, 48.0)).ok()
        live.later(2)
    answer = live.get("/0/trail").ok().json
    times = [place["at"] for place in answer["places"]]
    assert times == sorted(times)
    assert answer["thinned_s"] == 5.0
    assert 5 <= len(times) <= 7
    assert answer["places"][-1]["lon"] == pytest.approx(2.0 + 11e-4)
    live.get("/1/trail").refused("thing", 404)
    live.get("/x/trail").refused("thing", 404)
    live.get("/0/trail", since=(live.now - timedelta(hours=25)).isoformat()).refused("trail-since", 400)


def test_a_late_fix_stands_in_the_trail_and_does_not_move_its_thing(live):
    live.send(live.fix("a", 2.0, 48.0)).ok()
    live.later(60)
    live.send(live.fix("a", 2.01, 48.0)).ok()
    assert live.send(live.fix("a", 2.005, 48.0, ago_s=30)).ok().json["late"] == 1
    assert live.moving()["a"]["lon"] == 2.01
    assert [place["lon"] for place in live.get("/0/trail").ok().json["places"]] == [2.0, 2.005, 2.01]


def test_proof_of_life_goes_both_ways(live):
    assert live.feed()["state"] == "not heard yet"
    beat = live.send(live.fix("a", 2.0, 48.0)).ok().json["beat"]
    assert live.feed()["state"] == "heard"
    live.later(5)
    live.send(live.fix("a", 2.0, 48.0), heard="guessed").ok()
    assert live.feed()["hears_us_at"] is None
    live.send(live.fix("a", 2.0, 48.0, ago_s=-1), heard=beat).ok()
    shown = live.feed()
    assert shown["state"] == "both ways"
    assert shown["hears_us_at"] == shown["heard_at"]
    live.later(61)
    assert live.feed()["state"] == "silent"
    assert live.look()["silent_feeds"] == ["adsb", "blue"]


def test_a_clock_that_is_ahead_is_shown(live):
    live.send(live.fix("a", 2.0, 48.0, ago_s=-90)).ok()
    shown = live.feed()
    assert shown["clock_ahead_s"] == 90.0
    assert shown["state"] == "clock ahead"


def test_what_the_views_give_is_what_their_schemas_say(live):
    document = live.house.call("GET", "/openapi.json").ok().json
    live.send(live.fix("a", 2.0, 48.0, kind="drone", callsign="U1"), live.fix("a", 90.0, 0.0)).ok()
    paths = (("", {"box": ALL}), ("/feeds", {}), ("/{thing}/trail", {}))
    for path, query in paths:
        given = document["paths"][f"/api/v1/desks/{{party}}/live{path}"]["get"]["responses"]["200"]
        schema = given["content"]["application/json"]["schema"]
        answer = live.get(path.replace("{thing}", "0"), **query).ok().json
        jsonschema_rs.validator_for({**document, **schema}).validate(answer)


# Who may, and who may not.


@pytest.mark.parametrize("role", [Role.OBSERVER, *OF_THE_NODE])
def test_no_observer_auditor_or_operator_sees_the_live_picture(live, role):
    live.send(live.fix("a", 2.0, 48.0)).ok()
    party = "*" if role in OF_THE_NODE else "COA"
    token = live.house.token(party, role)
    for path in ("", "/stream", "/feeds", "/0/trail"):
        live.house.call("GET", f"/api/v1/desks/COA/live{path}", token=token).refused("role", 403)


def test_another_party_gets_nothing_of_it(live):
    live.send(live.fix("a", 2.0, 48.0)).ok()
    token = live.house.token("RUS")
    for path in ("", "/stream", "/feeds", "/0/trail"):
        live.house.call("GET", f"/api/v1/desks/COA/live{path}", token=token).refused("own-desk", 404)
    assert live.moving(party="RUS") == {}
    live.get("/0/trail", party="RUS").refused("thing", 404)
    assert live.feed(party="RUS")["taken"] == 0


def test_no_statement_and_no_export_holds_a_position(live):
    size = live.house.size()
    live.send(live.fix("4ca7b3", 2.34567, 48.85432)).ok()
    live.tick()
    assert live.house.size() == size
    for view in ("picture", "held", "export"):
        assert b"2.34567" not in live.house.get("COA", view).ok().body


def test_without_an_engine_there_is_no_live_picture():
    with house() as made:
        for path, query in (("live", {"box": ALL}), ("live/feeds", {})):
            made.get("COA", path, **query).refused("live", 404)


# The stream.


class Map:
    """An open map: a client of the stream."""

    def __init__(self, live, box: str = ALL) -> None:
        self.live, self.chunks, self.status = live, [], 0
        self._gone = asyncio.Event()
        scope = scope_of("GET", "/api/v1/desks/COA/live/stream", live.house.token("COA"), {"box": box}, None)
        self._task = live.house.runner.run(self._start(scope))

    async def _start(self, scope):
        asked = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive():
            if asked:
                return asked.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                self.status = message["status"]
            else:
                self.chunks.append(message.get("body", b""))

        task = asyncio.create_task(self.live.house.app(scope, receive, send))
        await asyncio.sleep(0.05)
        return task

    def events(self):
        found = []
        for block in b"".join(self.chunks).decode().split("\n\n"):
            fields = dict(
                line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":"
            )
            if fields:
                found.append((fields["event"], msgspec.json.decode(fields["data"])))
        return found

    def wait(self, seconds: float = 0.3) -> None:
        self.live.house.runner.run(asyncio.sleep(seconds))

    def close(self) -> None:
        async def stop():
            self._gone.set()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

        self.live.house.runner.run(stop())


def test_a_map_gets_everything_once_and_then_what_changes(live):
    live.send(live.fix("a", 2.0, 48.0), live.fix("b", 2.5, 48.0), live.fix("far", 30.0, 10.0)).ok()
    drawn = Map(live, "1,47,3,49")
    try:
        live.later(10)
        live.send(live.fix("a", 2.001, 48.0)).ok()
        drawn.wait()
        live.later(3_600)
        live.send(live.fix("b", 4.0, 48.0)).ok()
        drawn.wait()
        (first, full), (second, moved), (_, left) = drawn.events()
        assert (first, second) == ("full", "diff")
        assert sorted(name["id"] for name in full["named"]) == ["a", "b"]
        assert full["number"] == [0, 1]
        assert (moved["number"], moved["lon"], moved["named"]) == ([0], [2.001], [])
        assert (left["number"], left["out"]) == ([], [1])
    finally:
        drawn.close()


def test_a_map_is_told_at_most_four_times_a_second_however_much_comes(live):
    drawn = Map(live)
    began = time.monotonic()
    try:
        for _ in range(40):
            live.later(1)
            live.send(live.fix("a", 2.0, 48.0)).ok()
            drawn.wait(0.02)
        assert len(drawn.events()) <= 2 + 4 * (time.monotonic() - began)
    finally:
        drawn.close()


def test_only_so_many_maps_are_open_at_once(live):
    live.live.windows["COA"] = MAX_WINDOWS
    live.get("/stream", box=ALL).refused("live-maps", 403)
