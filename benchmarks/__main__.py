"""Run the benchmarks: `python -m benchmarks [--only NAME]`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

import msgspec
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks import Row

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="run one benchmark")
    only = parser.parse_args().only
    found = modules()
    if only is not None and only not in found:
        print(f'no benchmark "{only}"; there are: {", ".join(sorted(found))}', file=sys.stderr)
        return 1
    rows: list[Row] = []
    for name in sorted(found) if only is None else [only]:
        print(f"running {name} …", file=sys.stderr)
        rows += found[name].run()
    show(rows)
    keep(rows)
    differing = [f"{row.name} n={row.n}" for row in rows if not row.equal_answers]
    for each in differing:
        print(f"{each}: the answers differ, so the times say nothing", file=sys.stderr)
    return 1 if differing else 0


def modules() -> dict[str, ModuleType]:
    found = (
        importlib.import_module(f"benchmarks.{module.name}")
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if module.name != "__main__"
    )
    return {module.NAME: module for module in found if hasattr(module, "NAME")}


def show(rows: list[Row]) -> None:
    table = Table(title="ours beside its peers (ratio above 1: ours is faster or smaller)")
    for heading in ("name", "n", "peer", "ratio", "ours", "theirs", "unit", "equal"):
        table.add_column(heading, justify="left" if heading in ("name", "peer", "unit") else "right")
    for row in rows:
        equal = "yes" if row.equal_answers else "NO"
        figures = (f"{row.ratio:.3f}", f"{row.ours:,.1f}", f"{row.theirs:,.1f}")
        table.add_row(row.name, f"{row.n:,}", row.peer, *figures, row.unit, equal)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def keep(rows: list[Row]) -> None:
    """Put the rows into the results, in place of earlier ones of the same name, size and peer."""
    old = msgspec.json.decode(RESULTS.read_bytes(), type=list[Row]) if RESULTS.exists() else []
    kept = {(row.name, row.n, row.peer): row for row in [*old, *rows]}
    ordered = [kept[place] for place in sorted(kept)]
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
