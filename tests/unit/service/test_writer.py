"""The one writer: many acts, few commits; nobody sees what is not durable; nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading

import msgspec
import pytest
from tests.building_node import House, bare_house, house, remark
from tests.patience import PATIENCE_S
from tests.unit.service.failing import FailingStore, TarryingStore

from keepclear.commands.telling import Tell
from keepclear.errors import StoreFault
from keepclear.model.notices import RemarkMade
from keepclear.service import writer as writer_module
from keepclear.service.asking import Ask
from keepclear.service.writer import BESIDE_PEOPLE, MAX_BATCH


async def telling(made: House, key: str, *readers: str, by: str = "COA"):
    body = msgspec.json.encode({"body": remark(key), "readers": list(readers)})
    path, headers = f"/api/v1/desks/{by}/statements", {"Idempotency-Key": key}
    return await made.acall("POST", path, token=made.token(by), headers=headers, body=body)


async def looking(made: House, path: str, party: str = "RUS"):
    return await made.acall("GET", f"/api/v1/desks/{party}/{path}", token=made.token(party))


@pytest.fixture
def tarrying():
    with house(TarryingStore()) as made:
        yield made
        made.node.store.free.set()


def test_acts_that_come_while_the_disk_is_busy_share_the_next_commit(tarrying):
    store = tarrying.node.store
    store.batches.clear()

    async def many() -> list:
        store.free.clear()
        first = asyncio.create_task(telling(tarrying, "first", "RUS"))
        await asyncio.to_thread(store.begun.wait)
        rest = [asyncio.create_task(telling(tarrying, f"k{number}", "RUS")) for number in range(50)]
        await asyncio.sleep(0.02)
        store.free.set()
        return await asyncio.gather(first, *rest)

    store.begun.clear()
    answers = tarrying.runner.run(many())
    assert [answer.status for answer in answers] == [201] * 51
    assert store.batches == [1, 50]
    assert len({answer.json["told"][1]["index"] for answer in answers}) == 51


def test_a_batch_has_a_bound(tarrying):
    store = tarrying.node.store
    store.batches.clear()

    async def many() -> None:
        await asyncio.gather(*(telling(tarrying, f"k{number}") for number in range(MAX_BATCH + 40)))

    tarrying.runner.run(many())
    assert max(store.batches) <= MAX_BATCH
    assert sum(store.batches) == MAX_BATCH + 40
    assert len(store.batches) < 20


def own_acts(made: House, count: int) -> list[Ask]:
    return [
        made.node.ask("COA", Tell(body=RemarkMade(f"own {number}"), readers=()), f"own-{number}")
        for number in range(count)
    ]


@pytest.mark.parametrize(("at_once", "most"), [(False, BESIDE_PEOPLE + 1), (True, 40)])
def test_many_acts_of_the_nodes_own_let_a_persons_act_go_between(tarrying, at_once, most):
    """The twin hands them in at once: then the person's act waits for them all."""
    store = tarrying.node.store
    store.batches.clear()
    before = []

    async def one() -> None:
        await asyncio.sleep(0)
        before.append((await telling(tarrying, "person")).status)
        before.append(sum(store.batches))

    async def many() -> None:
        writer, acts = tarrying.writer, own_acts(tarrying, 40)
        own = asyncio.gather(*map(writer.submit, acts)) if at_once else writer.hand_in(acts)
        await asyncio.gather(own, one())

    tarrying.runner.run(many())
    assert before[0] == 201
    assert before[1] >= 40 if at_once else before[1] <= 3 * most
    assert sum(store.batches) == 41


def test_acts_that_are_overtaken_are_left_and_those_before_them_stand(tarrying):
    asked = []

    def is_overtaken(first: int) -> bool:
        asked.append(first)
        return first >= 2 * BESIDE_PEOPLE

    acts = own_acts(tarrying, 10)
    done = tarrying.runner.run(tarrying.writer.hand_in(acts, is_overtaken=is_overtaken))
    assert [isinstance(each, BaseException) for each in done] == [False] * 2 * BESIDE_PEOPLE
    assert asked == [BESIDE_PEOPLE, 2 * BESIDE_PEOPLE], "the first few go in any case"
    assert len(tarrying.items("COA", "remarks")) == 2 * BESIDE_PEOPLE
    rest = tarrying.runner.run(tarrying.writer.hand_in(acts))
    assert len(rest) == 10
    assert len(tarrying.items("COA", "remarks")) == 10, "each once"


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("path", ["picture", "remarks", "held", "told/COA", "proof", "export", "mechanisms"])
def test_no_reader_sees_what_is_not_yet_durable(tarrying, path, fails):
    store = tarrying.node.store
    before = tarrying.runner.run(looking(tarrying, path)).body

    async def meanwhile() -> tuple[bool, bytes, int]:
        store.begun.clear()
        store.free.clear()
        act = asyncio.create_task(telling(tarrying, "secret", "RUS"))
        await asyncio.to_thread(store.begun.wait)
        store.writing_fails = fails
        look = asyncio.create_task(looking(tarrying, path))
        await asyncio.sleep(0.02)
        early = look.done()
        store.free.set()
        return early, (await look).body, (await act).status

    early, seen, status = tarrying.runner.run(meanwhile())
    store.writing_fails = False
    assert not early, "a reader did not wait for the disk"
    assert status == (503 if fails else 201)
    if fails:
        assert seen == before
    elif path != "told/COA" and path != "mechanisms":
        assert seen != before


