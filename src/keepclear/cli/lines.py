"""The views as sentences that a person can read aloud.

Each function reads out one item of a view: its name first, then what stands of it, then on whose word. A
field that is empty leaves no mark in the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from keepclear.cli.output import Printer, bold, instant, joined, safe, when
from keepclear.geo.figures import Point
from keepclear.geo.grid import grid
from keepclear.geo.positions import written
from keepclear.views.told import HELD

Item = dict[str, Any]
Liner = Callable[[Item, Printer], Iterator[str]]

OVERDUE = "[bold]overdue[/bold]: the addressee itself has not acknowledged"
OF_THE_LOG = ("log-opened", "log-closed", "key", "commitment", "commitment-table")
HEADINGS = {
    "parties": "Parties",
    "relations": "Relations between parties",
    "relays": "Ways by which words reach other parties",
    "agreements": "Agreements",
    "hotlines": "Hotlines",
    "measures": "Zones and boundaries",
    "overlays": "Map exchanges",
    "notices": "Notices",
    "presences": "Presences",
    "observations": "Observations",
    "buildups": "Build-ups",
    "remarks": "Remarks",
    "messages": "Messages and warnings",
    "meetings": "Meetings",
    "incidents": "Incidents",
    "publics": "Public statements",
    "sources": "Sources",
    "links": "Ties between things",
    "attention": "Needs attention",
    "mechanisms": "Mechanisms",
}


def listed(values: list[Any], before: str = "") -> str:
    """Give values as one list with words before it, or nothing where there are none."""
    return before + ", ".join(safe(value) for value in values) if values else ""


def phrases(values: list[Any], before: str = "") -> str:
    """Give values that may hold commas themselves as one list, or nothing where there are none."""
    return before + "; ".join(safe(value) for value in values) if values else ""


def quoted(words: str, before: str = "") -> str:
    """Give a speaker's words in quotation marks, or nothing where there are none."""
    return f"{before}“{safe(words)}”" if words else ""


def field(value: object, before: str = "", after: str = "") -> str:
    """Give a field with words around it, or nothing where it is empty."""
    return f"{before}{safe(value)}{after}" if value not in (None, "", 0) else ""


def many(count: int, what: str) -> str:
    """Give a number of things, in the right grammatical number."""
    return f"{count} {what}" if count == 1 else f"{count or 'no'} {what}s"


def names(items: list[Item], before: str) -> str:
    """Give the names of named things with words before them."""
    return phrases([item["name"] for item in items], before)


def word(item: Item) -> str:
    """Say on whose word an item stands, and in which form if it is not the exact one."""
    said = item["said"]
    form = "" if said["form"] == "exact" else f", in its {safe(said['form'])} form"
    return f"  stated by {safe(said['line'])}{form}"


def below(*parts: str) -> Iterator[str]:
    """Give one indented row of the parts that say something, or none."""
    row = joined(*parts)
    if row:
        yield f"  {row}"


def hotline(item: Item, out: Printer) -> Iterator[str]:
    """Read out a hotline."""
    yield f"{bold(item['name'])}: {safe(item['domain'])}, {safe(item['level'])} level{out.tag(item)}"
    ends = [f"{end['party_name']} ({end['role']})" for end in item["ends"]]
    yield f"  between {safe(' and '.join(ends))}"
    last = item["last_contact"]
    contact = "no answered contact on record" if last is None else f"last answered {when(last['when'])}"
    yield f"  declared {safe(item['declared'])}, observed {safe(item['observed'])}; {contact}"
    for use in item["unanswered"]:
        who = field(use["with_party"], "from ") or "to a check"
        yield f"  no answer {who}, {joined(when(use['when']), safe(use['gist']), by=': ')}"
    yield from below(field(item["purpose_limit"], "for this only: "))


def speaker(said: Item, party: str = "") -> str:
    """Name who says so; where the account leaves it unclear, that stands in the speaker's place."""
    if said["speaker_unclear"]:
        return f"speaker unclear in the account ({safe(said['speaker'])})"
    return f"according to {safe(said['speaker'])}{field(party, ' (', ')')}"


def stance(item: Item) -> str:
    """Read out one stance, with whose word it is."""
    source = "own word" if item["own"] else speaker(item["said"])
    date = instant(item["said"]["stated_at"]) if item["when"] is None else when(item["when"])
    return (
        f"{safe(item['party_name'])}: {bold(item['stance'])}"
        f"{quoted(item['words'], ' ')}, {joined(source, date, by=', ')}"
    )


