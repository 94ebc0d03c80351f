"""Bodies of humanitarian notification, as clients write them."""

from __future__ import annotations

from typing import Any


def submission(name: str = "Lower clinic", **more: Any) -> dict[str, Any]:
    place = {"name": name, "forms": ["35.9501,39.0102", "35°57'00.36\"N 39°00'36.72\"E"]}
    return {
        "kind": "submission", "what": "static site", "name": name, "function": "clinic", "places": [place],
        "focal_points": 2, **more,
    }  # fmt: skip


DAY = {"start": "2018-02-03T05:00:00Z", "end": "2018-02-03T17:00:00Z"}


def movement(name: str = "Movement 7", **more: Any) -> dict[str, Any]:
    """A movement of 3 February 2018 by two legs, with a halt between them; its window is DAY."""
    first = {
        "origin": {"words": "start"},
        "destination": {"words": "halt"},
        "departs": {"at": "2018-02-03T06:00:00Z"},
        "arrives": {"at": "2018-02-03T07:00:00Z"},
    }
    second = {
        "origin": {"words": "halt"},
        "destination": {"words": "clinic"},
        "departs": {"at": "2018-02-03T10:00:00Z"},
        "arrives": {"at": "2018-02-03T11:00:00Z"},
    }
    halt = {
        "name": "Halt 1",
        "area": {"shape": "spot", "at": {"lon": 39.1, "lat": 35.9}, "accuracy_m": 200.0},
        "window": {"start": "2018-02-03T07:00:00Z", "end": "2018-02-03T10:00:00Z"},
        "purpose": "unloading",
    }
    return {
        "kind": "movement", "name": name, "function": "medical supplies", "legs": [first, second],
        "halts": [halt], "cells": [{"party": "RUS", "name": "Sector cell"}],
        "composition": [{"low": 4, "high": 4, "unit": "trucks"}], "check_in_minutes": 30, **more,
    }  # fmt: skip


def step(of: str, word: str, role: str = "duty officer", **more: Any) -> dict[str, Any]:
    return {"kind": "notification-step", "of": of, "step": word, "by_role": role, **more}
