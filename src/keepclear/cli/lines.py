"""The views as sentences that a person can read aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from keepclear.cli.output import Printer, bold, safe, when

Item = dict[str, Any]
Liner = Callable[[Item, Printer], Iterator[str]]


def hotline(item: Item, out: Printer) -> Iterator[str]:
    """Read out a hotline."""
    ends = " ↔ ".join(f"{end['party_name']} ({end['role']})" for end in item["ends"])
    yield f"{bold(item['name'])}, {safe(item['domain'])}, level {safe(item['level'])}{out.tag(item)}"
    yield f"  {safe(ends)}"
    last = item["last_contact"]
    contact = (
        "no contact on record" if last is None else f"last contact that was answered: {when(last['when'])}"
    )
    yield f"  declared {safe(item['declared'])}; observed {safe(item['observed'])}; {contact}"
    for use in item["unanswered"]:
        yield f"  no answer from {safe(use['with_party'])}, {when(use['when'])}: {safe(use['gist'])}"


def measure(item: Item, out: Printer) -> Iterator[str]:
    """Read out a measure with every stance."""
    yield f"{bold(item['name'])}: {safe(item['wording'])}{out.tag(item)}"
    owner = item["said"]["author_name"]
    yield f"  {safe(item['measure'])}, {safe(item['standing'])}, stated by {safe(owner)}; {safe(item['place'])}"
    if item["tolerance_m"]:
        yield f"  tolerance {item['tolerance_m'] / 1000:.1f} km: nearer than that no bank is told"
    for stance in item["stances"]:
        source = "own word" if stance["own"] else f"according to {stance['said']['speaker']}"
        words = f" (“{safe(stance['words'])}”)" if stance["words"] else ""
        date = f", {when(stance['when'])}" if stance["when"] else ""
        yield f"  {safe(stance['party_name'])}: {bold(stance['stance'])}{words}, {safe(source)}{date}"
    if item["no_stance"]:
        yield f"  no stance has reached this desk from {safe(', '.join(item['no_stance']))}"


def incident(item: Item, out: Printer) -> Iterator[str]:
    """Read out an incident with all claims side by side."""
    yield f"{bold(item['name'])}, {when(item['occurred'])}{out.tag(item)}"
    yield f"  {safe(item['act'])}; {safe(item['place'])}"
    for test in item["tests"]:
        yield f"  {safe(test['words'])}"
    for aspect in item["aspects"]:
        yield f"  {bold(aspect['aspect'])}"
        for claim in aspect["claims"]:
            whose = f" of {claim['whose']}" if claim["whose"] else ""
            spoken = f"{claim['speaker']}" + (
                f", for {claim['speaker_party']}" if claim["speaker_party"] else ""
            )
            yield f"    {safe(claim['shown'])}{safe(whose)} — {safe(spoken)}"
            for reply in claim["replies"]:
                yield f"      {safe(reply['by'])} {safe(reply['reply'])} {safe(reply['words'])}"
    if item["aspects"]:
        yield "  Claims stand side by side; none is chosen and nothing is added up."


def message(item: Item, out: Printer) -> Iterator[str]:
    """Read out a message or warning with its answers and ladders."""
    said = item["said"]
    head = f"{item['precedence']} {item['warning']} {item['kind']}".replace("  ", " ")
    yield f"{bold(head)} from {safe(said['author_name'])} to {safe(', '.join(item['to_names']))}{out.tag(item)}"
    for text in item["texts"]:
        yield f"  [{safe(text['lang'])}] {safe(text['words'])}".replace("[", "(").replace("]", ")")
    if item["trigger"]:
        yield f"  if: {safe(item['trigger'])}; then: {safe(item['consequence'])}"
    for answer in item["answers"]:
        yield f"  answer of {safe(answer['by'])}: {bold(answer['answer'])} {safe(answer['words'])}"
    for ladder in item["ladders"]:
        yield f"  {safe(ladder['reader'])}: {bold(ladder['reached'])}"
    if item["overdue"]:
        yield "  [bold]overdue[/bold]: no acknowledgement of its own has come"


def buildup(item: Item, out: Printer) -> Iterator[str]:
    """Read out a build-up."""
    yield f"{bold(item['name'])}: {bold(item['status'])}, {safe(item['trend'])}{out.tag(item)}"
    for band in item["series"]:
        yield f"  {when(band['at'])}: {safe(band['count'])}"
    yield f"  {safe(item['trend_words'])}"
    if item["ask"]:
        yield f"  {safe(item['ask'])} Next: {safe(item['next_rung'] or 'no higher hotline is known')}"


def finding(item: Item, out: Printer) -> Iterator[str]:
    """Read out what needs attention."""
    mark = "[bold]OVERDUE[/bold] " if item["overdue"] else ""
    yield f"{mark}{bold(item['title'])}"
    yield f"  {safe(item['words'])}"
    for stance in item["stances"]:
        yield f"  {safe(stance['party_name'])}: {safe(stance['stance'])}"
    yield "  " + "; ".join(f"{safe(act['kind'])}: {safe(act['words'])}" for act in item["actions"])


def conflict(item: Item, out: Printer) -> Iterator[str]:
    """Read out a conflict with its grounds and the smallest shifts that clear it."""
    yield f"{bold(item['words'])}{out.tag(item['matter'])}"
    if item["wording"]:
        yield f"  asked there: {safe(item['wording'])}; standing: {safe(item['standing'])}"
    for stance in item["stances"]:
        yield f"  {safe(stance['party_name'])}: {safe(stance['stance'])}"
    if item["undetermined"]:
        yield f"  height undetermined: {safe(item['undetermined'])}"
    if item["unbounded"]:
        yield f"  without a bound: {safe(', '.join(item['unbounded']))} (a is the plan)"
    for shift in item["shifts"]:
        yield f"  would leave no known conflict with it: {safe(shift['words'])}"


def plain(item: Item, out: Printer) -> Iterator[str]:
    """Read out any other item by the words that it has."""
    for name in ("name", "title", "what", "text", "gist", "words", "mechanism"):
        if item.get(name):
            said = item.get("said") or {}
            line = said.get("line", "")
            yield f"{bold(item[name])}{out.tag(item)}" + (f"\n  {safe(line)}" if line else "")
            return
    yield safe(item)


def told(item: Item, out: Printer) -> Iterator[str]:
    """Read out one text that was told, and how far it got."""
    steps = ", ".join(
        f"{step['rung']} {step['at']}" + (f" by {step['by']}" if step["by"] else "") + f" ({step['how']})"
        for step in item["ladder"]["steps"]
    )
    older = ", superseded" if item["superseded"] else ""
    yield f"{safe(item['recorded_at'])}  {bold(item['title'])}{safe(older)}{out.tag(item)}"
    yield f"  {safe(steps)}"


def held(item: Item, out: Printer) -> Iterator[str]:
    """Read out one statement that has reached a desk."""
    yield f"{safe(item['received_at'])}  {safe(item['author'])}: {bold(item['title'])}{out.tag(item)}"


LINERS: dict[str, Liner] = {
    "hotlines": hotline,
    "measures": measure,
    "incidents": incident,
    "messages": message,
    "buildups": buildup,
    "attention": finding,
}
