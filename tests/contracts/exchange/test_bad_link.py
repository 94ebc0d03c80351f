"""Two nodes in processes of their own over a link that is cut, slow and broken off, and kill -9 of either."""

from __future__ import annotations

import asyncio
import math
import time

import httpx
import pytest
from tests.patience import PATIENCE_S
from tests.two_processes import End, Pair, waited

from keepclear.service.exchange.wire import PACK_ENTRIES

MESSAGES = 1_000
SLOW_BYTES_PER_S = 9_600 / 8
AT_ONCE = 48
AGAIN_S = 120.0
"""Longer than a reader may wait before it asks a failing link again."""

TRIES = 4


@pytest.fixture
def pair(tmp_path):
    made = Pair.made(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


def message(number: int) -> dict:
    body = {
        "kind": "message", "to": ["RUS"], "purpose": "notification", "precedence": "routine",
        "texts": [{"words": f"Number {number}: vehicles at the ford", "lang": "en"}],
    }  # fmt: skip
    return {"body": body, "readers": ["RUS"]}


def tell(end: End, numbers: range) -> dict[int, str]:
    """Tell messages, many at once, each under a key of its own; give their ids by number."""
    headers = end.headers()

    async def told() -> dict[int, str]:
        made: dict[int, str] = {}
        left = iter(numbers)
        async with httpx.AsyncClient(base_url=end.url, trust_env=False, timeout=PATIENCE_S) as client:

            async def tells() -> None:
                for number in left:
                    answer = await client.post(
                        "/api/v1/desks/COA/statements", json=message(number),
                        headers={**headers, "Idempotency-Key": f"number {number}"},
                    )  # fmt: skip
                    assert answer.status_code in (200, 201), answer.text
                    made[number] = answer.json()["statement"]

            await asyncio.gather(*(tells() for _ in range(AT_ONCE)))
        return made

    return asyncio.run(told())


def held(end: End) -> list[str]:
    """Give the messages that have reached a desk, in order of arrival."""
    found, after = [], None
    while True:
        query = {"limit": "1000"} | ({} if after is None else {"after": after})
        page = end.ask("GET", "held", params=query)
        found += [item["statement"] for item in page["items"] if item["kind"] == "message"]
        after = page["next"]
        if after is None:
            return found


def told_in_order(end: End) -> list[str]:
    """Give the messages as they stand in their author's log."""
    rows = end.ask("GET", "told/RUS")["items"]
    return [row["statement"] for row in rows if row["kind"] == "message"]


def until_a_pack_is_held(pair: Pair) -> None:
    """Let the link break off between the first pack, of 34 kB, and the last, as often as it takes.

    A machine that stands still for longer than a reader waits tears the first pack: what came of it is lost.
    """
    for _ in range(TRIES):
        pair.to_alpha.mend(left=60_000)
        waited(lambda: pair.to_alpha.cut, AGAIN_S)
        for _ in range(100):
            if len(held(pair.bravo)) > 1:
                return
            time.sleep(0.1)
    raise AssertionError(f"no pack was held: {pair.bravo.peer()}")


@pytest.mark.long
def test_a_thousand_messages_over_a_bad_link_arrive_once_in_order_and_in_few_round_trips(pair):
    alpha, bravo = pair.alpha, pair.bravo
    first = tell(alpha, range(1))
    waited(lambda: held(bravo) == [first[0]])

    # Cut: the words wait; the author's node dies halfway and loses none.
    pair.break_off()
    began = time.monotonic()
    made = tell(alpha, range(1, MESSAGES // 2))
    alpha.kill()
    alpha.start()
    assert tell(alpha, range(1, 20)) == {number: made[number] for number in range(1, 20)}
    made |= tell(alpha, range(MESSAGES // 2, MESSAGES)) | first
    assert len(set(made.values())) == MESSAGES
    row = alpha.peer()
    # Acts at once share a log with what opened it: the party's own statements stand before the first message.
    assert row["unsent"] == MESSAGES - 1
    assert row["unsent_age_s"] <= time.monotonic() - began + 1
    assert held(bravo) == [first[0]]

    # At 9,600 bit/s a pack is on its way for long; the link breaks off in the middle of it: nothing is taken.
    pair.mend(bytes_per_s=SLOW_BYTES_PER_S, left=5_000)
    waited(lambda: pair.to_alpha.cut, AGAIN_S)
    assert held(bravo) == [first[0]]

    # At full pace the first packs pass, then it breaks off again, and the reader's node dies.
    pair.break_off()
    until_a_pack_is_held(pair)
    bravo.kill()
    bravo.start()
    came = held(bravo)
    assert 1 < len(came) < MESSAGES, "the link is to break off between the first pack and the last"
    start = MESSAGES - alpha.peer()["unsent"]

    # Healed: the rest in one round trip per 256 entries.
    before = alpha.metric("answers")
    pair.mend()
    waited(lambda: alpha.peer()["unsent"] == 0)
    assert held(bravo) == told_in_order(alpha)
    assert sorted(held(bravo)) == sorted(made.values())
    left = MESSAGES - len(came)
    assert alpha.metric("answers") - before <= math.ceil(left / PACK_ENTRIES) + 1
    assert start
    # At 9,600 bit/s a short text is there within seconds.
    pair.mend(bytes_per_s=SLOW_BYTES_PER_S)
    said = time.monotonic()
    last = tell(alpha, range(MESSAGES, MESSAGES + 1))
    waited(lambda: held(bravo)[-1:] == [last[MESSAGES]])
    assert time.monotonic() - said < 10
