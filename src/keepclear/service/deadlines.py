"""The engine: fires what is due at the first moment that the node is up, and sends what waits.

It decides nothing by itself: every step is an act through the one writer, which looks again at what stands.
`turn` and `post` are plain functions, so that tests drive them on a clock of their own; `running` is the
loop around them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from keepclear.commands.alarms import (
    Claimed,
    decide_clock,
    decide_fire,
    decide_raise,
    decide_sent,
    decide_step,
    ends,
)
from keepclear.commands.ports import Batch, Claim, DeadlineRow, OutboxRow
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import KeepclearError
from keepclear.model.alarms import AlarmRaised, AlarmStep, ClockEvent, StepKind
from keepclear.model.words import PartyId, StatementId
from keepclear.record.canonical import canonical
from keepclear.rules.alarming import Wanted, changes, ended_words, wanted_by_parts
from keepclear.rules.attention import last
from keepclear.rules.audit import audit
from keepclear.rules.escalation import BY_THE_NODE, message
from keepclear.service.again import TICK_S, for_ever
from keepclear.service.asking import Ask
from keepclear.service.delivery import Deliver, Delivery
from keepclear.service.duties import stored
from keepclear.service.heartbeat import JUMP_S, Beat, Heartbeat, Jump
from keepclear.service.hosting import Hosting
from keepclear.service.node import Node
from keepclear.service.writer import BESIDE_PEOPLE, Writer
from keepclear.views.alarms import URGENT_FIRST, Alarm, Send, alarm, alarms

LOG = logging.getLogger(__name__)
AT_ONCE = 64
SENDERS = 8
BEAT_S = 5.0
AUDIT_S = 60.0
RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
SWEEP_SHARE = 100.0  # looking for causes takes at most one part in so many of one core


class Post(Struct, frozen=True):
    """A message that was claimed: what is sent, and the text of the alarm whose life it belongs to."""

    of: StatementId
    delivery: Delivery


class Engine:
    """Fires deadlines, raises and ends alarms, sends messages, beats, and looks after itself."""

    def __init__(self, node: Callable[[], Node], deliver: Deliver, heartbeat: Heartbeat) -> None:
        self._node = node
        self._deliver = deliver
        self.heartbeat = heartbeat
        self.hosting = Hosting(node)
        self.beside: Callable[[PartyId, datetime], Iterable[AlarmRaised]] = lambda _, __: ()
        """What calls for alarms besides a desk's picture: the exchange with other nodes."""
        self._drift: timedelta | None = None
        self._swept_at = self._beaten_at = float("-inf")
        self._audited_at = node().clock.monotonic()
        self._sweep_s = 0.0
        self._retry_at: dict[str, float] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._senders: ThreadPoolExecutor | None = None

    # What to do now: asks for the writer, each decided anew there.

    def begin(self) -> list[Ask]:
        """Compare the clocks with the last beat before this start; state it where they jumped."""
        node = self._node()
        self._drift = _drift(node)
        self._audited_at = node.clock.monotonic()
        last, jump = self.heartbeat.last, self.heartbeat.since_last(node.clock)
        if last is None or jump is None:
            return []
        asks = [self._clock_at_start(node, party, last, jump) for party in node.hosted]
        return [ask for ask in asks if ask is not None]

    def _clock_at_start(self, node: Node, party: PartyId, last: Beat, jump: Jump) -> Ask | None:
        """State what of a jump no earlier start has stated, if one was killed before its first beat."""
        told = [body for _, body in node.picture(party).history(ClockEvent) if body.since == last.record]
        jump_s = jump.jump_s - sum(body.jump_s for body in told)
        record_s = jump.record_s - sum(body.record_s for body in told)
        if abs(jump_s) <= JUMP_S and abs(record_s) <= JUMP_S:
            return None
        body = ClockEvent(round(jump_s, 3), round(record_s, 3), "while the node was down", since=last.record)
        key = f"\nclock/{last.record.isoformat()}/{len(told)}"
        return _ask(party, key, lambda desk, now: decide_clock(desk, body, key, now, node.keys))

    def turn(self) -> list[Ask]:
        """Give all that is to be done now, clocks first."""
        asks = self._due()
        return asks + last(self._looked_for(busy=bool(asks)))

    def _due(self) -> list[Ask]:
        """Give what the clocks call for."""
        node = self._node()
        return [
            *self._clocks(node),
            *self.fire(node.duties.due(node.clock.now(), AT_ONCE)),
            *self.hosting.turn(),
        ]

    def _looked_for(self, *, busy: bool) -> Iterator[list[Ask]]:
        """Look now and then for what has changed; give what follows from it, part by part."""
        node = self._node()
        mono = node.clock.monotonic()
        asks: list[Ask] = []
        if mono - self._swept_at >= self._sweep_pause():
            for asks in self._sweep(node.hosted):
                yield asks
        # After what is due has fired; but a node that never gets that far is looked at all the same.
        if mono - self._audited_at >= (2 * AUDIT_S if busy or asks else AUDIT_S):
            self._audited_at = mono
            asks += self._audit(node)
        if mono - self._beaten_at >= BEAT_S:
            self._beaten_at = mono
            self.heartbeat.beat(node.clock)
        yield asks

    def _clocks(self, node: Node) -> Iterator[Ask]:
        """State a jump of the machine's clock against the steady one; small steps are followed in silence."""
        drift = _drift(node)
        jump_s = 0.0 if self._drift is None else (drift - self._drift).total_seconds()
        self._drift = drift
        if abs(jump_s) > JUMP_S:
            body = ClockEvent(round(jump_s, 3), 0.0, "while the node was up")
            key = f"\nclock/{node.clock.wall().isoformat()}/{node.clock.monotonic():.6f}"
            for party in node.hosted:
                yield _ask(party, key, lambda desk, now: decide_clock(desk, body, key, now, node.keys))

    def fire(self, rows: Iterable[DeadlineRow]) -> list[Ask]:
        """Make ready what fires deadlines, each decided anew when its turn comes."""
        node = self._node()
        return [self._fire(node, row) for row in rows]

    def _fire(self, node: Node, row: DeadlineRow) -> Ask:
        claimed = Claimed(row.alarm, row.text, row.what, row.number)
        key = f"\ndue/{row.text}/{row.what}/{row.number}/{row.due_us}"
        return _ask(row.party, key, lambda desk, now: decide_fire(desk, claimed, key, now, node.keys))

    def _sweep_pause(self) -> float:
        return max(TICK_S, SWEEP_SHARE * self._sweep_s)

    def sweep(self, parties: Iterable[PartyId]) -> list[Ask]:
        """Look for causes of alarms that have come or gone at some desks."""
        return last(self._sweep(parties))

    def _sweep(self, parties: Iterable[PartyId]) -> Iterator[list[Ask]]:
        """As `sweep`, part by part, so that positions, alarms and people's acts go on in between.

        A desk whose record was read anew meanwhile is left to the next look: what was seen of it before may
        not have become durable.
        """
        node = self._node()
        began = self._swept_at = node.clock.monotonic()
        asks: list[Ask] = []
        spent_s = 0.0
        for party in parties:
            desk, now = node.desk(party), node.clock.now()
            standing, calls_for = node.duties.standing(party), list[Wanted]()
            for so_far in wanted_by_parts(desk.picture, desk.outbox, now, desk.live.handed, standing):
                calls_for = so_far
                spent_s += node.clock.monotonic() - began
                yield asks
                began = node.clock.monotonic()
                if self._node() is not node or node.desk(party).picture is not desk.picture:
                    self._swept_at = float("-inf")
                    return
            calls_for += map(Wanted, self.beside(party, now))
            found = changes(calls_for, standing)
            raised = [self._raise(node, party, each) for each in found.to_raise]
            asks = [*asks, *raised, *(self._end(node, party, each) for each in found.ended)]
        self._sweep_s = spent_s + node.clock.monotonic() - began
        yield asks

    def _raise(self, node: Node, party: PartyId, each: Wanted) -> Ask:
        body = each.body
        texts = len(node.picture(party).texts(node.keys.subject(party, f"\nalarm/{body.rule}/{body.matter}")))
        key = f"\nraise/{body.rule}/{body.matter}/{texts}"
        return _ask(party, key, lambda desk, now: decide_raise(desk, body, key, now, node.keys))

    def _end(self, node: Node, party: PartyId, each: Alarm) -> Ask:
        key = f"\nended/{each.text}/{len(each.history)}"
        desk, at = node.desk(party), node.clock.now()
        step = ends(each, ended_words(desk.picture, each, at, desk.live.handed))
        return _ask(party, key, lambda desk, now: decide_step(desk, each.subject, step, key, now, node.keys))

    def _audit(self, node: Node) -> list[Ask]:
        """Hold every open alarm against the store's own rows: each has a deadline, coming or just past."""
        kept = stored(node.store)
        asks: list[Ask] = []
        for party in node.hosted:
            due = {place[1]: rows.deadline.due_us for place, rows in kept.items()
                   if place[0] == party and rows.deadline is not None}  # fmt: skip
            found = alarms(node.picture(party))
            asks += [self._raise(node, party, Wanted(body)) for body in audit(found, due, node.clock.now())]
        return asks

    # Sending: claimed durably, sent, recorded durably; a crash between repeats it under the same key.

    def waiting(self) -> list[OutboxRow]:
        """Give what is to be sent now."""
        node = self._node()
        mono = node.clock.monotonic()
        return [
            row
            for row in node.store.outbox()
            if self._retry_at.get(row.key, mono) <= mono and row.key not in self._sending
        ]

    def post_of(self, row: OutboxRow) -> Post | None:
        """Make a message ready to be sent once it is claimed; None where it was cancelled."""
        node = self._node()
        self._retry_at[row.key] = node.clock.monotonic() + RETRY_S[0]
        picture = node.picture(row.party)
        entry = picture.entry(row.step)
        step = None if entry is None else entry.statement.body
        found = alarm(picture, row.alarm)
        if found is None or not isinstance(step, AlarmStep):
            return None
        attempt = row.attempts + 1
        self._retry_at[row.key] = node.clock.monotonic() + _pause_s(attempt)
        to, words = message(found, Send(row.key, row.step, row.place), attempt)
        cap = found.entry.statement.cap
        delivery = Delivery(
            row.key,
            row.party,
            row.alarm,
            to.role,
            to.level,
            to.channel,
            found.precedence,
            cap,
            words,
            attempt,
            found.body.rule,
            tuple(asked.contact.value for asked in found.body.asks),
        )
        return Post(step.of, delivery)

    def claimed(self, rows: Sequence[OutboxRow]) -> bool:
        """Claim messages durably, all or none; a thread beside the event loop may wait for the disk."""
        try:
            self._node().store.commit(Batch(claims=tuple(Claim(row.key, row.attempts) for row in rows)))
        except KeepclearError:
            return False
        return True

    def deliver(self, post: Post) -> bool:
        """Send one message; tell whether it left. What did not is tried again, later each time."""
        try:
            self._deliver.deliver(post.delivery)
        except Exception:  # noqa: BLE001 - whatever a channel raises, the message still waits and is tried again
            self._retry_at[post.delivery.key] = self._node().clock.monotonic() + _pause_s(
                post.delivery.attempt
            )
            return False
        return True

    def record(self, post: Post) -> Ask:
        """Make the note that a message has left ready for the writer; it takes it out of what waits."""
        node, sent = self._node(), post.delivery
        self._retry_at.pop(sent.key, None)
        key = f"\nsent/{sent.key}"
        step = AlarmStep(post.of, StepKind.SENT, BY_THE_NODE, send=sent.key, attempt=sent.attempt)
        return _ask(
            sent.party, key, lambda desk, now: decide_sent(desk, sent.alarm, step, key, now, node.keys)
        )

    # The loop.

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block; the clocks are compared before anything else is told."""
        await self._submit(writer, self.begin())
        # Threads of their own: a mail server that does not answer must not hold up the writer's commits.
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="last-hop")
        # While turns fail no heart beats, so a peer that watches it alarms.
        works = (partial(self._turns, writer), partial(self._posts, writer))
        tasks = [asyncio.create_task(for_ever(work, "the engine")) for work in works]
        try:
            yield
        finally:
            for task in (*tasks, *self._sending.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self._sending.values(), return_exceptions=True)
            self._senders.shutdown(wait=False, cancel_futures=True)

    async def _turns(self, writer: Writer) -> None:
        await writer.settled()
        due = self._due()
        refused = await self._submit(writer, due)
        await writer.settled()
        found: list[Ask] = []
        for so_far in self._looked_for(busy=bool(due)):
            found = so_far
            await asyncio.sleep(0)  # a look at a thousand measures would hold up alarms and people's acts
            await writer.settled()
            if meanwhile := self._due():
                refused |= await self._submit(writer, meanwhile)
                await writer.settled()
        refused |= _is_any_refused(await writer.hand_in(found, self._due))
        if refused:
            self.hosting.again()
        await writer.changed(TICK_S if refused else self._pause())

    def _pause(self) -> float:
        node = self._node()
        next_us = node.duties.next_us()
        if next_us is None:
            return TICK_S
        left_s = next_us / 1e6 - node.clock.now().timestamp()
        return min(TICK_S, max(0.0, left_s))

    async def _posts(self, writer: Writer) -> None:
        if len(self._sending) >= SENDERS:
            await asyncio.wait(self._sending.values(), return_when=asyncio.FIRST_COMPLETED)
        await writer.settled()
        # Looked at anew for each few: a flash that comes meanwhile goes before all that waits.
        waiting = self._most_urgent(self.waiting())
        free = min(BESIDE_PEOPLE, SENDERS - len(self._sending))
        posts = [(row, post) for row in waiting[:free] if (post := self.post_of(row)) is not None]
        for row, post in await self._claimed(posts):
            self._sending[row.key] = task = asyncio.create_task(self._send(writer, post))
            task.add_done_callback(lambda _, key=row.key: self._sending.pop(key, None))  # type: ignore[misc]
        if len(waiting) <= free:
            await writer.changed(TICK_S)

    async def _claimed(self, posts: list[tuple[OutboxRow, Post]]) -> list[tuple[OutboxRow, Post]]:
        """Claim some messages, in one commit where nothing stands against it; gives those that were."""
        if not posts or await asyncio.to_thread(self.claimed, [row for row, _ in posts]):
            return posts
        if len(posts) == 1:
            return []
        return [each for each in posts if await asyncio.to_thread(self.claimed, [each[0]])]

    def _most_urgent(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Put flash first where more waits than can leave at once."""
        if len(rows) <= SENDERS:
            return rows
        standing = {each.subject: each for party in self._node().hosted
                    for each in self._node().duties.standing(party)}  # fmt: skip
        last = len(URGENT_FIRST)
        return sorted(
            rows,
            key=lambda row: URGENT_FIRST[standing[row.alarm].precedence] if row.alarm in standing else last,
        )

    async def _send(self, writer: Writer, post: Post) -> None:
        loop = asyncio.get_running_loop()
        try:
            if await loop.run_in_executor(self._senders, self.deliver, post):
                await self._submit(writer, [self.record(post)])
        except asyncio.CancelledError:
            raise
        except Exception:
            LOG.exception("a message stays waiting after a fault")

    async def _submit(self, writer: Writer, asks: list[Ask]) -> bool:
        """Hand asks to the writer; tell whether one was refused, which the next turn looks at again."""
        return _is_any_refused(
            await asyncio.gather(*(writer.submit(ask) for ask in asks), return_exceptions=True)
        )


def _is_any_refused(done: Iterable[object]) -> bool:
    """Tell whether an act was refused; what is no refusal but a fault is raised."""
    done = tuple(done)
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, KeepclearError):
            raise one
    return any(isinstance(one, KeepclearError) for one in done)


def _pause_s(attempt: int) -> float:
    return RETRY_S[min(attempt, len(RETRY_S)) - 1]


def _drift(node: Node) -> timedelta:
    """Give the machine's clock against the steady one; it changes only when the machine's clock is set."""
    return timedelta(seconds=node.clock.wall().timestamp() - node.clock.monotonic())


def _ask(party: PartyId, key: str, decide: Callable[[Desk, datetime], Decision]) -> Ask:
    return Ask(party=party, key=key, asked=canonical([key]), readers=(), decide=decide)
