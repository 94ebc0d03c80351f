"""Events of Cursor on Target from one sender to others: ours beside taky and a relay that does nothing.

One driver for all three, in a process of its own: one sender, R receivers, events of 600 bytes with names of
their own, sent as a burst of 10,000 and, for the latency, 100 a second. Ours is a whole node that takes each
event in as an own thing (parsed, gated, kept on disk, watched), and gives it out written anew: it relays own
and consenting things alone, so the driver's things are a feed's own. taky parses each event and writes it
again for each receiver. The relay cuts at `</event>` and forwards bytes: it is what the sockets cost.

The rate of a burst is its 10,000 events divided by the time from the first write to the moment at which the
last receiver has the last event; every receiver must have every event, and what is missing is counted as
lost. The events are the same bytes for all, in the same order. Beside it stands what the server's process
spends, which hangs less on what else the machine does.

What taky's figure hangs on: it looks through all positions that it keeps at each event (10,000 names: three
quarters of its time with one receiver), and it copies all that waits for a receiver at each 4 KiB sent, so a
busy machine, on which more waits, makes it slower than its share of the processor would. So a third figure is
taken of it, with events of a type that it passes on and does not keep: taky at its best.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks import Row

NAME = "cot"
BURST = 10_000
PACED = 500
A_SECOND = 100
SIZE = 600
TURNS = int(os.environ.get("TURNS", "3"))
SILENCE_S = 20.0
ROOT = Path(__file__).parents[1]
YARDSTICKS = Path(os.environ.get("KEEPCLEAR_YARDSTICKS", Path(sys.prefix) / "yardsticks"))
_UID = re.compile(rb'<event[^>]* uid="(bench-[^"]+)"')
WARM = 200
POSITION, NOT_KEPT = "a-f-G-U-C", "b-m-r"

OURS = """
import asyncio, sys
from pathlib import Path
from keepclear.cli.running import run_async
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.clock import SystemClock
from keepclear.service.collecting import Collecting
from keepclear.service.feeding import Feeding
from keepclear.service.feeds import FeedBook
from keepclear.service.keys import Keyring
from keepclear.service.live import Live
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.sqlite import SqliteStore
from keepclear.stores.tracks import TrackStore

async def main(folder, port):
    party = PartyId("COA")
    keys = Keyring.from_seed("bench", b"k" * 32, (party,))
    node = Node(SqliteStore.open(folder / "record.db"), keys, SystemClock(), CapStatus.EXERCISE)
    node.host(party)
    writer = Writer(node)
    feed = Feed("devices", party, FeedKind.COT, Standing.OWN, f"listen:{port}")
    live = Live(lambda: writer.node, TrackStore.open(folder / "tracks.db"), FeedBook(None, (feed,)))
    async with (
        writer.running(), Collecting().running(writer), live.running(writer), Feeding(live).running(writer)
    ):
        await asyncio.Event().wait()

run_async(main(Path(sys.argv[1]), int(sys.argv[2])))
"""

FLOOR = """
import asyncio, sys
peers = set()

async def serve(reader, writer):
    peers.add(writer)
    held = b""
    try:
        while part := await reader.read(65536):
            *whole, held = (held + part).split(b"</event>")
            if whole:
                out = b"</event>".join(whole) + b"</event>"
                for peer in peers:
                    if peer is not writer:
                        peer.write(out)
                        await peer.drain()
    finally:
        peers.discard(writer)

async def main(port):
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()