def extent(item: Item) -> str:
    """Say how far a circle reaches, and from where if that is known; other shapes are read from the map."""
    centre = item.get("center")
    around = "its centre" if centre is None else position(Point(centre["lon"], centre["lat"]))
    return "" if item["radius_m"] is None else f"within {item['radius_m'] / 1000:g} km of {around}"


def position(point: Point) -> str:
    """Give a position in decimal degrees, in degrees, minutes and seconds, and as a grid reference."""
    lat, lon = f"{abs(point.lat):.5f} {'NS'[point.lat < 0]}", f"{abs(point.lon):.5f} {'EW'[point.lon < 0]}"
    forms = ", ".join(form for form in (safe(written(point)), grid(point)) if form)
    return f"{lat} {lon} ({forms})"


def measure(item: Item, out: Printer) -> Iterator[str]:
    """Read out a zone, boundary or other measure with every stance."""
    yield f"{bold(item['name'])}: {safe(item['wording'])}{out.tag(item)}"
    yield from below(
        f"{safe(item['measure'])}, {safe(item['standing'])}, stated by {safe(item['said']['author_name'])}",
        safe(item["validity"]["words"]),
        safe(item["place"]),
        extent(item),
        safe(item["heights"]),
    )
    if item["left_bank"]:
        yield f"  left bank: {safe(item['left_bank'])}; right bank: {safe(item['right_bank'])}"
    if item["tolerance_m"]:
        yield f"  tolerance {item['tolerance_m'] / 1000:.1f} km: nearer than that no bank is told"
    for taken in item["stances"]:
        yield f"  {stance(taken)}"
    if item["no_stance"]:
        yield f"  no stance has reached this desk from: {listed(item['no_stance'])}"


def overlay(item: Item, out: Printer) -> Iterator[str]:
    """Read out a map exchange and how far it got."""
    yield bold(item["name"]) + out.tag(item)
    yield from below(names(item["items"], "holds: "))
    yield from below(phrases(item["left_out"], "left out on purpose: "))
    yield from below(safe(item["medium"]))
    for steps in item["ladders"]:
        yield f"  {safe(steps['reader'])}: {ladder(steps)}"
    yield word(item)


def claim(item: Item) -> str:
    """Read out one claim with its speaker, when it was said and in which source."""
    whose, attribution = field(item["whose"], " (", ")"), item["said"]
    who = speaker(attribution, item["speaker_party"])
    at = when(attribution["said_at"]) if attribution["said_at"] else instant(attribution["stated_at"])
    source = field((attribution["source"] or {}).get("name"), ", source: ")
    state = ", withdrawn" if item["withdrawn"] else ", since revised" if item["revised"] else ""
    said = "" if item["certainty"] == "not stated" else field(item["certainty"], ", ")
    return f"{safe(item['shown'] or item['place'])}{whose}{said}, {who}, {at}{source}{state}"


def incident(item: Item, out: Printer) -> Iterator[str]:
    """Read out an incident with all claims side by side."""
    yield f"{bold(item['name'])}, {when(item['occurred'])}: {bold(item['status'])}{out.tag(item)}"
    yield from below(safe(item["act"]), safe(item["place"]))
    for test in item["tests"]:
        yield f"  {safe(test['words'])}"
    for aspect in item["aspects"]:
        yield f"  {bold(aspect['aspect'])}"
        for made in aspect["claims"]:
            yield f"    {claim(made)}"
            yield from (f"      {reply(answer)}" for answer in made["replies"])
    if item["aspects"]:
        yield "  Claims stand side by side; none is chosen and nothing is added up."


def incident_brief(item: Item, out: Printer) -> Iterator[str]:
    """Read out an incident in short: what is said of it stands side by side in the list of incidents."""
    yield f"{bold(item['name'])}, {when(item['occurred'])}{out.tag(item)}"
    yield from below(safe(item["act"]), safe(item["place"]))
    yield from below(listed([aspect["aspect"] for aspect in item["aspects"]], "claims on: "))


def reply(item: Item) -> str:
    """Read out what a party says to a claim or public statement."""
    return f"{safe(item['by'])}: {safe(item['reply'])}{quoted(item['words'], ' ')}"


def message(item: Item, out: Printer) -> Iterator[str]:
    """Read out a message or warning with its answers and ladders."""
    yield from spoken(item, out)
    yield from below(field(item["for_party"], "to be passed to "))
    yield from below(safe(item["relay_words"]))
    for answer in item["answers"]:
        report = "" if answer["own"] else f", as reported by {safe(answer['said']['author_name'])}"
        yield (
            f"  answer of {safe(answer['by'])}, {instant(answer['at'])}: "
            f"{bold(answer['answer'])}{quoted(answer['words'], ' ')}{report}"
        )
    for reader, steps in zip(item["to_names"], item["ladders"], strict=False):
        yield f"  {safe(reader)}: {ladder(steps)}"
    yield from repeated(item)
    if item["overdue"]:
        yield f"  {OVERDUE}"


