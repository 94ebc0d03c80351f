"""An author who shows different histories: every strategy of three forks, six steps deep.

A step extends a fork, shows one of its heads or packs to one of two honest readers, or lets a reader pull
from the other. Extending commutes with everything else as long as any earlier part of a fork may be shown,
so the forks stand first, as a tree of at most three leaves, and the rest of the six steps follows in every
order. What a reader does depends on what it holds alone: each such step is taken once, by a real node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest
from tests.building_node import START
from tests.simulated_nodes import PARTIES, Side, copied, keys_of, side

from keepclear.errors import KeepclearError
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import Author, LogId, Statement, encode, entry_bytes
from keepclear.model.telling import LogOpened
from keepclear.model.words import PUBLIC, CapStatus, Form
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.tree import leaf_hash, root_of
from keepclear.service.exchange import evidence, wire
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.exchange.wire import Gave, Pack
from keepclear.stores.memory import MemoryStore
from keepclear.times import text

DEPTH = 6
FORKS = 3
READERS = ("alpha", "bravo")
AUTHOR = PARTIES["carol"]
LOG = LogId(AUTHOR, PUBLIC)
KEYS = keys_of("carol")
ORIGIN = KEYS.origin(AUTHOR, PUBLIC)

Path = tuple[int, ...]
"""A history: which of its children each entry is, after the first one that opens the log."""

Shape = tuple["Shape", ...]


# The author's forks.


@cache
def entry(path: Path) -> bytes:
    name = "/".join(map(str, path))
    opens = LogOpened(AUTHOR, PUBLIC, CapStatus.EXERCISE, "party", "carol")
    said = Statement(
        id=KEYS.statement(AUTHOR, f"entry {name}", Form.EXACT),
        subject=KEYS.subject(AUTHOR, f"entry {name}"),
        author=Author(AUTHOR, "unsigned"),
        cap=CapStatus.EXERCISE,
        stated_at=START,
        body=RemarkMade(f"entry {name}") if path else opens,
    )
    return entry_bytes(len(path), text(START + timedelta(seconds=len(path))), 0, encode(KEYS.sign(said)))


def entries(path: Path) -> list[bytes]:
    return [entry(path[:size]) for size in range(len(path) + 1)]


@cache
def head(path: Path) -> bytes:
    root = root_of(leaf_hash(each) for each in entries(path))
    return note.sign(Checkpoint(ORIGIN, len(path) + 1, root).text(), KEYS.log_key(AUTHOR, ORIGIN))


@cache
def shapes(added: int, leaves: int) -> tuple[Shape, ...]:
    """All trees with so many nodes below the root and at most so many leaves; siblings have no order."""
    if added == 0:
        return ((),)
    return tuple({tuple(sorted(tree)) for tree in _children(added, leaves) if leaves_of(tree) <= leaves})


def _children(added: int, leaves: int) -> Iterator[Shape]:
    if added == 0:
        yield ()
        return
    for first in range(1, added + 1):
        for child in shapes(first - 1, leaves):
            for rest in _children(added - first, leaves):
                yield (child, *rest)


def leaves_of(shape: Shape) -> int:
    return sum(map(leaves_of, shape)) or 1


def histories(shape: Shape, path: Path = ()) -> Iterator[Path]:
    yield path
    for place, child in enumerate(shape):
        yield from histories(child, (*path, place))


def contradict(one: Path | None, other: Path | None) -> bool:
    if one is None or other is None:
        return False
    shared = min(len(one), len(other))
    return one[:shared] != other[:shared]


# An honest reader, by what it holds.


@dataclass(frozen=True)
class Held:
    """What a reader holds of the log, whether it has stopped it, and which head did not go on from it."""

    path: Path | None = None
    stopped: bool = False
    unjoined: Path | None = None


NOTHING = Held()


class Reader:
    """The states of one honest reader, each kept as the store and files of a real node."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.others = tuple(other for other in PARTIES if other != name)
        fresh = side(name, self.others)
        self.kept: dict[Held, tuple[MemoryStore, StoppedLogs, dict[str, bytes]]] = {
            NOTHING: (fresh.store, fresh.stopped, {})
        }
        self.taken: dict[tuple[Held, str, Path], Held] = {}

    def at(self, held: Held) -> Side:
        store, stopped, unjoined = self.kept[held]
        made = side(self.name, self.others)
        made.store, made.stopped = copied(store), StoppedLogs()
        for each in stopped.all():
            made.stopped.stop(each)
        made.start()
        made.stopped._unjoined.update(unjoined)
        return made

    def keep(self, made: Side, paths: dict[bytes, Path]) -> Held:
        """Give the state in which a node is now, and keep it if it is a new one."""
        rows = made.store.checkpoints(LOG)
        held = None if not rows else paths[note.only(rows[-1].note, ORIGIN)]
        unjoined = made.stopped._unjoined
        state = Held(held, bool(made.stopped.all()), paths[unjoined[ORIGIN]] if unjoined else None)
        if state not in self.kept:
            for found in made.stopped.all():
                proof = found.evidence
                assert proof is not None
                pinned = made.exchange.peers.of("carol").logs[ORIGIN][1]
                smaller, larger = evidence.check(proof, pinned)
                one, other = paths[proof.smaller.encode()], paths[note.only(proof.larger.encode(), ORIGIN)]
                assert (smaller, larger) == (len(one) + 1, len(other) + 1)
                assert contradict(one, other)
            self.kept[state] = (made.store, made.stopped, dict(unjoined))
        return state

    def show(self, held: Held, how: str, path: Path, paths: dict[bytes, Path]) -> Held:
        """Show the reader a head, or a pack of what it lacks (of all, where it lacks nothing)."""
        known = self.taken.get((held, how, path))
        if known is None:
            made = self.at(held)
            if how == "head":
                made.exchange.compare((head(path),), START)
            else:
                self._pack(made, held, path)
            known = self.taken[held, how, path] = self.keep(made, paths)
        return known

    @staticmethod
    def _pack(made: Side, held: Held, path: Path) -> None:
        size = 0 if held.path is None else len(held.path) + 1
        start = size if size <= len(path) else 0
        pack = Pack(ORIGIN, start, tuple(entries(path)[start:]), head(path), len(path) + 1)
        gave = wire.read_gave(wire.encode(Gave((pack,), START, START)))
        session = made.exchange.session("carol")
        pull = session.pull(START)
        for step in session.steps(gave, START):
            try:
                made.node._durably(lambda step=step: step(made.node))
            except KeepclearError:
                break
        session.took(pull, gave, START)


