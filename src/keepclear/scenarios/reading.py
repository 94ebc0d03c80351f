"""Reading a scenario's YAML: bounded, strict, and without YAML 1.1's surprises.

In YAML 1.1 `on` is a bool, `2017-05-18` a date and `11:05` a number of minutes. A script means words by all
three, so only true and false, numbers and null are read as something else than text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from keepclear.errors import Malformed

MAX_BYTES = 1024 * 1024
MAX_NODES = 200_000
_STR = "tag:yaml.org,2002:str"
_RESOLVED = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), "tf"),
    ("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), "-0123456789"),
    ("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), "-0123456789"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""]),
)


class _Loader(yaml.CSafeLoader):
    """The safe loader with fewer implicit types, and with keys that may stand only once."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own shape

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401 - yaml's node
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key_node.tag != _STR or key in seen:
                what = "written twice" if key in seen else "that is not text"
                raise Malformed(
                    f'a key "{key}" {what}, in row {key_node.start_mark.line + 1}',
                    "yaml-keys",
                    "each key once, as text",
                )
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


for _tag, _pattern, _first in _RESOLVED:
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds; its reader checks it
    """Read a file of a scenario.

    Raises:
        Malformed: missing, too large, not YAML, a key written twice, or more values than a script may have.
    """
    try:
        encoded = path.read_bytes()
    except OSError as error:
        raise Malformed(
            f"the file {path}: {error.strerror}", "scenario-file", "a file that can be read"
        ) from error
    return parse_yaml(encoded, path.name)


def parse_yaml(encoded: bytes, what: str) -> Any:  # noqa: ANN401 - see `read_yaml`
    """Read the YAML of a scenario; see `read_yaml`."""
    if len(encoded) > MAX_BYTES:
        raise Malformed(f"{what} of {len(encoded)} bytes", "scenario-size", f"at most {MAX_BYTES} bytes")
    try:
        value = yaml.load(encoded, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"{what} is not YAML: {error}", "yaml", "YAML in UTF-8") from error
    _bounded(value, what)
    return value


def _bounded(value: Any, what: str) -> None:  # noqa: ANN401 - see `read_yaml`
    """Refuse values that grow out of aliases of aliases."""
    waiting, seen = [value], 0
    while waiting:
        seen += 1
        if seen > MAX_NODES:
            raise Malformed(f"{what} with more than {MAX_NODES:,} values", "scenario-size", "fewer aliases")
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