def test_a_stream_gives_only_what_is_durable(tarrying):
    store = tarrying.node.store
    with tarrying.listen("RUS") as listener:
        listener.settle()

        async def meanwhile() -> list[str]:
            store.begun.clear()
            store.free.clear()
            store.writing_fails = True
            act = asyncio.create_task(telling(tarrying, "never", "RUS"))
            await asyncio.to_thread(store.begun.wait)
            await asyncio.sleep(0.02)
            early = listener.statements()
            store.free.set()
            assert (await act).status == 503
            store.writing_fails = False
            assert (await telling(tarrying, "then", "RUS")).status == 201
            return early

        assert tarrying.runner.run(meanwhile()) == []
        listener.settle()
        assert len(listener.statements()) == 1 or b"never" not in listener.raw
        assert b"never" not in listener.raw


def test_a_failing_store_is_told_to_every_caller_of_the_batch():
    with house(FailingStore()) as made:
        made.node.store.writing_fails = True

        async def many() -> list:
            return await asyncio.gather(*(telling(made, f"k{number}") for number in range(20)))

        answers = made.runner.run(many())
        assert {(answer.status, answer.rule) for answer in answers} == {(503, "disk-full")}
        made.node.store.writing_fails = False
        assert {answer.status for answer in made.runner.run(many())} == {201}


def test_a_refusal_costs_no_commit(tarrying):
    tarrying.node.store.batches.clear()
    tarrying.try_tell("COA", remark(), "NOBODY").refused("unknown-party")
    assert tarrying.node.store.batches == []


def test_a_caller_that_goes_away_loses_nothing(tarrying):
    store = tarrying.node.store

    async def leave() -> None:
        store.begun.clear()
        store.free.clear()
        act = asyncio.create_task(telling(tarrying, "left", "RUS"))
        await asyncio.to_thread(store.begun.wait)
        act.cancel()
        await asyncio.gather(act, return_exceptions=True)
        store.free.set()
        assert (await telling(tarrying, "next", "RUS")).status == 201

    tarrying.runner.run(leave())
    again = tarrying.try_tell("COA", remark("left"), "RUS", key="left").ok(200)
    assert again.json["repeated"]


def test_too_many_waiting_acts_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(writer_module, "MAX_WAITING", 5)
    with house(TarryingStore()) as made:
        store = made.node.store

        async def many() -> list:
            store.begun.clear()
            store.free.clear()
            first = asyncio.create_task(telling(made, "first"))
            await asyncio.to_thread(store.begun.wait)
            rest = [asyncio.create_task(telling(made, f"k{number}")) for number in range(12)]
            await asyncio.sleep(0.02)
            store.free.set()
            return await asyncio.gather(first, *rest)

        answers = made.runner.run(many())
        busy = [answer for answer in answers if answer.status != 201]
        assert len(busy) == 7
        for answer in busy:
            answer.refused("busy", 503)


def test_stopping_leaves_nobody_waiting():
    made = bare_house(TarryingStore())
    store, node = made.node.store, made.node

    async def stop() -> list:
        store.begun.clear()
        store.free.clear()
        asks = [node.ask("COA", _tell(f"{number}"), f"k{number}") for number in range(3)]
        acts = [asyncio.create_task(made.writer.submit(ask)) for ask in asks]
        await asyncio.to_thread(store.begun.wait)
        late = asyncio.create_task(made.writer.submit(node.ask("COA", _tell("late"), "late")))
        await asyncio.sleep(0)
        leaving = asyncio.create_task(made._running.__aexit__(None, None, None))
        await asyncio.sleep(0.01)
        store.free.set()
        await leaving
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.gather(*acts, late, return_exceptions=True)

    outcomes = made.runner.run(stop())
    made.runner.close()
    assert all(isinstance(outcome, StoreFault) and outcome.rule == "stopping" for outcome in outcomes)
    assert {outcome.passes for outcome in outcomes} == {
        "the same act under the same idempotency key once the node runs again"
    }


def _tell(words: str):
    return Tell(body=RemarkMade(words))


# What comes in whole, such as what another's node has told.


def whole(key: str):
    """A batch of its own, made as acts are, so that it can be found again."""
    return lambda node: node.prepare([node.ask("COA", _tell(key), key)])


def words(made: House) -> list[str]:
    bodies = (entry.statement.body for entry in made.node.inbox("COA"))
    return [body.text for body in bodies if isinstance(body, RemarkMade)]


