"""Every command that the page shows beside a button runs as printed, in a shell, against a real node."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.own_node import Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS
from tests.ready_command import keepclear

pytestmark = pytest.mark.needs_browser

ZONE = "Ann's zone, 'east' bank"
PLAN = """{"type": "Feature", "properties": {"name": "Convoy", "floor_m": 0, "ceiling_m": 100, "datum": "AGL",
"start": "2031-01-01T06:00:00Z", "end": "2031-01-01T12:00:00Z"}, "geometry": {"type": "Polygon",
"coordinates": [[[30, 30], [30.1, 30], [30.1, 30.1], [30, 30.1], [30, 30]]]}}"""
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("shown") / "node"
    for words in (
        ["init", folder, "--party", "COA", "--party", "RUS"],
        ["party", "RUS", "Russian forces", "--as", "COA", "--dir", folder],
        ["party", "COA", "Coalition", "--as", "COA", "--tell", "RUS", "--dir", folder],
        ["zone", "Twice", "33.5 N 38.6 E", "10", "--tell", "COA", "--as", "RUS", "--dir", folder],
        ["zone", "Once", "33.5 N 38.6 E", "10", "--tell", "COA", "--as", "RUS", "--dir", folder],
        ["zone", "Twice", "34.5 N 38.6 E", "10", "--tell", "COA", "--as", "RUS", "--dir", folder],
    ):
        run(*words)
    served = Served(folder, free_port())
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def shell(node: Served, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A POSIX shell on the node's machine, which knows `keepclear` and where the node is."""
    home = tmp_path_factory.mktemp("home")
    (home / "keepclear").symlink_to(keepclear())
    (home / "own plan.geojson").write_text(PLAN, encoding="utf-8")
    place = {
        **os.environ, "PATH": f"{home}:{os.environ['PATH']}", "KEEPCLEAR_DIR": str(node.folder),
    }  # fmt: skip

    def run_it(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", command], cwd=home, env=place, capture_output=True, text=True, check=False
        )

    (home / "scenarios").symlink_to(Path(__file__).parents[2] / "scenarios")
    run_it.home = home  # type: ignore[attr-defined]
    return run_it


@pytest.fixture(scope="module")
def desk(mapless: Browser, node: Served) -> Iterator[Page]:
    context = mapless.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite("Officer"))
    page.wait_for_selector('[data-act="declare"]')
    yield page
    context.close()


def shown(desk: Page) -> str:
    command = desk.locator("[data-cli]:visible")
    expect(command).to_have_count(1)
    return command.inner_text()


def runs(shell: Shell, command: str, altered: tuple[str, str]) -> str:
    """Run a command as printed, then with one thing altered, which must fail; gives what it printed."""
    done = shell(command)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    before, after = altered
    assert before in command
    twin = shell(command.replace(before, after, 1))
    assert twin.returncode == 1, f"{command} with {after}\n{twin.stdout}"
    return done.stdout


def test_the_zone_of_the_page_is_declared_from_the_shell(desk: Page, shell: Shell) -> None:
    desk.locator('[data-act="declare"]').first.click()
    desk.get_by_role("textbox", name="Name").fill(ZONE)
    desk.get_by_role("textbox", name="Latitude").fill("-33°30'18\"N".removeprefix("-"))
    desk.get_by_role("textbox", name="Longitude").fill("38.61778")
    desk.get_by_role("textbox", name="Radius").fill(" 5.0 ")
    expect(desk.locator("[data-cli]:visible")).to_have_count(0)
    desk.locator("[data-readers] input[value=RUS]").check()
    command = shown(desk)
    assert "33.505 N 38.61778 E" in command
    runs(shell, command, ("--effect call", "--effect strike"))
    listed = shell("keepclear show measures --as RUS")
    assert ZONE in listed.stdout
    for effect in ("contact-required", "keep-out-requested", "monitored", "closed"):
        desk.get_by_label("Asks others").select_option(effect)
        runs(shell, shown(desk), ("--tell RUS", "--tell NOBODY"))
    desk.get_by_role("textbox", name="Name").fill("-hyphen first")
    command = shown(desk)
    assert command.endswith("-- '-hyphen first' '33.505 N 38.61778 E' 5")
    runs(shell, command, ("-- ", ""))


