from __future__ import annotations

import re
import shutil

import msgspec
import pytest
from tests.staging import STORIES, Stage, story

from keepclear.errors import Malformed
from keepclear.rules.conflicts import find_conflicts
from keepclear.rules.plans import read_plan
from keepclear.scenarios.demo import demo
from keepclear.scenarios.lint import _BARRED, _QUOTED

NAME = "syria_accounts"
SCRIPT = story(NAME)
SHOWN = demo(STORIES / NAME, SCRIPT)


def test_the_demo_lasts_at_most_75_seconds_and_leaves_no_gap():
    assert SHOWN.duration_s <= 75
    assert [(scene.from_s, scene.to_s) for scene in SHOWN.scenes] == [
        (0, 10),
        (10, 25),
        (25, 40),
        (40, 50),
        (50, 75),
    ]


def test_every_caption_names_account_and_speaker():
    assert [caption.step for caption in SHOWN.captions if not (caption.account and caption.speaker)] == []
    said = {caption.step: (caption.account, caption.speaker) for caption in SHOWN.captions}
    assert said["2-02"] == ("S2: RT, 21 September 2017", "Dillon, spokesman, CJTF-OIR")
    assert said["2-08e"] == ("Invented for the exercise", "Coalition (CJTF-OIR)")


def test_captions_are_neutral_and_titles_are_too():
    words = [caption.text for caption in SHOWN.captions] + [scene.title for scene in SHOWN.scenes]
    assert [text for text in words if _BARRED.search(_QUOTED.sub("", text))] == []
    assert _BARRED.search("the hotline is a line")


def test_every_step_has_its_second_in_the_order_of_the_script():
    seconds = [SHOWN.seconds[step.step] for step in SCRIPT.steps]
    assert seconds == sorted(seconds)
    assert 0 <= seconds[0] <= seconds[-1] <= SHOWN.duration_s
    assert {caption.step: caption.at_s for caption in SHOWN.captions}.items() <= SHOWN.seconds.items()


@pytest.mark.parametrize(
    ("from_s", "to_s", "steps"),
    [
        (0, 10, ["0-40", "0-41", "0-42", "0-50", "0-52", "0-53", "acc-s4", "1-13", "2-e0"]),
        (10, 25, ["2-02", "2-02v", "2-02w", "2-02x2", "2-02y", "2-02z", "2-03", "2-03b", "2-03r", "2-03t"]),
        (25, 40, ["2-06a", "2-06g", "2-07", "2-08a", "2-08b", "2-08d", "2-08e"]),
        (40, 50, ["2-09", "2-09p", "2-11a", "2-11b2", "2-11d2", "2-11f", "acc-46a"]),
        (50, 75, ["2-13a", "2-13c", "2-13d", "2-13f", "2-14", "2-14w", "2-15", "2-16", "2-16b", "2-17"]),
    ],
)
def test_the_beats_come_in_their_scenes(from_s, to_s, steps):
    assert [caption.step for caption in SHOWN.captions if from_s <= caption.at_s < to_s] == steps


def met_by(plan):
    found = find_conflicts(Stage(SCRIPT).picture("COA"), read_plan(plan))
    return {conflict.matter.name for conflict in found}


def test_the_sample_plan_meets_known_measures_and_the_same_plan_elsewhere_does_not():
    plan = msgspec.json.encode(SHOWN.sample_plan)
    assert {"At Tanf 55 km zone", "Euphrates boundary"} <= met_by(plan)
    assert met_by(re.sub(rb"\[(38|40)\.", b"[42.", plan)) == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("to_s: 10,", "to_s: 9,", "scenes"),
        ("duration_s: 75", "duration_s: 80", "scenes"),
        ("step: 0-41", "step: 9-41", "known-step"),
        ("at_s: 1.6", "at_s: 0.2", "caption-order"),
        ("step: 1-13", "step: 2-17", "caption-order"),
        ("at_s: 72.0", "at_s: 76.0", "caption-time"),
        ("sample_plan: sample_plan.geojson", "sample_plan: none.geojson", "sample-plan"),
    ],
)
def test_a_demo_that_does_not_hold_together_is_refused(tmp_path, old, new, rule):
    shutil.copytree(STORIES / NAME, tmp_path / NAME)
    path = tmp_path / NAME / "demo.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(Malformed) as refused:
        demo(tmp_path / NAME, SCRIPT)
    assert refused.value.rule == rule
