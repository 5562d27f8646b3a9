"""Alerts: how urgent, of which kind, and what a person finds about them in the runbook.

An alert is stored under its key; the first words of the key tell the kind. Keys are in journals: their words stay.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

By = Literal["keel", "prometheus", "both"]

# So begins the key of what Prometheus found: then its alertname, labels, and when it began.
PROMETHEUS = "prometheus"
# So ends the key of the news that it is over.
RESOLVED = "resolved"
RUNBOOK = "docs/runbook.md"
# What tells one turn of a thing from the next: moments, dates, hashes. They are no part of what an alert is about.
PASSING = re.compile(r"(?<!\w)(\d{4}-\d{2}-\d{2}(T[\d:.]+Z?)?|\d{6,}|[0-9a-f]{12,})(?!\w)")


class Severity(IntEnum):
    """How urgent: information, look today, look now, money is at stake. Stored by name."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3

    @property
    def text(self) -> str:
        """As the journal and the configuration have it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class AlertKind:
    """What alerts are of one kind.

    Attributes:
        name: in kebab-case; also the heading of its section in the runbook.
        title: a few words for a person.
        severity: usual one; an alert carries its own.
        prefixes: first words of the keys of its alerts.
        words: where any are given, the key holds one of them as well.
        by: who raises it: Keel itself, a rule of Prometheus, or both.
    """

    name: str
    title: str
    severity: Severity
    prefixes: tuple[str, ...]
    words: tuple[str, ...] = ()
    by: By = "keel"

    @property
    def camel(self) -> str:
        """Its alertname in Prometheus."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def runbook(self) -> str:
        """Where a person reads what to do."""
        return f"{RUNBOOK}#{self.name}"


_INFO, _WARNING, _ERROR, _CRITICAL = Severity
# At the close of a bar, between bars, by the guardian: what trips, the key says by the breaker's name.
_BREAKERS = ("trip", "timer", "guardian limit")

