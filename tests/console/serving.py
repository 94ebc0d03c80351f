"""A real demo served on a port of this machine, and what a page over it asked for and complained of."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from playwright.sync_api import ConsoleMessage, Page
from tests.patience import PATIENCE_S

from keepclear.scenarios.demo import Demo, demo
from keepclear.scenarios.loader import load
from keepclear.service.demo import demo_node, next_round
from keepclear.service.http.app import application, console_folder
from keepclear.service.play import Alone, Play
from keepclear.service.replay import scenario_folder
from keepclear.service.writer import Writer

PACE = 0.12
"""The play at eight times its speed: the same acts, scenes and captions in the same order."""


def quick(programme: Demo) -> Demo:
    seconds = {step: at_s * PACE for step, at_s in programme.seconds.items()}
    scenes = tuple(
        msgspec.structs.replace(scene, from_s=scene.from_s * PACE, to_s=scene.to_s * PACE)
        for scene in programme.scenes
    )
    duration_s = programme.duration_s * PACE
    return msgspec.structs.replace(programme, seconds=seconds, scenes=scenes, duration_s=duration_s)


class Threaded:
    """Something that serves in a thread of its own until it is closed: `serving` gives its block."""

    def __init__(self, serving: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._serving, self._up = serving, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._up.wait(60)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._serving():
            self._up.set()
            await self._stop.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


class Demonstration:
    """A demo that is served: its address, its programme, and a way to stop it as a crash would."""

    def __init__(
        self, folder: Path, port: int = 0, beside: Callable[[Writer, Play], dict[str, Any]] | None = None
    ) -> None:
        home = scenario_folder("syria_accounts")
        script = load(home)
        self.programme = quick(demo(home, script))
        opened, clock = demo_node(folder, script)
        writer = Writer(opened.node)
        play = Play(Alone(writer, clock, lambda: next_round(folder, script)), self.programme, script)
        self.tokens, self.writer, self.play = opened.tokens, writer, play
        more = {} if beside is None else beside(writer, play)
        app = application(writer, opened.tokens, play, console_folder(), **more)
        if not port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.port = port
        self._writer = writer
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1
        )
        self.url = f"http://127.0.0.1:{port}/"
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self._server.started

    def skip(self) -> None:
        """Play to the end at once, as the button of the page does."""
        answer = httpx.post(f"{self.url}api/v1/demo/skip", timeout=300, trust_env=False)
        assert answer.raise_for_status().json()["state"] == "done"

    def leave(self) -> None:
        """Go away without a word, as a node that is switched off."""
        self._server.should_exit = True

    def stop(self) -> None:
        self.leave()
        self._thread.join(timeout=20)
        self._writer.node.store.close()


def laid_out(page: Page) -> None:
    """Wait until the page stands: its map is drawn, or it says that this browser draws none."""
    page.wait_for_selector("figure[data-drawn=true], figure[data-map=none]")


@contextmanager
def ended(folder: Path) -> Iterator[Demonstration]:
    """Serve a demo that was played to its end at once."""
    served = Demonstration(folder)
    served.skip()
    yield served
    served.stop()


@dataclass
class Watched:
    """What a page asked for and complained of while it was open."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._hear(line) if line.type == "error" else None)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective))"
        )

    def _hear(self, line: ConsoleMessage) -> None:
        # What could not be loaded stands in the place of the line alone.
        self.errors.append(f"{line.text} {line.location['url']}")
