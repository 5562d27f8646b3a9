"""What the router did: the rules in force, who was routed how often, what changed, and how long it took."""

import statistics
from dataclasses import dataclass

from data.journal import Journal, LoggedRoute, RouteLog
from models.types import iso
from models.types.routes import Rule
from tasks.session.book import configured_book
from tasks.session.desk import Desk

# Newest switches that are shown.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class RouterReport:
    """Of one book.

    Attributes:
        usage: how often each model was routed, symbols times decisions.
        switches: the newest routes that became others, or were damped.
        switched, damped: how many there ever were.
        p50_us, p99_us: of the time that a symbol's words and edge took, microseconds; None before the second decision.
    """

    book: str
    rules: tuple[Rule, ...]
    usage: dict[str, int]
    switches: tuple[LoggedRoute, ...]
    switched: int
    damped: int
    p50_us: float | None
    p99_us: float | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "book": self.book,
            "rules": [_rule_json(one) for one in self.rules],
            "usage": self.usage,
            "switches": [_switch_json(one) for one in self.switches],
            "switched": self.switched,
            "damped": self.damped,
            "latency_us": {"p50": self.p50_us, "p99": self.p99_us},
        }


def router_report(desk: Desk, journal: Journal) -> RouterReport:
    """What the journal says of the configured book's routes, and the rules by the configuration in force."""
    book, log = configured_book(desk), RouteLog(journal.engine)
    passed = [switched for _, switched in log.switches_since(book.name, 0)]
    p50, p99 = _percentiles(log.latencies(book.name))
    return RouterReport(
        book=book.name,
        rules=desk.loaded.settings.router.table(),
        usage=log.usage(book.name),
        switches=tuple(log.switch_rows(book.name, SHOWN)),
        switched=sum(passed),
        damped=len(passed) - sum(passed),
        p50_us=p50,
        p99_us=p99,
    )


def _percentiles(taken: list[int]) -> tuple[float | None, float | None]:
    if len(taken) < 2:
        return None, None
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _rule_json(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "instruments": list(rule.instruments),
        "classes": list(rule.classes),
        "horizons": list(rule.horizons),
        "regimes": [one.name.lower() for one in rule.regimes],
        "models": list(rule.models),
    }


def _switch_json(one: LoggedRoute) -> dict[str, object]:
    routed = one.routed
    return {
        "decision": one.decision,
        "bar": iso(one.bar),
        "decided_at": iso(one.decided_at),
        "symbol": routed.symbol,
        "rule": routed.rule,
        "before": None if routed.before is None else list(routed.before),
        "models": list(routed.models),
        "switched": routed.switched,
        "damped": routed.damped,
    }
