"""How types read in the reference pages: names of the field, bounds, links to where a thing is described."""

from __future__ import annotations

import types
import typing
from datetime import datetime
from enum import Enum
from inspect import cleandoc
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

_PLAIN = {
    str: "text", int: "whole number", float: "number", bool: "true or false", bytes: "bytes",
    datetime: "time (RFC 3339, UTC)", type(None): "null", Any: "any JSON",
}  # fmt: skip
MANY = 12
_BOUNDS = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))


def type_words(hint: Any, known: typing.Collection[type] = ()) -> str:
    """Say what a type holds; types in `known` become links to their own heading on the page."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, typing.NewType):
        return {"PartyId": "party id", "StatementId": "statement id", "SubjectId": "subject id"}.get(
            hint.__name__, hint.__name__
        )
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _annotated(inner, known)
    if origin in (typing.Union, types.UnionType):
        return _union(inner, known)
    if origin in (tuple, list, frozenset):
        return f"list of {type_words(inner[0], known)}"
    if origin is dict:
        return f"object of {type_words(inner[1], known)} by {type_words(inner[0], known)}"
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{value}`" for value in inner)
    if isinstance(hint, type) and hint in known:
        page = known[hint] if isinstance(known, dict) else ""
        return f"[{hint.__name__}]({page}#{hint.__name__.lower()})"
    return getattr(hint, "__name__", str(hint))


def _annotated(inner: tuple[Any, ...], known: typing.Collection[type]) -> str:
    words = type_words(inner[0], known)
    for meta in inner[1:]:
        if isinstance(meta, Meta):
            words += _bounds(meta, "characters" if inner[0] is str else "of them")
    return words


def _bounds(meta: Meta, unit: str) -> str:
    said = [f"{words} {getattr(meta, name):g}" for name, words in _BOUNDS if getattr(meta, name) is not None]
    if meta.min_length is not None and meta.max_length is not None:
        said.append(f"{meta.min_length} to {meta.max_length} {unit}")
    elif meta.min_length is not None:
        said.append(f"at least {meta.min_length} {unit}")
    elif meta.max_length is not None:
        said.append(f"at most {meta.max_length} {unit}")
    if meta.pattern is not None:
        said.append(f"of the form `{meta.pattern}`".replace("|", "\\|"))
    return f", {', '.join(said)}" if said else ""


def _union(inner: tuple[Any, ...], known: typing.Collection[type]) -> str:
    if len(inner) > MANY:
        return "a body of one of the [kinds](#kinds)"
    parts = [type_words(part, known) for part in inner if part is not type(None)]
    return " or ".join(parts) + (" or null" if type(None) in inner else "")


def named_types(hint: Any) -> list[type]:
    """List the structs and enums that a type annotation holds."""
    if isinstance(hint, type) and issubclass(hint, Struct | Enum):
        return [hint]
    return [found for part in typing.get_args(hint) for found in named_types(part)]


def all_named(roots: typing.Iterable[Any]) -> list[type]:
    """List every struct and enum that the given types reach, each once, in order of first mention."""
    found: list[type] = []
    waiting = [kind for root in roots for kind in named_types(root)]
    while waiting:
        kind = waiting.pop(0)
        if kind in found:
            continue
        found.append(kind)
        if issubclass(kind, Struct):
            waiting.extend(
                inner for hint in typing.get_type_hints(kind, include_extras=True).values()
                for inner in named_types(hint)
            )  # fmt: skip
    return found


def purpose(kind: type) -> str:
    """Give a type's docstring as Markdown."""
    return cleandoc(kind.__doc__ or "").replace("Attributes:", "").strip()


def field_rows(kind: type[Struct], known: typing.Collection[type]) -> list[str]:
    """Give a table of the fields of what is stated: what each holds, and what leaving it out means."""
    rows = ["| field | holds | if left out |", "|---|---|---|"]
    tag = kind.__struct_config__.tag
    if tag is not None:
        rows.append(f"| `{kind.__struct_config__.tag_field}` | `{tag}` | refused |")
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        holds = type_words(hints[field.name], known)
        rows.append(f"| `{field.encode_name}` | {holds} | {_left_out(field)} |")
    return rows


def answer_rows(kind: type[Struct], known: typing.Collection[type]) -> list[str]:
    """Give a table of the fields of what is answered."""
    hints = typing.get_type_hints(kind, include_extras=True)
    told = [
        f"| `{field.encode_name}` | {type_words(hints[field.name], known)} |"
        for field in msgspec.structs.fields(kind)
    ]
    return ["| field | holds |", "|---|---|", *told]


def _left_out(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
        return "refused"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return f"`{value}`" if value not in ("", (), {}, []) else "empty"


Rows = typing.Callable[[type[Struct], typing.Collection[type]], list[str]]


def section(kind: type, known: typing.Collection[type], rows: Rows = field_rows) -> list[str]:
    """Describe one struct or enum under a heading of its own."""
    head = [f"### {kind.__name__}", "", purpose(kind), ""]
    if issubclass(kind, Enum):
        return [*head, "One of: " + ", ".join(f"`{member.value}`" for member in kind) + ".", ""]
    return [*head, *rows(kind, known), ""]
