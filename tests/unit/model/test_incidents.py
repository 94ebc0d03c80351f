"""A claim says something, and a figure says whose."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed
from keepclear.model.incidents import Aspect, ClaimMade
from keepclear.model.words import Count, SubjectId

INCIDENT = SubjectId("PRESS.i")


@pytest.mark.parametrize("aspect", [Aspect.KILLED, Aspect.WOUNDED, Aspect.CASUALTIES])
def test_a_figure_of_the_dead_or_wounded_says_whose(aspect):
    with pytest.raises(Malformed, match="claim-whose"):
        ClaimMade(INCIDENT, aspect, count=Count(low=1, high=1))
    assert ClaimMade(INCIDENT, aspect, count=Count(low=1, high=1), whose="not said").whose == "not said"


def test_a_claim_that_says_nothing_is_refused():
    with pytest.raises(Malformed, match="claim-empty"):
        ClaimMade(INCIDENT, Aspect.CAUSE)
    assert ClaimMade(INCIDENT, Aspect.CAUSE, words="disputed").certainty == "not stated"
