"""The command `keepclear`."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError

from keepclear import __version__
from keepclear.errors import KeepclearError

app = App(
    name="keepclear",
    version=__version__,
    help="Deconfliction: who told whom what, when, and how far it got. Nothing here helps to target.",
)

_order = 0
# Commands are named by path, so that `keepclear --help` imports none of their heavy parts.
for _name, _where, _help in (
    ("demo", "playing:demo", "Play the Syria accounts on a real node, then stay live."),
    ("picture", "looking:picture", "Show the whole desk."),
    ("show", "looking:show", "Show one list of a desk: hotlines, measures, incidents, messages …"),
    ("told", "looking:told", "Show what this desk had told a reader, and how far it got."),
    ("held", "looking:held", "Show every statement that had reached this desk."),
    ("check", "looking:check", "Check a GeoJSON plan; submits nothing."),
    ("zone", "telling:zone", "Declare a zone by centre and radius."),
    ("stance", "telling:stance", "Take a stance on a zone or boundary."),
    ("notice", "telling:notice", "Submit a notice from a JSON file."),
    ("message", "telling:message", "Pass a message on the hotline."),
    ("acknowledge", "telling:acknowledge", "Acknowledge a statement that reached this desk."),
    ("state", "telling:state", "State anything, from a JSON file."),
    ("proof", "looking:proof", "Verify this desk's logs and print the grade."),
    ("export", "looking:export", "Write this desk's logs as a ZIP that anyone can verify."),
    ("verify", "proving:verify", "Verify an export; needs no node."),
    ("replay", "playing:replay", "Play a scenario and judge its checks."),
    ("init", "running:init", "Make the data directory of a node."),
    ("serve", "running:serve", "Serve a node on this machine."),
    ("doctor", "running:doctor", "Look at this machine and the node, and say what is amiss."),
):
    app.command(f"keepclear.cli.{_where}", name=_name, help=_help, sort_key=_order)
    _order += 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit status: 0 done, 1 error, others as the command says."""
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except KeepclearError as error:
        return _refused(str(error))
    except CycloptsError:
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _refused(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
    except Exception as error:
        if type(error).__name__ == "Problem":  # its module is heavy and not loaded for --help
            return _refused(str(error))
        raise
    return result if isinstance(result, int) else 0


def _refused(words: str) -> int:
    print(f"Refused: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
