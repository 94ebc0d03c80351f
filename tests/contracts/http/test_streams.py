"""A desk's event stream: nothing missing after the picture, nothing twice, resumed after any event."""

from __future__ import annotations

import asyncio
import re
import time

import msgspec
import pytest
from tests.building_node import House, Listener, house, remark, zone

from keepclear.service.http import streams


@pytest.fixture
def syria():
    with house() as made:
        yield made


def cursor_of(made: House, party: str = "RUS") -> str:
    return made.get(party, "picture").ok().json["cursor"]


def test_a_stream_begins_with_where_it_begins(syria):
    with syria.listen("RUS") as listener:
        listener.settle()
        ready = listener.events()[0]
        assert listener.status == 200
        assert ready["event"] == "ready"
        assert ready["data"]["cursor"] == ready["id"] == cursor_of(syria)


def test_what_is_told_comes_as_it_is_told_and_no_more(syria):
    with syria.listen("RUS") as listener:
        listener.settle()
        told = syria.tell("COA", zone(), "RUS")
        syria.tell("COA", remark("draft"))
        syria.tell("COA", remark("for others"), "SDF")
        own = syria.tell("RUS", remark("own"))
        listener.settle()
        assert listener.statements()[-2:] == [told["statement"], own["statement"]]
        event = listener.events()[-2]["data"]
        assert event["kind"] == "measure"
        assert "At Tanf zone" in event["title"]
        assert event["author"] == "COA"
        assert b"draft" not in listener.raw
        assert b"for others" not in listener.raw


def test_a_statement_that_comes_by_two_logs_is_news_once(syria):
    with syria.listen("RUS") as listener:
        listener.settle()
        both = syria.tell("COA", remark("to all"), "RUS", "public")
        first = syria.tell("COA", remark("to Russia first"), "RUS")
        syria.later()
        syria.post("COA", "tellings", {"statement": first["statement"], "readers": ["public"]}).ok(201)
        listener.settle()
        assert listener.statements().count(both["statement"]) == 1
        assert listener.statements().count(first["statement"]) == 1


def test_a_stream_resumes_after_any_event_that_was_seen(syria):
    start = cursor_of(syria)
    for number in range(6):
        syria.tell("COA", remark(f"{number}"), "RUS" if number % 2 else "SDF", "public")
    with syria.listen("RUS", last=start) as whole:
        whole.settle()
        seen = whole.events()
    assert len(seen) == 1 + len(whole.statements())
    for at, event in enumerate(seen):
        with syria.listen("RUS", last=event["id"]) as resumed:
            resumed.settle()
            assert resumed.statements() == whole.statements()[at:], event
    with syria.listen("RUS", query={"after": start}) as by_query:
        by_query.settle()
        assert by_query.statements() == whole.statements()


def test_a_resumed_stream_survives_a_restart_of_the_node(syria):
    start = cursor_of(syria)
    made = [syria.tell("COA", remark(f"{number}"), "RUS")["statement"] for number in range(3)]
    syria.node.drop()  # fold again from the store, as a restart does
    more = syria.tell("COA", remark("after"), "RUS")["statement"]
    with syria.listen("RUS", last=start) as listener:
        listener.settle()
        assert [name for name in listener.statements() if name in {*made, more}] == [*made, more]
        assert len(listener.statements()) == len(set(listener.statements()))


@pytest.mark.parametrize("cursor", ["1000000", "-1", "x", "1.0", "9" * 4_500, "0x10"])
def test_resuming_after_what_never_was_is_refused(syria, cursor):
    with syria.listen("RUS", last=cursor) as listener:
        listener.settle()
        assert listener.status == 400
        assert msgspec.json.decode(listener.raw)["rule"] == "cursor"


def test_nothing_is_missing_between_the_picture_and_the_stream_while_others_write(syria):
    """Many tell at once; each reader takes a picture at some moment and streams from its cursor."""

    async def telling(number: int) -> str:
        body = msgspec.json.encode({"body": remark(f"{number}"), "readers": ["RUS"]})
        answer = await syria.acall(
            "POST", "/api/v1/desks/COA/statements", token=syria.token("COA"),
            headers={"Idempotency-Key": f"many-{number}"}, body=body,
        )  # fmt: skip
        return answer.json["statement"]

    async def looking() -> tuple[set[str], str]:
        await asyncio.sleep(0)
        answer = await syria.acall("GET", "/api/v1/desks/RUS/picture", token=syria.token("RUS"))
        seen = {remark["said"]["statement"] for remark in answer.json["remarks"]}
        return seen, answer.json["cursor"]

    async def course() -> list:
        made: list = []
        for wave in range(8):
            acts = [asyncio.ensure_future(telling(wave * 10 + n)) for n in range(10)]
            looks = [asyncio.ensure_future(looking()) for _ in range(3)]
            made.append((await asyncio.gather(*acts), await asyncio.gather(*looks)))
        return made

    waves = syria.runner.run(course())
    every = {name for acts, _ in waves for name in acts}
    assert len(every) == 80
    for _, looks in waves:
        for seen, cursor in looks:
            with syria.listen("RUS", last=cursor) as listener:
                listener.settle(0.01)
                streamed = listener.statements()
            assert len(streamed) == len(set(streamed)), "doubles"
            assert not seen & set(streamed), "the picture and the stream overlap"
            assert seen | set(streamed) >= every, "a gap between picture and stream"


def test_a_live_stream_gets_all_of_a_storm_in_order_and_once(syria):
    async def storm() -> None:
        await asyncio.gather(*(one(number) for number in range(60)))

    async def one(number: int) -> None:
        body = msgspec.json.encode({"body": remark(f"{number}"), "readers": ["RUS"]})
        answer = await syria.acall(
            "POST", "/api/v1/desks/COA/statements", token=syria.token("COA"),
            headers={"Idempotency-Key": f"storm-{number}"}, body=body,
        )  # fmt: skip
        assert answer.status == 201

    with syria.listen("RUS") as listener:
        listener.settle()
        syria.runner.run(storm())
        listener.settle(0.05)
        ids = [int(event["id"]) for event in listener.events()]
        assert ids == sorted(set(ids))
        assert len(listener.statements()) == len(set(listener.statements())) >= 60


def beats(listener: Listener) -> int:
    return len(re.findall(rb"(?m)^: ", listener.raw))


def test_a_silent_stream_beats(syria, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.03)
    with syria.listen("RUS") as listener:
        listener.settle(0.2)
        assert beats(listener) >= 3


def test_others_acts_neither_put_off_nor_bring_on_a_beat(syria, monkeypatch):
    """A beat that waited for silence on the whole node would tell a desk of acts that it is not told."""
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.05)
    began = time.monotonic()
    with syria.listen("RUS") as listener:
        for number in range(40):
            syria.tell("COA", remark(f"{number}"), "SDF")
            listener.settle(0.01)
        due = (time.monotonic() - began) / 0.05
        assert listener.statements() == []
        assert 0.4 * due <= beats(listener) <= due + 1


def test_a_client_that_goes_away_leaves_nothing_running(syria):
    with syria.listen("RUS") as listener:
        listener.settle()
        task = listener._task
    assert task.done()
    syria.tell("COA", remark("after"), "RUS")