def spoken(item: Item, out: Printer) -> Iterator[str]:
    """Read out a message or warning itself: how urgent, from whom, when, all its words."""
    said = item["said"]
    kind = joined(item["precedence"], item["warning"], item["kind"], by=" ").capitalize()
    purpose = field(item["purpose"], ", ") if item["kind"] == "message" else ""
    yield (
        f"{bold(kind)}{purpose}, from {safe(said['author_name'])}"
        f" to {listed(item['to_names'])}, {instant(said['stated_at'])}{out.tag(item)}"
    )
    for text in item["texts"]:
        translated = " (translation)" if text.get("translation") else ""
        yield f"  {safe(text.get('lang', 'en'))}: {quoted(text['words'])}{translated}"
    if item["trigger"]:
        yield f"  if: {safe(item['trigger'])}; then: {safe(item['consequence'])}"
    asks = listed(item["asks"], "asks for one of: ")
    yield from below(
        asks, field((item["channel"] or {}).get("name"), "on: "), names(item["about"], "about: ")
    )
    for part in item["parts"]:
        yield f"  {safe(part['field'])}: {safe(part['said'])}"
    yield from below(f"check code {bold(item['code'])}", field(item["corrects"], "corrects "))
    if item["corrected_by"]:
        yield f"  [bold]CORRECTED[/bold] by {safe(item['corrected_by'])}"


def open_word(row: Item) -> str:
    """Say what is open of a read-back: something differs, or it is only not complete."""
    return "DIFFERS" if any(each["outcome"] == "differs" for each in row["fields"]) else "NOT COMPLETE"


def repeated(item: Item) -> Iterator[str]:
    """Read out what was read back of a message, and with what it crossed on the way."""
    for row in item["repeated"]:
        differs = f"; [bold]{open_word(row)}: {safe(', '.join(row['open']))}[/bold]" if row["open"] else ""
        fields = "; ".join(f"{safe(each['field'])} {safe(each['outcome'])}" for each in row["fields"])
        yield f"  read back by {safe(row['reader_name'])}: {fields}{differs}"
    if item["crossed"]:
        yield f"  crossed in transit with {listed(item['crossed'])}"


def message_brief(item: Item, out: Printer) -> Iterator[str]:
    """Read out a message or warning in short: its words, the answers, the rung reached."""
    head, first, *_ = message(item, out)
    yield head
    yield first
    for answer in item["answers"]:
        yield f"  answer of {safe(answer['by'])}: {bold(answer['answer'])}{quoted(answer['words'], ' ')}"
    for reader, steps in zip(item["to_names"], item["ladders"], strict=False):
        yield f"  {safe(reader)}: reached {bold(steps['reached'])}"
    if item["overdue"]:
        yield f"  {OVERDUE}"


def ladder(item: Item) -> str:
    """Read out how far a text got: the rung reached, then each rung with its time and on whose word."""
    steps = [
        joined(
            f"{_rung(step['rung'], item['reader'])} {instant(step['at'])}", field(step["by"], "by "), by=" "
        )
        + f" ({safe(step['how'])}{field(step.get('per', ''), ', per ')}{field(step.get('cell', ''), ', ')})"
        for step in [*item["steps"], *item["beside"]]
    ]
    return f"reached {bold(item['reached'])}" + (f": {'; '.join(steps)}" if steps else "")


def _rung(rung: str, reader: str) -> str:
    """Name a rung; what a host holds is held *for* its reader, who has not said so."""
    return safe(f"held for {reader} by a host" if rung == HELD else rung)


def buildup(item: Item, out: Printer) -> Iterator[str]:
    """Read out a build-up."""
    at = item["closed_at"]
    goes = f" since {instant(at)}" if at else f", {safe(item['trend'])}"  # what has ended goes nowhere
    yield f"{bold(item['name'])}: {bold(item['status'])}{goes}{out.tag(item)}"
    for band in item["series"]:
        yield f"  {when(band['at'])}: {safe(band['count'])}{listed(band['indicators'], '; ')}"
    yield from below(safe(item["trend_words"]))
    for raised in item["raised"]:
        none = "" if raised["answers"] else "; no answer yet"
        yield f"  raised with {listed(raised['to'])}, {instant(raised['said']['stated_at'])}{none}"
        for each in raised["answers"]:
            whose = f"{safe(each['by'])}{field(each['per'], ', as reported by ')}"
            yield f"    answer: {safe(each['answer'])}, {instant(each['at'])}, {whose}"
    yield from below(safe(item["ask"]))
    yield from below(field(item["next_rung"], "next: "))
    yield word(item)


