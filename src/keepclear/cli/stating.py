"""What the commands of the workflows share: a hotline by its name."""

from __future__ import annotations

from keepclear.cli.desks import Desk


def hotline_of(here: Desk, name: str) -> str:
    """Give the id of a hotline by its name or id; the node refuses what is none."""
    items = here.get("hotlines")["items"]
    return str(next((item["subject"] for item in items if name in (item["name"], item["subject"])), name))
