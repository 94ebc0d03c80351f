"""Writes docs/reference/cli.md from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

ROOT = Path(__file__).parents[1]
PAGE = "docs/reference/cli.md"

HEAD = """# The command line

Written by `python -m tools.reference` from the commands; do not edit by hand.

`keepclear COMMAND --help` shows the same. What a command gives stands on standard output, talk and errors
on standard error. `--json` prints JSON for programs; `--ids` adds ids to sentences. Colour and bold are left
out when the output is no terminal, and colour when `NO_COLOR` is set.

A command reaches its desk over HTTP when a node runs on the data directory, and otherwise opens the
directory itself. Either way the same routes answer.

| setting | means |
|---|---|
| `--dir`, or `KEEPCLEAR_DIR` | the node's data directory; without either `.keepclear`, else the demo's |
| `--as`, or `KEEPCLEAR_AS` | the party at whose desk you are; not needed where the node hosts one party |

| exit status | means |
|---|---|
| 0 | done; `check`: *no known conflict*; `proof`, `verify`: *verified*; `replay`: all due checks pass |
| 1 | an error: standard error says what was asked, which rule refused it and what would pass |
| 2 | `check`: conflicts; `proof`, `verify`: refused; `replay`: a due check fails |
| 130 | interrupted |
"""


def text() -> str:
    """Write the page."""
    from keepclear.cli.main import app

    return "\n".join([HEAD, *(_command(name, command) for name, command in commands(app))])


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """List the commands of a group by their whole names, those of groups inside it in their place."""
    for word in group:
        if not word.startswith("-"):
            inner = list(commands(group[word], f"{before}{word} "))
            yield from inner or [(f"{before}{word}", group[word])]


def _command(name: str, command: Any) -> str:
    collection = list(command.assemble_argument_collection())
    places = [argument for argument in collection if argument.hint is not None and _is_place(argument)]
    options = [argument for argument in collection if not _is_place(argument)]
    words = cleandoc(command.default_command.__doc__ or command.help)
    usage = " ".join(["keepclear", name, *(_usage(argument) for argument in (*places, *options))])
    rows = [f"## {name}", "", words, "", "```", usage, "```", ""]
    if collection:
        rows += ["| argument | means | without it |", "|---|---|---|"]
        rows += [_row(argument) for argument in (*places, *options)]
        rows.append("")
    return "\n".join(rows)


def _is_place(argument: Any) -> bool:
    return not argument.names[0].startswith("-")


def _usage(argument: Any) -> str:
    name = argument.names[0]
    takes = "" if argument.hint is bool else f" {_takes(argument)}"
    shown = name if _is_place(argument) else f"{name}{takes}"
    return shown if argument.required else f"[{shown}]"


def _takes(argument: Any) -> str:
    return argument.names[0].lstrip("-").replace("-", "_").upper()


def _row(argument: Any) -> str:
    names = ", ".join(f"`{name}`" for name in argument.names)
    means = argument.parameter.help or ""
    if get_origin(argument.hint) is Literal:
        means += f" One of: {', '.join(get_args(argument.hint))}."
    return f"| {names} | {_cell(means)} | {_cell(_without(argument))} |"


def _without(argument: Any) -> str:
    if argument.required:
        return "refused"
    default = argument.field_info.default
    environment = [f"`{name}`" for name in argument.parameter.env_var or ()]
    if "--dir" in argument.names or isinstance(default, Path):
        return "the data directory as above"
    if default in (None, "", [], ()) or (default is False):
        return ", ".join(environment)
    return f"`{getattr(default, 'value', default)}`" if default is not True else "yes"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(text())
