"""An own plan is checked from its file: chosen or dropped, bounded, a wrong one refused by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.own_node import Served, authenticator, enrol, free_port, opened, run
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.needs_browser

LARGE = 2 * 2**20 + 1


def square(lat: float, lon: float) -> list[list[list[float]]]:
    d = 0.05
    corners = [(-d, -d), (d, -d), (d, d), (-d, d), (-d, -d)]
    return [[[lon + east, lat + north] for east, north in corners]]


def plan(lat: float = 35.3, lon: float = 40.32, parts: int = 1) -> dict[str, Any]:
    feature = {
        "type": "Feature",
        "properties": {"name": "Convoy of ours"},
        "geometry": {"type": "Polygon", "coordinates": square(lat, lon)},
    }
    return {"type": "FeatureCollection", "features": [feature] * parts}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("plans") / "node"
    run("init", folder, "--party", "COA")
    run("zone", "Zone at the ford", "35.3 N 40.32 E", "5", "--tell", "public", "--as", "COA", "--dir", folder)
    served = Served(folder, free_port())
    served.start()
    yield served
    served.stop()


@pytest.fixture
def desk(mapless: Browser, node: Served) -> Iterator[Page]:
    context = mapless.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, node)
    authenticator(page)
    enrol(page, node.invite(f"Planner {free_port()}"))
    page.locator('[data-act="check"]').click()
    yield page
    context.close()


def give(page: Page, name: str, body: bytes) -> None:
    given = {"name": name, "mimeType": "application/geo+json", "buffer": body}
    page.locator("[data-plan-drop] input[type=file]").set_input_files(files=[given])


def check(page: Page) -> None:
    button = page.locator('[data-act="check-plan"]')
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")


@pytest.mark.brief
def test_a_chosen_plan_meets_the_zone_and_a_dropped_one_does_not(desk: Page) -> None:
    button = desk.locator('[data-act="check-plan"]')
    expect(button).to_be_disabled()
    expect(desk.locator("[data-plan-drop]")).to_contain_text("choose a plan file")
    give(desk, "ours.geojson", json.dumps(plan()).encode())
    expect(desk.locator('[data-plan="ours.geojson"]')).to_contain_text("parts: 1")
    expect(desk.locator("code:visible")).to_contain_text("keepclear check ours.geojson --as COA")
    check(desk)
    expect(desk.locator("[data-answer]")).to_contain_text("Zone at the ford")
    # The twin, by another way in: the same plan far away.
    far = json.dumps(plan(lat=30.0))
    held = desk.evaluate_handle(
        """(text) => { const held = new DataTransfer()
        held.items.add(new File([text], 'far.geojson')); return held }""",
        far,
    )
    desk.dispatch_event("[data-plan-drop]", "dragover", {"dataTransfer": held})
    desk.dispatch_event("[data-plan-drop]", "drop", {"dataTransfer": held})
    expect(desk.locator('[data-plan="far.geojson"]')).to_be_visible()
    expect(desk.locator("[data-answer]")).to_have_count(0)
    check(desk)
    expect(desk.locator('[data-answer="no known conflict"]')).to_be_visible()
    expect(desk.locator("[data-answer]")).not_to_contain_text("Zone at the ford")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("large.geojson", b" " * LARGE, "2.1 MiB\u2069 large; a plan is at most \u20682.0 MiB"),
        ("torn.geojson", b'{"type": ', "no JSON"),
        ("list.json", b"[1, 2]", "no GeoJSON"),
        ("empty.geojson", b'{"type": "FeatureCollection", "features": []}', "no features"),
        ("many.geojson", json.dumps(plan(parts=201)).encode(), "201 parts"),
    ],
)
def test_what_is_no_plan_is_refused_by_name_and_nothing_is_sent(
    desk: Page, name: str, body: bytes, words: str, tmp_path: Path
) -> None:
    sent: list[str] = []
    desk.on("request", lambda asked: sent.append(asked.url) if asked.url.endswith("/check") else None)
    if len(body) >= LARGE:
        file = tmp_path / name
        file.write_bytes(body)
        desk.locator("[data-plan-drop] input[type=file]").set_input_files(file)
    else:
        give(desk, name, body)
    expect(desk.locator("[data-plan-fault]")).to_contain_text(name)
    expect(desk.locator("[data-plan-fault]")).to_contain_text(words)
    expect(desk.locator('[data-act="check-plan"]')).to_be_disabled()
    assert sent == []


def test_what_the_node_refuses_is_said_in_its_own_words(desk: Page) -> None:
    wrong = plan()
    wrong["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [[[400, 95]]]}
    give(desk, "wrong.geojson", json.dumps(wrong).encode())
    check(desk)
    expect(desk.locator("[data-plan-fault]")).to_be_visible()
    give(desk, "ours.geojson", json.dumps(plan()).encode())
    expect(desk.locator("[data-plan-fault]")).to_have_count(0)
