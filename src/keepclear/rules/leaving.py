"""Which live positions may leave the party that holds them: own, consenting and released things alone."""

from __future__ import annotations

from keepclear.model.tracks import Standing

_OPEN = frozenset((Standing.OWN, Standing.CONSENTING, Standing.RELEASED))


def may_leave(standing: Standing) -> bool:
    """Tell whether the live position of a thing in this standing may be given to anybody else (LIM-08).

    What is anybody else's, and whatever is not known, stays: told onward it is a cell or belt with a count
    band, as a statement, after a Release.
    """
    return standing in _OPEN
