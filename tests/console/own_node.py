"""A node of one's own in a process of its own, and signing in to it with a browser's authenticator."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.patience import PATIENCE_S
from tests.ready_command import Started, keepclear

from keepclear.cli.persons import people_of
from keepclear.model.words import PartyId
from keepclear.service.auth import Role

COA = PartyId("COA")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(*words: object) -> None:
    """Run a command as the owner of the machine does."""
    command = [keepclear(), *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Served:
    """A node of one's own on this machine, in a process of its own."""

    folder: Path
    port: int
    process: Started | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        self.process = Started("serve", "--dir", self.folder, "--port", self.port)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stderr.read()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("the node did not come up")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE_S)

    def invite(self, name: str, role: Role = Role.WATCH_CHIEF, *more: Role, party: PartyId = COA) -> str:
        with people_of(self.folder) as people:
            invited = people.add(name, party, role)
            for one in more:
                people.appoint(people.named(name), one)
        return invited.code


def authenticator(page: Page, *, verified: bool = True) -> tuple[object, str]:
    """Give a page an authenticator that answers by itself; with `verified`, for the right person."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": verified, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return line, made["authenticatorId"]


def opened(context: BrowserContext, node: Served, at: str = "") -> Page:
    """Open the node's page, or what of it is `at` an address: one without a map comes sooner."""
    page = context.new_page()
    page.goto(node.url + at)
    page.wait_for_selector("[data-signin]")
    return page


def enrol(page: Page, code: str) -> list[str]:
    page.get_by_label("One-time code or recovery code").fill(code)
    page.get_by_role("button", name="Make a passkey with this code").click()
    page.wait_for_selector("[data-recovery]")
    codes = page.locator("[data-recovery] code").all_inner_texts()
    page.get_by_role("button", name="I have written them down").click()
    page.wait_for_selector("[data-signed-in]")
    return codes
