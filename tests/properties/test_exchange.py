"""Two and three nodes over a bad network, by many seeds, and the defects that the same checker must find."""

from __future__ import annotations

import os

import pytest
from tests.planted import DEFECTS, DISHONEST, FORGES, TAMPERS, Planted
from tests.shares import mostly_long
from tests.simulated_nodes import World

SEEDS = 1_000
PIECE = 50
SOAK_PIECE = 10_000
SOAK_SEEDS = int(os.environ.get("KEEPCLEAR_EXCHANGE_SEEDS", "100000"))
THREE = ("alpha", "bravo", "carol")


def world(seed: int) -> World:
    """Every fourth course has three nodes; in every second one frames are also changed and forged.

    In every eighth an author's node signs words that its party never said.
    """
    made = World(seed, THREE if seed % 8 in (0, 3) else THREE[:2])
    if seed % 2:
        made.tampers, made.forges = (DISHONEST if seed % 8 == 7 else TAMPERS), FORGES
    return made


@pytest.mark.parametrize("first", mostly_long(range(0, SEEDS, PIECE), 1))
def test_what_is_told_arrives_once_in_order_and_no_receipt_says_too_much(first):
    stops = tampered = 0
    for seed in range(first, first + PIECE):
        made = world(seed)
        assert made.run() == []
        stops, tampered = stops + made.stops, tampered + made.tampered
    assert stops > PIECE / 2
    assert tampered > PIECE / 2


@pytest.mark.soak
@pytest.mark.parametrize("first", range(SEEDS, SEEDS + SOAK_SEEDS, SOAK_PIECE))
def test_the_same_for_a_great_many_seeds(first):
    assert [fault for seed in range(first, first + SOAK_PIECE) for fault in world(seed).run()] == []


@pytest.mark.long
@pytest.mark.parametrize("told", [255, 256, 257, 700])
def test_a_days_backlog_comes_in_a_round_trip_per_256_entries(told):
    made = World(told)
    made.healed = True  # nobody stops
    alpha = made.sides["alpha"]
    for count, readers in (
        (11, ("bravo",)),
        (told, ("bravo",)),
        (told // 3, ("public",)),
        (told // 2, ("bravo",)),
    ):
        made.tell(alpha, readers, count, beside=False)
        if count == 11:
            made.heal()
    made.heal()  # it counts the round trips
    made.check()
    assert made.faults == []


@pytest.mark.parametrize(
    "defect", mostly_long(DEFECTS, 6), ids=[defect.what.replace(" ", "-") for defect in DEFECTS]
)
def test_every_planted_defect_is_found(defect: Planted, monkeypatch: pytest.MonkeyPatch):
    defect.plant(monkeypatch)
    for seed in range(300):
        made = world(2 * seed + 1)
        made.change_rate = 0.5
        defect.set(made)
        if found(made):
            return
    pytest.fail(f"nothing shows that there is a defect: {defect.what}")


def found(made: World) -> list[str]:
    try:
        return made.run()
    except Exception as error:  # noqa: BLE001 - a course that breaks off was not passed
        return [repr(error)]
