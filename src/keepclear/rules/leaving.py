"""What live positions may leave the party that holds them, and over which feeds anything goes out at all."""

from __future__ import annotations

from keepclear.model.tracks import Standing

_OPEN = frozenset((Standing.OWN, Standing.CONSENTING, Standing.RELEASED))


def may_leave(standing: Standing) -> bool:
    """Tell whether the live position of a thing in this standing may be given to anybody else (LIM-08).

    What is anybody else's, and whatever is not known, stays: told onward it is a cell or belt with a count
    band, as a statement, after a Release.
    """
    return standing in _OPEN


def is_told(standing: Standing) -> bool:
    """Tell whether whoever is connected to a feed of this standing is told anything, or is only heard.

    Own positions, measures and alarms go to one's own devices alone (docs/decisions/0017). Those who asked
    to be followed, and others, are told by statements, which stand in the record.
    """
    return standing is Standing.OWN