asyncio.run(main(int(sys.argv[2])))
"""

TAKY = """
import sys
from taky.cot.__main__ import main
sys.argv = ["taky", "-l", "error", "-c", sys.argv[1] + "/taky.conf"]
main()
"""
TAKY_CONF = """[taky]
hostname=taky.local
node_id=TAKY
bind_ip=127.0.0.1
root_dir={folder}
[cot_server]
port={port}
[dp_server]
upload_path={folder}/dp
[ssl]
enabled=False
"""


def run() -> list[Row]:
    """Time all of it, ours and each other in turns; what is not installed is said to be not run."""
    servers = {"floor relay": (FLOOR, POSITION)}
    if (YARDSTICKS / "taky").is_dir():
        servers |= {"taky 0.10": (TAKY, POSITION), "taky 0.10, nothing kept": (TAKY, NOT_KEPT)}
    else:
        print("cot: taky NOT RUN: it is brought by make soak", file=sys.stderr)
    rows = []
    for receivers in (1, 4):
        found = _in_turns({"ours": (OURS, POSITION), **servers}, receivers)
        for peer in servers:
            lost = found["ours"].lost
            for what, ours, theirs in (
                ("burst", found["ours"].rate, found[peer].rate),
                ("processor", found["ours"].cpu_rate, found[peer].cpu_rate),
            ):
                name = f"cot {what}, {receivers} receivers"
                unit = "events/s in" if what == "burst" else "events in per s of processor"
                rows.append(Row(name, BURST, peer, ours / theirs, ours, theirs, unit, lost == 0))
            rows.append(_latency(found, peer, receivers))
            print(
                f"cot, {receivers} receivers, {peer}: lost {found[peer].lost}; ours: lost {lost}, "
                f"p50 {found['ours'].p50_ms:.1f} ms, p99 {found['ours'].p99_ms:.1f} ms; "
                f"{peer} p50 {found[peer].p50_ms:.1f} ms, p99 {found[peer].p99_ms:.1f} ms",
                file=sys.stderr,
            )
    return rows


class Found:
    """What one server did over all turns: medians of the rate and of the latencies, and everything lost."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.p50s: list[float] = []
        self.p99s: list[float] = []
        self.cpu_s: list[float] = []
        self.lost = 0

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cpu_rate(self) -> float:
        return BURST / median(self.cpu_s)

    @property
    def p50_ms(self) -> float:
        return median(self.p50s)

    @property
    def p99_ms(self) -> float:
        return median(self.p99s)


def _latency(found: dict[str, Found], peer: str, receivers: int) -> Row:
    ours, theirs = found["ours"].p99_ms, found[peer].p99_ms
    name = f"cot p99 at {A_SECOND}/s, {receivers} receivers"
    return Row(name, PACED, peer, theirs / ours, ours, theirs, "ms", found["ours"].lost == 0)


