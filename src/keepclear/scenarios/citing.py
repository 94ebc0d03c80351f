"""The page of sources of a scenario: each sourced step with its citation, and what was invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keepclear.model.incidents import SourceStated
from keepclear.model.words import Mark
from keepclear.scenarios.loader import Script, Step

_RECORDED = {Mark.SOURCED: "[S]", Mark.CLOCK_INVENTED: "[S, clock I]"}


def sources_page(script: Script, folder: str) -> str:
    """Give the text of a folder's `sources.md`: the steps that the folder itself holds."""
    sources = _sources(script)
    own = [step for step in script.steps if step.folder == folder]
    cited = [step for step in own if step.mark != Mark.INVENTED and step.kind != "source"]
    used = dict.fromkeys(step.source for step in cited if step.source is not None)
    return "\n".join(
        [
            f"# Sources: {script.title}",
            "",
            "Written from `script.yaml`; a test says when it is out of date and how to write it again.",
            "Marks: [S] sourced; [S, clock I] sourced, its clock time invented; [I] invented.",
            "",
            "## What was read",
            "",
            "| Source | Publisher, date | Reprinted from | Where | Grade |",
            "|---|---|---|---|---|",
            *_source_rows(used, sources),
            "",
            "## Sourced steps",
            "",
            "| Step | Row | Mark | Source | What |",
            "|---|---|---|---|---|",
            *_step_rows(cited),
            "",
            "## Invented steps [I]",
            "",
            *(f"- {step.step}: {step.caption}" for step in own if step.mark == Mark.INVENTED),
            "",
        ]
    )


def _sources(script: Script) -> dict[str, SourceStated]:
    return {step.name: step.body for step in script.steps if isinstance(step.body, SourceStated)}


def _source_rows(used: Iterable[str], sources: dict[str, SourceStated]) -> Iterator[str]:
    for name in used:
        body = sources[name]
        published = body.published.shown() if body.published is not None else "not dated"
        chain = " ← ".join(_chain(body, sources)) or "–"
        yield _row(name, f"{body.publisher or body.name}, {published}", chain, body.file or "–", body.grade)


def _chain(body: SourceStated, sources: dict[str, SourceStated]) -> Iterator[str]:
    """Give what a source was reprinted from, nearest first."""
    seen: set[str] = set()
    while body.reprint_of is not None and body.reprint_of not in seen:
        seen.add(body.reprint_of)
        yield body.reprint_of
        body = sources[body.reprint_of]


def _step_rows(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        rows = ", ".join(step.acc) or "–"
        yield _row(step.step, rows, _RECORDED[step.mark], step.source or "–", step.caption)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