def finding(item: Item, out: Printer) -> Iterator[str]:
    """Read out what needs attention."""
    late = field(item["due"] and instant(item["due"]), ", [bold]overdue since ", "[/bold]")
    yield f"{bold(item['title'])}{late if item['overdue'] else ''}{out.tag(item['matter'])}"
    yield from below(safe(item["words"]))
    for taken in item["stances"]:
        yield f"  {stance(taken)}"
    for act in item["actions"]:
        yield f"  {safe(act['kind'])}: {safe(act['words'])}"


def conflict(item: Item, out: Printer) -> Iterator[str]:
    """Read out a conflict with its grounds and the smallest shifts that clear it."""
    yield f"{bold(item['words'])}{out.tag(item['matter'])}"
    yield from below(safe(item["wording"]), field(item["standing"], "standing: "))
    for taken in item["stances"]:
        yield f"  {stance(taken)}"
    yield from below(field(item["undetermined"], "height undetermined: "))
    yield from below(listed([bound(name) for name in item["unbounded"]], "no bound stated: "))
    for shift in item["shifts"]:
        yield f"  would leave no known conflict with it: {safe(shift['words'])}"
    yield from (f"  stated by {safe(ground['line'])}" for ground in item["grounds"])


def bound(name: str) -> str:
    """Name a bound of the plan (a) or of the known thing (b)."""
    side, _, what = name.partition(".")
    return f"{'the plan' if side == 'a' else 'its'}{'’s' if side == 'a' else ''} {what.rpartition('.')[2]}"


def party(item: Item, out: Printer) -> Iterator[str]:
    """Read out a party as it is described here."""
    yield f"{bold(item['name'])} ({safe(item['party'])}): {safe(item['party_kind'])}{out.tag(item)}"
    yield from below(f"reach: {safe(item['reach'])}", listed(item["labels"], "labels: "))
    yield from below(safe(item["remarks"]))
    yield word(item)


def relation(item: Item, out: Printer) -> Iterator[str]:
    """Read out how one party stands towards another."""
    minutes = field(item["relay_minutes"], ", words pass in about ", " minutes")
    head = f"{bold(item['from_name'])} {safe(item['relation'])} {bold(item['to_name'])}{minutes}"
    yield head + out.tag(item)
    yield from below(safe(item["remarks"]))
    yield word(item)


def relay(item: Item, _out: Printer) -> Iterator[str]:
    """Read out by which way words reach a party."""
    yield f"{bold(item['to_name'])}: {safe(item['words'])}"


def agreement(item: Item, out: Printer) -> Iterator[str]:
    """Read out an agreement."""
    yield f"{bold(item['name'])}, between {listed(item['parties'])}{out.tag(item)}"
    yield from below(
        field(item["signed"], "signed "), "its text is withheld" if item["text_withheld"] else ""
    )
    yield from below(phrases(item["provides"], "provides: "))
    yield from below(phrases(item["excludes"], "leaves out: "))
    yield word(item)


def notice(item: Item, out: Printer) -> Iterator[str]:
    """Read out a notice."""
    yield f"{bold(item['what'])} ({safe(item['activity'])}, {safe(item['status'])}){out.tag(item)}"
    way = joined(field(item["origin"], "from "), field(item["destination"], "to "), by=" ")
    yield from below(safe(item["window"]), field(item["people"], "people: "), way)
    yield from below(listed(item["hazards"], "hazards: "), field(item["reason"], "reason: "))
    yield word(item)


def presence(item: Item, out: Printer) -> Iterator[str]:
    """Read out who is somewhere, and on whose word."""
    yield f"{bold(item['party_name'])}: {safe(item['what'])}{out.tag(item)}"
    date = "" if item["as_of"] is None else when(item["as_of"])
    yield from below(safe(item["place"]), field(item["strength"], "strength: "), field(date, "as of "))
    yield from below(field(item["since"], "since "), field(item["end_condition"], "until: "))
    yield from below(f"{safe(item['seen'])}{listed(item['beside'], '; beside ')}")
    yield from (f"  {safe(test['words'])}" for test in item["tests"])
    yield word(item)


def observation(item: Item, out: Printer) -> Iterator[str]:
    """Read out a sighting."""
    whose = field(item["party"]) or "party unknown"
    yield f"{bold(item['what'])}, {when(item['at'])} ({whose}){out.tag(item)}"
    yield from below(safe(item["place"]), safe(item["count"]), listed(item["indicators"]))
    yield from (f"  {safe(test['words'])}" for test in item["tests"])
    yield word(item)


