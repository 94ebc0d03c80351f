"""What moves is drawn on a canvas of its own above the map's: it moves there, and the map is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.console.live_serving import OWN, Sender, living_demo
from tests.console.serving import Demonstration
from tests.console.test_live import opened, turn, updates

pytestmark = pytest.mark.needs_browser
THINGS = "canvas[data-canvas=things]"

COUNTING = """
window.mapDrawings = 0
for (const name of ['drawElements', 'drawArrays']) {
  const real = WebGL2RenderingContext.prototype[name]
  WebGL2RenderingContext.prototype[name] = function (...all) {
    window.mapDrawings += 1
    return real.apply(this, all)
  }
}
"""
"""Each drawing of the map is some calls to its graphics: they are counted without its knowing."""

COLOUR = """([x, y, around]) => {
  const canvas = document.querySelector('canvas[data-canvas=things]')
  const { left, top, width } = canvas.getBoundingClientRect()
  const ratio = canvas.width / width
  const at = (value) => Math.round(value * ratio)
  const [side, from] = [at(2 * around + 1), [at(x - left - around), at(y - top - around)]]
  const { data } = canvas.getContext('2d').getImageData(...from, side, side)
  const middle = 4 * ((data.length / 4 - 1) / 2)
  return { middle: [...data.slice(middle, middle + 4)], any: data.some((each) => each > 0) }
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """Ships alone: nothing of them grows old meanwhile, which a name would say."""
    made = living_demo(tmp_path_factory.mktemp("canvas"), OWN)
    sender = Sender(made)
    for number, lon in ((0, 39.0), (4, 40.0)):
        fix = sender.fix(f"own-{number}", lon, 36.1, kind="vessel", callsign=f"VALE {number + 1}")
        sender.send(OWN, fix | {"accuracy_m": 40.0, "course_deg": 90.0})
    yield made
    made.stop()


@pytest.fixture
def sender(served: Demonstration) -> Sender:
    return Sender(served)


@pytest.fixture
def counted(page: Page) -> Page:
    """A page that counts how often its map is drawn."""
    page.add_init_script(COUNTING)
    return page


@pytest.fixture
def mapped(counted: Page, served: Demonstration) -> Page:
    return drawn(counted, served)


def drawn(page: Page, served: Demonstration) -> Page:
    """Open the live picture, and wait until it is on the map."""
    opened(page, served)
    page.wait_for_selector("figure[data-drawn=true]")
    page.wait_for_selector(THINGS, state="attached")
    return page


def drawings(page: Page) -> int:
    return int(page.evaluate("window.mapDrawings"))


def rested(page: Page) -> int:
    """Wait until the map has drawn all that it has to; give how often it was drawn until then."""
    for _ in range(60):
        before = drawings(page)
        page.wait_for_timeout(2_000)
        if drawings(page) == before:
            return before
    raise AssertionError("the map never rests")


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("figure .map").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def there(page: Page, x: float, y: float, around: int = 0) -> dict[str, list[int]]:
    found: dict[str, list[int]] = page.evaluate(COLOUR, [x, y, around])
    return found


def moved(page: Page, sender: Sender, lon: float, *, number: int = 0) -> None:
    """Let an own thing move and wait until the page has been told."""
    before = updates(page)
    fix = sender.fix(f"own-{number}", lon, 36.1, kind="vessel", callsign=f"VALE {number + 1}")
    sender.send(OWN, fix | {"course_deg": 90.0})
    page.wait_for_function(
        "before => Number(document.querySelector('figure').dataset.liveUpdates) > before", arg=before
    )


def test_the_map_is_not_drawn_again_where_things_move_and_twin_is_where_it_moves_itself(
    mapped: Page, sender: Sender
) -> None:
    before = rested(mapped)
    for n in range(1, 7):
        moved(mapped, sender, 39.0 + n * 1e-5)
    mapped.wait_for_timeout(500)
    assert drawings(mapped) == before
    mapped.get_by_role("button", name="Zoom in").click()
    mapped.wait_for_timeout(1_500)
    assert drawings(mapped) > before
    moved(mapped, sender, 39.0)


def test_nor_for_a_thing_in_hand_and_twin_a_new_name_is_drawn(
    counted: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = living_demo(tmp_path_factory.mktemp("ship"), OWN)
    sender = Sender(served)
    sender.send(OWN, sender.fix("own-4", 40.0, 36.1, kind="vessel", callsign="VALE 5", accuracy_m=900.0))
    page = drawn(counted, served)
    page.locator("[data-thing]", has_text="VALE 5").dblclick()
    page.locator("[data-thing-panel] tbody tr").first.wait_for()
    expect(page.locator("canvas[data-canvas=hand]")).to_be_visible()
    moved(page, sender, 40.0, number=4)
    before = rested(page)
    for n in range(1, 5):
        moved(page, sender, 40.0 + n * 1e-5, number=4)
    page.wait_for_timeout(2_000)
    assert drawings(page) == before
    moved(page, sender, 40.2, number=5)
    page.wait_for_timeout(3_000)
    assert drawings(page) > before
    served.stop()


def test_a_thing_is_drawn_where_it_stands_and_follows_the_map_while_it_is_moved(mapped: Page) -> None:
    mapped.locator("[data-thing]", has_text="VALE 5").dblclick()
    rested(mapped)
    x, y = middle(mapped)
    assert there(mapped, x, y)["middle"][3] == 255
    assert not there(mapped, x + 120, y + 60, 5)["any"]
    mapped.mouse.move(x - 150, y + 90)
    mapped.mouse.down()
    for part in range(1, 7):
        mapped.mouse.move(x - 150 + 20 * part, y + 90 + 10 * part)
    mapped.wait_for_timeout(1_500)
    assert there(mapped, x + 120, y + 60)["middle"][3] == 255
    assert not there(mapped, x, y, 5)["any"]
    mapped.mouse.up()


def test_it_is_drawn_anew_in_the_ink_of_another_theme(mapped: Page) -> None:
    mapped.locator("[data-thing]", has_text="VALE 5").dblclick()
    rested(mapped)
    x, y = middle(mapped)
    seen = set()
    for theme in ("Day", "Night"):
        mapped.get_by_role("button", name=theme, exact=True).click()
        rested(mapped)
        ink = mapped.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--map-incident').trim()"
        )
        red, green, blue, alpha = there(mapped, x, y)["middle"]
        assert (f"#{red:02x}{green:02x}{blue:02x}", alpha) == (ink, 255)
        seen.add(ink)
        expect(mapped.locator(THINGS)).to_have_count(1)
    assert len(seen) == 2


def test_an_entry_that_lies_nowhere_leaves_the_map_alone_after_another_theme_too(
    mapped: Page, sender: Sender
) -> None:
    mapped.get_by_role("button", name="Night", exact=True).click()
    before = rested(mapped)
    statements = mapped.locator(".tabs, [role=tablist]").first.inner_text()
    told = {"body": {"kind": "remark", "text": "Nothing of this is on a map."}, "readers": []}
    where = f"{sender.served.url}api/v1/desks/COA/statements"
    once = {"Idempotency-Key": "remark"}
    sender.client.post(where, json=told, headers=sender.headers() | once).raise_for_status()
    expect(mapped.locator(".tabs, [role=tablist]").first).not_to_have_text(statements)
    mapped.wait_for_timeout(2_000)
    assert drawings(mapped) == before


def test_it_lies_below_the_buttons_takes_no_press_and_goes_with_the_picture(mapped: Page) -> None:
    x, y = middle(mapped)
    assert mapped.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [x, y]) == (
        "maplibregl-canvas"
    )
    order = mapped.evaluate("""() => {
      const [map, things] = ['.maplibregl-canvas', 'canvas[data-canvas=things]']
        .map((each) => document.querySelector(each).getBoundingClientRect())
      const button = document.querySelector('.maplibregl-ctrl-zoom-in')
      for (const each of document.querySelectorAll('canvas')) each.style.pointerEvents = 'auto'
      const { left, top, width, height } = button.getBoundingClientRect()
      const above = document.elementFromPoint(left + width / 2, top + height / 2)
      const sides = ['left', 'top', 'width', 'height']
      return [button.contains(above), sides.every((each) => map[each] === things[each])]
    }""")
    assert order == [True, True]
    mapped.locator(".whose button").nth(2).click()
    expect(mapped.locator("figure .live")).to_contain_text("Russian forces in Syria")
    expect(mapped.locator(THINGS)).to_have_count(1)
    mapped.goto(mapped.url.replace("?", "?at=2018-02-07T21:00:00Z&"))
    turn(mapped)
    mapped.wait_for_selector("figure[data-drawn=true]")
    expect(mapped.locator("canvas[data-canvas]")).to_have_count(0)
    mapped.keyboard.press("b")
    expect(mapped.locator(THINGS)).to_have_count(1)
