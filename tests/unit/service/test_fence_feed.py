"""What the feed of fences holds of the past of each thing."""

from __future__ import annotations

import random
from collections import defaultdict, deque

import numpy as np

from keepclear.service.fence_feed import REMEMBERED, FenceFeed
from keepclear.stores.columns import Moves


def moves(rows: list[int], at_us: list[int]) -> Moves:
    n = len(rows)
    nothing, nan = np.zeros(n), np.full(n, np.nan)
    lon = np.array([us % 1_000 / 100 for us in at_us])
    return Moves(
        np.array(rows, np.int64), np.ones(n, np.bool_), np.zeros(n, np.int64), nothing, nothing, nan,
        np.array(at_us, np.int64), lon, nothing, nothing, nothing, np.full(n, -1, np.int8), nothing,
        np.arange(n),
    )  # fmt: skip


def test_of_each_thing_the_last_few_fixes_are_held_in_order():
    drawn = random.Random(2)
    held: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
    feed, us = FenceFeed(), 0
    for _ in range(200):
        rows = sorted(drawn.choices(range(3_000) if drawn.random() < 0.1 else range(5), k=30))
        times = list(range(us, us := us + len(rows)))
        feed.moved(moves(rows, times))
        for row, at in zip(rows, times, strict=True):
            held[row].append(at)
        some = drawn.choice(rows)
        assert [fix[0] for fix in feed._past.of(some)] == list(held[some])
        assert [fix[1] for fix in feed._past.of(some)] == [at % 1_000 / 100 for at in held[some]]
    assert max(map(len, held.values())) == REMEMBERED
    assert feed._past.of(2_999_999) == []


def test_what_is_put_in_place_is_held_and_what_comes_follows_it():
    feed = FenceFeed()
    feed.moved(moves([7] * 20, list(range(20))))
    held = feed._past.of(7)
    assert [fix[0] for fix in held] == list(range(12, 20))
    feed._past.put(7, [*held[:3], (99, *held[3][1:]), *held[3:]])  # one more than is held
    assert [fix[0] for fix in feed._past.of(7)] == [13, 14, 99, 15, 16, 17, 18, 19]
    feed._past.put(7, held[:2])
    feed.moved(moves([7], [20]))
    assert [fix[0] for fix in feed._past.of(7)] == [12, 13, 20]
