"""What the setting of a base rate must fulfil: it stands in the own log, about a thing that is watched."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.base_rates import BaseRateSet
from keepclear.model.measures import MeasureStated
from keepclear.model.notices import BuildUpStated


def admit_base_rate(act: Act, body: BaseRateSet) -> None:
    """Hold a setting of how numbers are watched.

    Raises:
        Refused: it is told to others, or is about something that has no numbers.
    """
    if act.readers:
        raise Refused(
            "telling others how numbers are watched",
            "kept-in-own-log",
            "no readers: it stands in the author's own log",
            "readers",
        )
    if body.about is not None and not any(
        isinstance(entry.statement.body, BuildUpStated | MeasureStated)
        for entry in act.picture.texts(body.about)
    ):
        raise Refused(
            f"a base rate of {body.about}",
            "base-rate-about",
            "a build-up, a boundary or a zone; or none, for all of them",
            "body.about",
        )
