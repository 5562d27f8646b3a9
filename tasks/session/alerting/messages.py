"""What a channel is told: one alert, several of a topic, or a summary of a flood. Text of others is made harmless."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from data.journal import Delivery, LoggedAlert
from models.types import iso
from models.types.alerts import RESOLVED, subject_of
from models.types.timeframes import SECOND
from tasks.session.alerting.routing import severity_of
from tasks.session.news.showing import readable

# Of an alert's own text, in a message of its own and in a summary.
TEXT_LENGTH, LINE_LENGTH = 800, 110
# Further texts of one topic that are shown.
OTHERS = 3
# Lines of a summary; what is more is counted.
LINES = 12
# What chats would take for a mention, a link or markup: none of it comes from us.
HARMLESS = str.maketrans({"<": "\u2039", ">": "\u203a", "`": "'", "@": "@\u2060"})


@dataclass(frozen=True, slots=True)
class Place:
    """What every message says of where it comes from: the book, and where the dashboard is."""

    book: str
    dashboard: str


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out; `ids` are the deliveries that it is about, none for a test."""

    title: str
    body: str
    severity: str
    ids: tuple[int, ...] = ()


def groups_of(due: Sequence[Delivery]) -> list[list[Delivery]]:
    """What is told together, in the order of the oldest of each: one topic, one turn."""
    found: dict[tuple[str, str, bool], list[Delivery]] = {}
    for one in due:
        found.setdefault((one.alert.kind.name, subject_of(one.alert.key), one.turn > 0), []).append(one)
    return list(found.values())


def message_of(group: Sequence[Delivery], place: Place) -> Message:
    """One topic: its newest alert, and how many there were."""
    newest = group[-1].alert
    severity = max((one.alert.severity for one in group), key=severity_of)
    number = f" ({len(group)} times)" if len(group) > 1 else ""
    again = "NOT ACKNOWLEDGED: " if newest_turn(group) else ""
    over = "over: " if newest.key.endswith(f" {RESOLVED}") else ""
    others = [one.alert.text for one in group if one.alert.text != newest.text]
    since = f" (the first of {len(group)} at {_at(group[0].alert)})" if len(group) > 1 else ""
    body = [
        harmless(newest.text, TEXT_LENGTH),
        *(f"Also: {harmless(text, LINE_LENGTH)}" for text in list(dict.fromkeys(others))[-OTHERS:]),
        f"When: {_at(newest)}{since}",
        f"Book: {harmless(place.book, LINE_LENGTH)}",
        f"Runbook: {newest.kind.runbook}",
        f"Dashboard: {place.dashboard}",
        f"Acknowledge: keel alerts acknowledge {newest.id} --why ...",
    ]
    return Message(
        f"[{severity.upper()}] {again}{over}{newest.kind.title}{number}", "\n".join(body), severity, _ids(group)
    )


def summary_of(groups: Sequence[Sequence[Delivery]], place: Place, bare: bool = False) -> Message:
    """A flood as one message, the most urgent first; `bare`: without any text of the alerts."""
    ordered = sorted(groups, key=lambda group: -max(severity_of(one.alert.severity) for one in group))
    everything = [one for group in groups for one in group]
    counts = Counter(one.alert.severity for one in everything)
    severity = max(counts, key=severity_of)
    said = ", ".join(f"{counts[name]} {name}" for name in sorted(counts, key=severity_of, reverse=True))
    lines = [_line(group, bare) for group in ordered[:LINES]]
    if len(ordered) > LINES:
        lines.append(f"and {sum(len(group) for group in ordered[LINES:])} more")
    lines += [
        f"Book: {harmless(place.book, LINE_LENGTH)}",
        f"Dashboard: {place.dashboard}",
        "All of them: keel alerts --open",
    ]
    return Message(
        f"[{severity.upper()}] {len(everything)} alerts: {said}", "\n".join(lines), severity, _ids(everything)
    )


def harmless(text: str, longest: int) -> str:
    """One line in which no chat finds markup, a mention or a link."""
    return readable(text, longest).translate(HARMLESS).replace("://", ": //")


def newest_turn(group: Sequence[Delivery]) -> int:
    """The highest turn among them."""
    return max(one.turn for one in group)


def _line(group: Sequence[Delivery], bare: bool) -> str:
    alert = group[-1].alert
    number = f" x{len(group)}" if len(group) > 1 else ""
    text = "" if bare else f": {harmless(alert.text, LINE_LENGTH)}"
    return f"- {alert.severity} {alert.kind.title}{number} [{alert.id}]{text} ({alert.kind.runbook})"


def _ids(group: Sequence[Delivery]) -> tuple[int, ...]:
    return tuple(one.id for one in group)


def _at(alert: LoggedAlert) -> str:
    return iso(alert.raised_at // SECOND * SECOND)