def test_what_comes_in_whole_is_a_batch_of_its_own_between_the_acts_around_it(tarrying):
    store = tarrying.node.store
    store.batches.clear()

    async def mixed() -> list:
        store.begun.clear()
        store.free.clear()
        first = asyncio.create_task(telling(tarrying, "first"))
        await asyncio.to_thread(store.begun.wait)
        rest = []
        for name in ("a1", "a2", "w1", "w2", "a3", "w3"):
            coming = telling(tarrying, name) if name[0] == "a" else tarrying.writer.submit_whole(whole(name))
            rest.append(asyncio.create_task(coming))
            await asyncio.sleep(0.01)
        store.free.set()
        return await asyncio.gather(first, *rest)

    tarrying.runner.run(mixed())
    assert words(tarrying) == ["first", "a1", "a2", "w1", "w2", "a3", "w3"]
    assert store.batches == [1, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "fault", [StoreFault("a pack", "one-text-per-id", "the text it has"), ZeroDivisionError()]
)
def test_what_is_refused_whole_is_said_to_its_caller_alone(tarrying, fault):
    def refused(node):
        node.prepare([node.ask("COA", _tell("half"), "half")])
        raise fault

    async def mixed() -> list:
        around = [
            telling(tarrying, "before"),
            tarrying.writer.submit_whole(refused),
            telling(tarrying, "after"),
        ]
        return await asyncio.gather(*around, return_exceptions=True)

    before, answer, after = tarrying.runner.run(mixed())
    assert (before.status, after.status) == (201, 201)
    assert isinstance(answer, StoreFault)
    assert answer.rule == ("internal" if isinstance(fault, ZeroDivisionError) else fault.rule)
    assert words(tarrying) == ["before", "after"]


def test_what_comes_in_whole_and_cannot_be_kept_is_refused_and_leaves_nothing():
    with house(FailingStore()) as made:
        made.node.store.writing_fails = True
        with pytest.raises(StoreFault) as refusal:
            made.runner.run(made.writer.submit_whole(whole("lost")))
        assert refusal.value.rule == "disk-full"
        assert words(made) == []
        made.node.store.writing_fails = False
        made.runner.run(made.writer.submit_whole(whole("kept")))
        assert words(made) == ["kept"]


def test_what_comes_in_whole_stands_though_its_caller_went_away(tarrying):
    store = tarrying.node.store

    async def leave() -> None:
        store.begun.clear()
        store.free.clear()
        coming = asyncio.create_task(tarrying.writer.submit_whole(whole("left")))
        await asyncio.to_thread(store.begun.wait)
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        store.free.set()
        assert (await telling(tarrying, "next")).status == 201

    tarrying.runner.run(leave())
    assert words(tarrying) == ["left", "next"]


def test_an_empty_batch_is_not_written_and_those_who_wait_for_news_hear_of_a_full_one(tarrying):
    store = tarrying.node.store
    store.batches.clear()
    tarrying.runner.run(tarrying.writer.submit_whole(lambda node: node.prepare([])))
    assert store.batches == []

    async def hears() -> bool:
        news = asyncio.create_task(tarrying.writer.changed(5.0))
        await asyncio.sleep(0)
        await tarrying.writer.submit_whole(whole("news"))
        return await news

    assert tarrying.runner.run(hears())


def test_stopping_leaves_nobody_waiting_with_a_batch_of_its_own():
    made = bare_house(TarryingStore())
    store, node = made.node.store, made.node

    async def stop() -> list:
        store.begun.clear()
        store.free.clear()
        act = asyncio.create_task(made.writer.submit(node.ask("COA", _tell("act"), "act")))
        await asyncio.to_thread(store.begun.wait)
        late = [asyncio.create_task(made.writer.submit_whole(whole(name))) for name in ("w1", "w2")]
        await asyncio.sleep(0)
        leaving = asyncio.create_task(made._running.__aexit__(None, None, None))
        await asyncio.sleep(0.01)
        store.free.set()
        await leaving
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.gather(act, *late, return_exceptions=True)

    outcomes = made.runner.run(stop())
    made.runner.close()
    assert [getattr(outcome, "rule", outcome) for outcome in outcomes] == ["stopping"] * 3


def test_another_node_put_in_its_place_gets_nothing_of_a_batch_on_its_way():
    """As when the demo begins again on a fresh record while somebody acts on the old one."""
    with house(TarryingStore()) as made:
        old, store = made.node, made.node.store
        with house() as other:

            async def swap() -> int:
                store.begun.clear()
                store.free.clear()
                act = asyncio.create_task(telling(made, "old", "RUS"))
                await asyncio.to_thread(store.begun.wait)
                made.writer.node = other.node
                store.free.set()
                return (await act).status

            before = other.size(), other.node.inbox_size("RUS")
            assert made.runner.run(swap()) == 201
            assert (other.size(), other.node.inbox_size("RUS")) == before
            assert old.inbox("RUS")[-1].statement.body.text == "old"
            made.writer.node = old


def test_the_disk_is_written_beside_the_event_loop(tarrying):
    store = tarrying.node.store
    threads: list[str] = []
    plain = store.commit
    store.commit = lambda batch: (threads.append(threading.current_thread().name), plain(batch))[1]
    tarrying.tell("COA", remark(), "RUS")
    assert threads
    assert threads[0] != threading.main_thread().name