KINDS: tuple[AlertKind, ...] = (
    # Stops and limits.
    AlertKind("stop-latched", "Trading is stopped", _CRITICAL, ("stop latched",), by="both"),
    AlertKind(
        "drawdown-pause",
        "The drawdown reached a limit",
        _CRITICAL,
        _BREAKERS,
        ("DRAWDOWN", "ENTRIES_DRAWDOWN", "STRATEGY"),
        "both",
    ),
    AlertKind(
        "daily-loss", "A day or week lost what it may", _CRITICAL, _BREAKERS, ("DAILY_LOSS", "WEEKLY_LOSS"), "both"
    ),
    AlertKind("var-breach", "The value at risk passed its limit", _CRITICAL, _BREAKERS, ("VAR",), "both"),
    AlertKind("breaker-tripped", "A breaker tripped", _CRITICAL, _BREAKERS),
    AlertKind("stress-breach", "A stress scenario breaks the drawdown limit", _CRITICAL, ("stress",)),
    AlertKind("demoted", "The book was demoted", _CRITICAL, ("demoted",)),
    AlertKind("gap-beyond", "Live and simulated results differ beyond the limit", _CRITICAL, ("gap",)),
    # Who trades, who watches.
    AlertKind("trader-silent", "The trader is silent", _CRITICAL, ("guardian silence", "silent trader"), by="both"),
    AlertKind("guardian-silent", "No guardian watches", _CRITICAL, ("unguarded", "silent guardian"), by="both"),
    AlertKind(
        "guardian-helpless", "The guardian cannot see or act", _CRITICAL, ("guardian helpless", "guardian source")
    ),
    AlertKind("drill-failed", "The drill of the guardian failed", _CRITICAL, ("drill",)),
    AlertKind("session-failed", "A bar of the session was not decided", _ERROR, ("session",)),
    # Feeds and venues.
    AlertKind("feed-down", "All feeds are down, trading is stopped", _CRITICAL, ("feed_down",), by="both"),
    AlertKind("bars-late", "Bars are late", _ERROR, ("stale", "guardian feed"), by="both"),
    AlertKind("stream-troubled", "An account stream is troubled", _ERROR, ("stream", "ears", "catch up")),
    AlertKind("no-quote", "No price, or the market is closed to orders", _ERROR, ("no quote", "not trading")),
    AlertKind("venue-silent", "A venue does not answer", _ERROR, ("no answer", "no ids")),
    AlertKind("venue-halted", "A venue takes no orders of ours", _ERROR, ("venue halted",)),
    # Orders and what is held.
    AlertKind("order-refused", "An order was refused", _WARNING, ("order rejected", "order refused", "order not sent")),
    AlertKind("order-cut-short", "An order ended early", _WARNING, ("order ended", "entry given up", "exit left")),
    AlertKind(
        "order-unknown",
        "It is not known what became of an order",
        _ERROR,
        ("order unknown", "order vanished", "order lost", "order back", "order taken in"),
    ),
    AlertKind("order-stands", "An order could not be taken back", _ERROR, ("order stands", "guardian entries")),
    AlertKind("unprotected", "A position has no full stop at its venue", _ERROR, ("protection", "missing", "level")),
    AlertKind("not-flattened", "A position could not be sold", _ERROR, ("not flattened",)),
    AlertKind("execution-failure", "An execution wants a person's review", _ERROR, ("manual review",), by="both"),
    AlertKind("large-loss", "A trade lost much", _WARNING, ("large loss",), by="both"),
    AlertKind("review-failed", "Fills were not reviewed", _ERROR, ("review",)),
    AlertKind(
        "reconciliation-mismatch",
        "The venue and the journal differ",
        _ERROR,
        ("external", "order stray", "stray", "guardian stray", "event", "not ours"),
        by="both",
    ),
    AlertKind(
        "journal-doubtful",
        "The journal contradicts itself, or misses what was",
        _CRITICAL,
        ("journal lost", "journal contradicts itself", "stage record"),
    ),
    AlertKind("journal-restored", "The journal was restored from a backup", _CRITICAL, ("restored",)),
    # Models and routes.
    AlertKind("stale-model", "A model is too old to be heard", _ERROR, ("model",), ("model.longest_age_days",), "both"),
    AlertKind("model-failed", "A model does not speak", _ERROR, ("model",)),
    AlertKind("model-late", "A model was not heard in time", _ERROR, ("late",)),
    AlertKind("model-unrepeated", "Research does not repeat a model's live words", _ERROR, ("unrepeated",)),
    AlertKind("excessive-switching", "Models or specialists switch too often", _ERROR, ("routes flap",), by="both"),
    AlertKind("routes-damped", "Switches were held back", _WARNING, ("routes damped",)),
    # Settings, news, upkeep.
    AlertKind(
        "parameters-refused",
        "Changed parameters were not taken",
        _ERROR,
        ("parameters invalid", "parameters person", "param.reload"),
    ),
    AlertKind("parameters-wait", "Changed parameters wait", _WARNING, ("parameters await", "parameters cold")),
    AlertKind("news-moved", "News may move a symbol", _INFO, ("news",)),
    AlertKind("report", "A periodic report", _INFO, ("report",)),
    AlertKind("housekeeping-left", "Housekeeping left something", _WARNING, ("housekeeping",)),
    AlertKind("channel-failing", "An alert channel does not deliver", _ERROR, ("channel failing",)),
    # Known by measurement alone.
    AlertKind("slow-cycle", "Cycles are slow", _WARNING, (), by="prometheus"),
    AlertKind("slow-orders", "Orders are slow", _WARNING, (), by="prometheus"),
    AlertKind("alerts-undelivered", "Alerts are not delivered", _CRITICAL, (), by="prometheus"),
    AlertKind("lake-damaged", "Data in the lake is damaged", _ERROR, (), by="prometheus"),
    AlertKind("flow-failed", "A flow run failed", _WARNING, (), by="prometheus"),
    AlertKind("availability-low", "Availability is below its target", _WARNING, (), by="prometheus"),
    AlertKind("keel-down", "Keel's API does not answer", _CRITICAL, (), by="prometheus"),
    AlertKind("watchdog", "Prometheus or Alertmanager is silent", _ERROR, ("watchdog silent",), by="both"),
    # Of no other kind: an alert is never lost for its key.
    AlertKind("unnamed", "An alert of no known kind", _ERROR, (), by="both"),
)
UNNAMED = KINDS[-1]
BY_NAME = {one.name: one for one in KINDS}
BY_CAMEL = {one.camel: one for one in KINDS}


def kind_of(key: str) -> AlertKind:
    """The kind of the alert with that key; `unnamed` where no kind knows its first words.

    >>> kind_of("timer paper 1700000000000000 DRAWDOWN FLATTEN").name, kind_of("timer paper 17 PERSON PAUSE").name
    ('drawdown-pause', 'breaker-tripped')
    >>> kind_of("prometheus KeelDown instance=a 2026-01-01T00:00:00Z").name, kind_of("what is this").name
    ('keel-down', 'unnamed')
    """
    if key.startswith(f"{PROMETHEUS} "):
        return BY_CAMEL.get(key.split()[1] if len(key.split()) > 1 else "", UNNAMED)
    said = set(key.split())
    fits = [
        (len(prefix), bool(one.words), one)
        for one in KINDS
        for prefix in one.prefixes
        if begins(key, prefix) and (not one.words or said & set(one.words))
    ]
    return max(fits, key=lambda found: found[:2])[2] if fits else UNNAMED


def begins(key: str, prefix: str) -> bool:
    """Whether the key begins with these words, and not only with the same letters."""
    return key.startswith(prefix) and key[len(prefix) : len(prefix) + 1] in ("", " ", "-")


def subject_of(key: str) -> str:
    """What an alert is about: its key without the moment, so that what comes again is known for the same.

    >>> subject_of("stale paper 1700000000000000"), subject_of("prometheus KeelDown job=keel 2026-01-01T00:00:00.1Z")
    ('stale paper', 'prometheus KeelDown job=keel')
    """
    return " ".join(PASSING.sub(" ", key).split())