def remark(item: Item, out: Printer) -> Iterator[str]:
    """Read out a remark."""
    yield f"{bold(item['text'])}{out.tag(item)}"
    yield from below(names(item["about"], "about: "), safe(item["place"]))
    yield word(item)


def meeting(item: Item, out: Printer) -> Iterator[str]:
    """Read out a meeting."""
    number = field(item["number"], ", number ") + field(item["series"], " of ")
    yield f"{bold(item['name'])}, {when(item['when'])}{number}{out.tag(item)}"
    yield from below(
        f"{'held' if item['held'] else 'planned'} by {listed(item['parties'])}",
        safe(item["place"]),
        field(item["hedge"], "the speaker "),
    )
    yield from below(phrases(item["agenda"], "agenda: "))
    yield from below(phrases(item["outcomes"], "outcome: "))
    yield from below(phrases(item["follow_ups"], "to follow: "), names(item["overlays"], "maps: "))
    yield word(item)


def public(item: Item, out: Printer) -> Iterator[str]:
    """Read out a public statement."""
    yield f"{bold(item['topic'])}: {safe(item['gist'])}{out.tag(item)}"
    yield from below(names(item["about"], "about: "))
    yield from (f"  {reply(answer)}" for answer in item["replies"])
    yield word(item)


def source(item: Item, out: Printer) -> Iterator[str]:
    """Read out a source with its chain of republication."""
    yield f"{bold(item['name'])} ({safe(item['source_kind'])}){out.tag(item)}"
    date = "" if item["published"] is None else when(item["published"])
    yield from below(safe(item["publisher"]), date, listed(item["chain"], "reprint of: "))
    yield from below(field(item["grade"], "grade "), f"cited by {many(item['cited_by'], 'statement')}")


def link(item: Item, out: Printer) -> Iterator[str]:
    """Read out a tie between two things."""
    tie = f"{bold(item['a']['name'])}, {safe(item['relation'])}: {bold(item['b']['name'])}"
    yield f"{tie}{field(item['words'], '; ')}{out.tag(item)}"
    yield word(item)


def mechanism(item: Item, out: Printer) -> Iterator[str]:
    """Read out one of the fifteen mechanisms with the things that show it."""
    yield bold(item["mechanism"]) + (": nothing here shows it" if item["empty"] else "")
    yield from (f"  {safe(row['title'])}{out.tag(row)}" for row in item["rows"])


def told(item: Item, out: Printer) -> Iterator[str]:
    """Read out one text that was told, with all its words, and how far it got."""
    older = ", superseded" if item["superseded"] else ""
    title, *others = in_full(item["title"], item.get("words", []))
    yield f"{instant(item['recorded_at'])}  {bold(title)}{older}{out.tag(item)}"
    yield from (f"  {quoted(text)}" for text in others)
    yield f"  {ladder(item['ladder'])}"
    for change in item["behind"]:
        why = safe(change["reason"]) or "no reason stands"
        what = f"{safe(change['what'])} {instant(change['stated_at'])}"
        yield f"  holds an older text: {what}, not told ({why})"


def in_full(title: str, texts: list[str]) -> list[str]:
    """Give a title with the words at its end whole where it cut them, then the other texts."""
    rest = []
    for text in texts:
        flat = " ".join(text.split())
        stem = title.removesuffix("…").rstrip()
        known = stem != title and next(
            (size for size in range(len(flat), 0, -1) if stem.endswith(flat[:size])), 0
        )
        if known:
            title = stem[: len(stem) - known] + flat
        elif flat not in title:
            rest.append(text)
    return [title, *rest]


def held(item: Item, out: Printer) -> Iterator[str]:
    """Read out one statement that has reached a desk."""
    what = f"{bold(item['title'])}{field(item['validity'], ', ')}"
    yield f"{instant(item['received_at'])}  {safe(item['author'])}: {what}{out.tag(item)}"


LINERS: dict[str, Liner] = {
    "parties": party,
    "relations": relation,
    "relays": relay,
    "agreements": agreement,
    "hotlines": hotline,
    "measures": measure,
    "overlays": overlay,
    "notices": notice,
    "presences": presence,
    "observations": observation,
    "buildups": buildup,
    "remarks": remark,
    "messages": message,
    "meetings": meeting,
    "incidents": incident,
    "publics": public,
    "sources": source,
    "links": link,
    "attention": finding,
    "mechanisms": mechanism,
}
BRIEF: dict[str, Liner] = {**LINERS, "messages": message_brief, "incidents": incident_brief}