def test_the_stance_of_the_page_is_taken_from_the_shell_of_zones_of_one_name_too(
    desk: Page, shell: Shell
) -> None:
    desk.locator('[data-act="stance"]').click()
    choice = desk.get_by_label("Zone or boundary")
    for measure in choice.locator("option").all():
        if measure.inner_text() not in ("Twice", "Once"):
            continue
        choice.select_option(measure.get_attribute("value"))
        desk.get_by_role("textbox", name="In words").fill('We don\'t see it so; "no" $HOME `date`')
        command = shown(desk)
        assert ("stance Once " in command) is (measure.inner_text() == "Once")
        printed = runs(shell, command, ("'not recognised'", "recognised"))
        assert "told to RUS" in printed
    for stance in ("agreed", "tacit", "silent", "disputes geometry", "rejected"):
        desk.get_by_label("Stance").select_option(stance)
        runs(shell, shown(desk), ("--as COA", "--as NOBODY"))
    desk.get_by_role("textbox", name="In words").fill("--words that begin so")
    runs(shell, shown(desk), ("--words=", "--word="))


def test_the_check_of_the_page_is_made_from_the_shell(desk: Page, shell: Shell) -> None:
    desk.locator('[data-act="check"]').click()
    expect(desk.locator("[data-cli]:visible")).to_have_count(0)
    desk.locator("input[type=file]").set_input_files(Path(shell.home) / "own plan.geojson")  # type: ignore[attr-defined]
    printed = runs(shell, shown(desk), ("own plan", "other plan"))
    assert "no known conflict" in printed


def test_the_flash_of_the_page_is_passed_from_the_shell(desk: Page, shell: Shell) -> None:
    desk.locator('[data-act="flash"]').click()
    desk.locator("[data-addressee]").select_option("RUS")
    for text in ("Two vehicles; don't worry: $HOME \\ `x`", "- first a hyphen", "سيارتان"):
        desk.get_by_role("textbox", name="Message").fill(text)
        runs(shell, shown(desk), ("--precedence flash", "--precedence fast"))
        assert text in shell("keepclear show messages --as RUS").stdout.replace("\n", " ")


def test_the_time_of_the_page_is_gone_back_to_from_the_shell(desk: Page, shell: Shell) -> None:
    desk.locator('[data-act="back"]').click()
    runs(shell, shown(desk), ("--at 20", "--at 20-"))


def test_the_proof_of_the_page_is_exported_and_verified_from_the_shell(desk: Page, shell: Shell) -> None:
    desk.locator(".stages button").last.click()
    export, verify = desk.locator("[data-cli]:visible").all_inner_texts()
    assert (shell(verify).returncode, shell(export).returncode) == (1, 0), "there is nothing to verify before"
    runs(shell, verify, (".zip", ".zap"))


def test_the_commands_that_only_the_demonstration_shows_run_too(played: Page, shell: Shell) -> None:
    """There both desks stand on one page: the sample plan, and the acknowledgement by the other desk."""
    played.locator(".stages button").nth(1).click()
    played.locator('[data-act="check"]').click()
    checked = shell(shown(played))
    assert checked.returncode in (0, 2), checked.stderr
    played.locator('[data-act="flash"]').click()
    played.get_by_role("button", name="Pass as flash").click()
    played.wait_for_selector('.then [data-act="acknowledge"]')
    command = played.locator("[data-cli]:visible").last.inner_text()
    sent = shell("keepclear message RUS 'Please confirm.' --precedence flash --as COA")
    (statement,) = [word for word in (sent.stdout + sent.stderr).split() if word.startswith("COA.")]
    told = next(word for word in command.split() if word.startswith("COA."))
    runs(shell, command.replace(told, statement), (" acknowledge ", " acknowlege "))
