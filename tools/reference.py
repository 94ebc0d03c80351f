"""Writes the generated pages of docs/reference; with --check, says which of them are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from tools import cli_reference, errors_reference, http_reference, statements_reference

ROOT = Path(__file__).parents[1]
PAGES = (cli_reference, http_reference, statements_reference, errors_reference)


def outdated() -> list[str]:
    """List the pages that are not what they would be if written now."""
    return [page.PAGE for page in PAGES if _kept(ROOT / page.PAGE) != page.text()]


def _kept(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Write the pages, or check them."""
    if "--check" in sys.argv[1:]:
        old = outdated()
        print("\n".join(f"out of date: {page}" for page in old) or "up to date")
        return 1 if old else 0
    for page in PAGES:
        path = ROOT / page.PAGE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