def exchange(by: Side, of: Side) -> None:
    """One honest reader pulls from the other, which is how their heads meet."""
    pull = wire.read_pull(wire.encode(by.exchange.session(of.name).pull(START)))
    of.exchange.compare(pull.heads, START)
    gave = of.exchange.session(by.name).gave(pull, (), START, START)
    by.exchange.compare(wire.read_gave(wire.encode(gave)).heads, START)


class Game:
    """All strategies over one tree of forks."""

    def __init__(self, readers: dict[str, Reader], shape: Shape, met: dict) -> None:
        self.readers, self.met = readers, met
        self.all = list(histories(shape))
        self.honest = leaves_of(shape) == 1
        self.paths = {head(path): path for path in self.all}
        self.seen: dict[tuple[Held, Held, int], int] = {}
        self.found: Counter[str] = Counter()

    def play(self, one: Held, other: Held, left: int) -> int:
        """Take every further step; give how many strategies there are from here."""
        known = self.seen.get((one, other, left))
        if known is not None:
            return known
        assert not (self.honest and (one.stopped or other.stopped or one.unjoined or other.unjoined))
        count = 1
        if left:
            for path in self.all:
                for how in ("head", "pack"):
                    count += self.play(self.shown("alpha", one, how, path), other, left - 1)
                    count += self.play(one, self.shown("bravo", other, how, path), left - 1)
            for by in READERS:
                count += self.play(*self.meet(by, one, other), left - 1)
        self.seen[one, other, left] = count
        return count

    def shown(self, name: str, held: Held, how: str, path: Path) -> Held:
        now = self.readers[name].show(held, how, path, self.paths)
        if held.path is not None and len(path) <= len(held.path):
            assert now.stopped == (held.stopped or contradict(held.path, path))
        if held.stopped:
            assert now == held
        self.found[f"shown, {'stopped' if now.stopped and not held.stopped else 'went on'}"] += 1
        return now

    def meet(self, by: str, one: Held, other: Held) -> tuple[Held, Held]:
        key = (by, one, other)
        if key not in self.met:
            sides = {"alpha": self.readers["alpha"].at(one), "bravo": self.readers["bravo"].at(other)}
            exchange(sides[by], sides["bravo" if by == "alpha" else "alpha"])
            self.met[key] = tuple(self.readers[name].keep(sides[name], self.paths) for name in READERS)
        after = self.met[key]
        split = contradict(one.path, other.path)
        for before, now in zip((one, other), after, strict=True):
            assert now.path == before.path
            assert now.stopped == before.stopped or split, "an honest author was accused"
        assert not split or after[0].stopped or after[1].stopped, "a split view went unnoticed"
        self.found[f"met, {'split' if split else 'one history'}"] += 1
        return after


def test_every_strategy_of_three_forks_is_found_at_the_first_exchange():
    assert strategies(DEPTH) == 279_029


@pytest.mark.soak
def test_the_same_eight_steps_deep():
    assert strategies(8) > 10_000_000


def strategies(depth: int) -> int:
    """Play all strategies of so many steps; give how many there are."""
    readers, met = {name: Reader(name) for name in READERS}, {}
    found: Counter[str] = Counter()
    count = 0
    for added in range(depth + 1):
        for shape in shapes(added, FORKS):
            game = Game(readers, shape, met)
            count += game.play(NOTHING, NOTHING, depth - added)
            found += game.found
    assert min(found[name] for name in ("met, split", "met, one history", "shown, stopped")) > 40
    return count


@pytest.mark.parametrize("added", range(4))
def test_an_honest_author_is_never_accused(added):
    game = Game({name: Reader(name) for name in READERS}, shapes(added, 1)[0], {})
    game.play(NOTHING, NOTHING, 4)
    assert game.found["met, one history"] > 0
    assert game.found["met, split"] == game.found["shown, stopped"] == 0


def test_trees_of_forks_are_counted_right():
    assert [len(shapes(added, FORKS)) for added in range(5)] == [1, 1, 2, 4, 8]
    assert len(shapes(3, 9)) == 4
    assert len(shapes(4, 9)) == 9


def test_readers_who_do_not_compare_do_not_find_it(monkeypatch):
    monkeypatch.setattr("keepclear.service.exchange.session.Session._third_heads", lambda self: iter(()))
    with pytest.raises(AssertionError, match="went unnoticed"):
        strategies(5)