def _in_turns(servers: dict[str, tuple[str, str]], receivers: int) -> dict[str, Found]:
    found = {name: Found() for name in servers}
    for turn in range(TURNS):
        order = list(servers) if turn % 2 == 0 else list(reversed(servers))
        for name in order:
            program, type_ = servers[name]
            with _served(program) as (port, spent_s):
                # What is compiled once is compiled here.
                asyncio.run(_drive(port, receivers, WARM, None, type_))
                # The latency first: a client that connects is told of all that came before.
                paced = asyncio.run(_drive(port, receivers, PACED, A_SECOND, type_))
                before_s = spent_s()
                burst = asyncio.run(_drive(port, receivers, BURST, None, type_))
                found[name].cpu_s.append(spent_s() - before_s)
            found[name].rates.append(burst.arrived / receivers / burst.seconds)
            found[name].lost += burst.lost + paced.lost
            latencies = sorted(paced.latencies_s)
            found[name].p50s.append(1e3 * latencies[len(latencies) // 2])
            found[name].p99s.append(1e3 * latencies[int(len(latencies) * 0.99)])
    return found


@contextmanager
def _served(program: str) -> Iterator[tuple[int, Callable[[], float]]]:
    """Run a server in a process of its own for the life of the block; give its port and what it spends."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "dp").mkdir()
        (Path(folder) / "taky.conf").write_text(TAKY_CONF.format(folder=folder, port=port), "utf-8")
        paths = [str(ROOT / "src"), *([str(YARDSTICKS)] if program is TAKY else [])]
        process = subprocess.Popen(
            [sys.executable, "-c", program, folder, str(port)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port, process)
            yield port, lambda: _spent_s(process.pid)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _spent_s(process: int) -> float:
    """Give the seconds of processor time, of all threads, that a process has spent."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError("a server of the benchmark did not start")


class Driven:
    """What arrived of what was sent."""

    def __init__(self, receivers: int, count: int) -> None:
        self.sent_at: dict[bytes, float] = {}
        self.came: list[set[bytes]] = [set() for _ in range(receivers)]
        self.latencies_s: list[float] = []
        self.count = count
        self.tag = f"bench-{time.monotonic_ns():x}-".encode()
        self.began = self.ended = 0.0

    @property
    def arrived(self) -> int:
        return sum(map(len, self.came))

    @property
    def lost(self) -> int:
        return self.count * len(self.came) - self.arrived

    @property
    def seconds(self) -> float:
        return self.ended - self.began


async def _drive(
    port: int, receivers: int, count: int, a_second: int | None, type_: str = POSITION
) -> Driven:
    found = Driven(receivers, count)
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(receivers + 1)]
    for number, (_, writer) in enumerate(lines):
        writer.write(_event(f"device-{os.getpid()}-{number}"))  # every client says who it is
        await writer.drain()
    await asyncio.sleep(1.5)
    tasks = [
        asyncio.create_task(_receive(reader, found, number)) for number, (reader, _) in enumerate(lines[1:])
    ]
    drain = asyncio.create_task(_swallow(lines[0][0]))
    await _send(lines[0][1], found, a_second, type_)
    await asyncio.gather(*tasks)
    drain.cancel()
    for _, writer in lines:
        writer.transport.abort()
    return found


async def _send(writer: asyncio.StreamWriter, found: Driven, a_second: int | None, type_: str) -> None:
    events = [(b"%s%d" % (found.tag, number), number) for number in range(found.count)]
    found.began = time.perf_counter()
    if a_second is None:
        made = [_event(uid.decode(), number, type_) for uid, number in events]
        found.began = time.perf_counter()
        for start in range(0, len(made), 100):
            writer.write(b"".join(made[start : start + 100]))
            await writer.drain()
        return
    for uid, number in events:
        await asyncio.sleep(max(0.0, found.began + number / a_second - time.perf_counter()))
        found.sent_at[uid] = time.perf_counter()
        writer.write(_event(uid.decode(), number, type_))


async def _receive(reader: asyncio.StreamReader, found: Driven, number: int) -> None:
    held = b""
    while len(found.came[number]) < found.count:
        try:
            part = await asyncio.wait_for(reader.read(1 << 20), SILENCE_S)
        except TimeoutError:
            return
        if not part:
            return
        now = time.perf_counter()
        *whole, held = (held + part).split(b"</event>")
        for event in whole:
            uid = _UID.search(event)
            if uid is not None and uid[1].startswith(found.tag):  # a new client is told of older ones too
                found.came[number].add(uid[1])
                if uid[1] in found.sent_at:
                    found.latencies_s.append(now - found.sent_at[uid[1]])
                found.ended = max(found.ended, now)


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(1 << 20):
        pass


def _stamp(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _event(uid: str, number: int = 0, type_: str = POSITION) -> bytes:
    """Give an event of `SIZE` bytes, ten kilometres and more from that of any other number."""
    now = datetime.now(UTC)
    made, stale = _stamp(now), _stamp(now + timedelta(minutes=5))
    lat, lon = -70 + number % 1_400 / 10, -179 + number // 1_400
    head = (
        f'<event version="2.0" uid="{uid}" type="{type_}" how="m-g" time="{made}" start="{made}" '
        f'stale="{stale}"><point lat="{lat:.4f}" lon="{lon:.4f}" hae="512.3" ce="4.5" le="9.0"/><detail>'
        f'<contact callsign="{uid}" endpoint="*:-1:stcp"/><__group name="Cyan" role="Team Member"/>'
        '<status battery="78"/><track course="123.4" speed="1.2"/><remarks>'
    )
    tail = "</remarks></detail></event>"
    return f"{head}{'x' * max(0, SIZE - len(head) - len(tail))}{tail}".encode()
