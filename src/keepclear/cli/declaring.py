"""The command that declares a zone or boundary from a GeoJSON file."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer
from keepclear.cli.telling import JsonFile, Key, To, json_file, one_of, told
from keepclear.errors import Malformed
from keepclear.geo.geojson import from_geojson
from keepclear.model.measures import Effect, MeasureKind


def declare(
    name: Annotated[str, Parameter(help="What it is called.")],
    file: JsonFile,
    /,
    *,
    tell: To = [],  # noqa: B006 - never changed
    measure: Annotated[str, one_of(MeasureKind, "What sort it is.")] = MeasureKind.ZONE,
    effect: Annotated[str, one_of(Effect, "What is asked of others there.")] = Effect.CALL,
    tolerance_m: Annotated[float | None, Parameter(help="How far off a boundary may be, in metres.")] = None,
    left: Annotated[str, Parameter(help="A boundary's left bank, as seen along it.")] = "",
    right: Annotated[str, Parameter(help="A boundary's right bank.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Declare a zone or boundary from a GeoJSON file; a large shape is kept beside the log.

    Without --tell this desk keeps it to itself. A protected site goes to others by: keepclear release.
    """
    body: dict[str, Any] = {
        "kind": "measure", "name": name, "measure": measure, "effect": effect, "basis": "declared",
        "shape": msgspec.to_builtins(from_geojson(_one_feature(json_file(file)))),
    }  # fmt: skip
    if tolerance_m is not None:
        body["tolerance_m"] = tolerance_m
    if left or right:
        body["banks"] = {"left_name": left, "right_name": right}
    with desk(dir_, party) as here:
        return told(here, {"body": body, "readers": tell}, key, Printer(as_json=json, ids=ids))


def _one_feature(given: dict[str, Any]) -> dict[str, Any]:
    """Give the one Feature of a collection, as drawing programs write it; what is none stays as it is."""
    if given.get("type") != "FeatureCollection":
        return given
    features = given.get("features")
    if not isinstance(features, list) or len(features) != 1 or not isinstance(features[0], dict):
        count = len(features) if isinstance(features, list) else 0
        raise Malformed(
            f"a FeatureCollection of {count} features", "geojson-one-shape", "exactly one Feature", "features"
        )
    return features[0]
