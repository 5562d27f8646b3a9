"""Prometheus' rules, made from the settings: what is recorded beforehand, and from where on a figure is an alert.

Where a limit may be tightened while Keel runs the rule asks for the share that is used of it, and holds without being
written anew. How much a counter grew is its value less its least within the time: exact, where `increase` guesses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conf.schema import Settings
from models.types.alerts import BY_CAMEL
from models.types.timeframes import SECOND, TIMEFRAMES

# Of a calendar with nights, weekends and holidays: a bar is late when it would be after the longest of them.
CLOSED_S = 4 * 86_400
# Of 30 days: what is allowed to be lost of them is told as a number of minutes.
MINUTES = 30 * 24 * 60
# Templates of Prometheus.
BOOK, FIGURE = "{{ $labels.book }}", '{{ printf "%.2f" $value }}'
RECORDED_S, WATCHED_S, LONG_S = 5, 5, 60


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alert rule: it fires when `expr` held for `held` seconds; `summary` is a template of Prometheus."""

    name: str
    expr: str
    held: int
    summary: str
    severity: str | None = None

    def as_rule(self) -> dict[str, Any]:
        """As it stands in the file."""
        kind = BY_CAMEL[self.name]
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": f"{self.held}s",
            "labels": {"severity": self.severity or kind.severity.text},
            "annotations": {"summary": self.summary, "runbook": kind.runbook},
        }


def rules_of(settings: Settings) -> dict[str, Any]:
    """The content of rules.yml."""
    return {
        "groups": [
            {"name": "keel-recorded", "interval": f"{RECORDED_S}s", "rules": _recorded()},
            {"name": "keel-availability", "interval": f"{LONG_S}s", "rules": _availability()},
            {
                "name": "keel-alerts",
                "interval": f"{WATCHED_S}s",
                "rules": [one.as_rule() for one in alarms(settings)],
            },
        ]
    }


def alarms(settings: Settings) -> tuple[Alarm, ...]:
    """Every alert rule."""
    groups: tuple[Callable[[Settings], tuple[Alarm, ...]], ...] = (_risk, _trading, _feeds, _parts, _watching)
    return tuple(one for group in groups for one in group(settings))


def _recorded() -> list[dict[str, str]]:
    p99 = "histogram_quantile(0.99, sum by ({by}, le) (rate({name}_bucket[{over}])))"
    return [
        {"record": "keel:switches:total", "expr": "sum by (book) (keel_switches_total)"},
        {"record": "keel:switches:5m", "expr": "keel:switches:total - min_over_time(keel:switches:total[5m])"},
        {
            "record": "keel:cycle_seconds:p99",
            "expr": p99.format(by="book", name="keel_cycle_seconds", over="1h"),
        },
        {
            "record": "keel:order_seconds:p99",
            "expr": p99.format(by="venue", name="keel_order_seconds", over="1h"),
        },
    ]


def _availability() -> list[dict[str, str]]:
    """A scrape that found nobody counts as not available; while Prometheus itself is down nothing is counted, nor
    before all was well for the first time. What was lost is in minutes, because a share of the first hour says nothing:
    one restart would break any target.
    """
    share = '(sum(sum_over_time(keel_available[1m])) or vector(0)) / sum(count_over_time(up{job="keel"}[1m]))'
    begun = "max(max_over_time(keel_available[1m])) > 0 or last_over_time(keel:availability:ratio1m[30d])"
    return [
        {"record": "keel:availability:ratio1m", "expr": f"{share} and ({begun})"},
        {"record": "keel:availability:ratio30d", "expr": "avg_over_time(keel:availability:ratio1m[30d])"},
        {
            "record": "keel:availability:lost30d",
            "expr": "count_over_time(keel:availability:ratio1m[30d]) - sum_over_time(keel:availability:ratio1m[30d])",
        },
    ]


def _risk(settings: Settings) -> tuple[Alarm, ...]:
    percent = 100.0 * settings.risk.breakers.halt_var
    return (
        Alarm(
            "VarBreach",
            f"keel_account_var_pct > {percent:g}",
            0,
            f"{BOOK}: value at risk is {FIGURE} % of equity, at most {percent:g} %",
        ),
        Alarm(
            "DrawdownPause",
            'keel_limit_used_ratio{limit=~"entries_drawdown|max_drawdown"} >= 1',
            0,
            '{{ $labels.book }}: {{ $labels.limit }} is used to {{ printf "%.2f" $value }} of its limit',
        ),
        Alarm(
            "DailyLoss",
            'keel_limit_used_ratio{limit=~"daily_loss|weekly_loss"} >= 1',
            0,
            '{{ $labels.book }}: {{ $labels.limit }} is used to {{ printf "%.2f" $value }} of its limit',
        ),
        Alarm("LargeLoss", _grew("keel_large_losses_total", "10m"), 0, "{{ $labels.book }}: {{ $value }} large losses"),
        Alarm(
            "StopLatched",
            "keel_stop_level > 0",
            0,
            "{{ $labels.book }} is stopped at level {{ $value }} (1 pause, 2 reduce, 3 flatten, 4 emergency stop)",
        ),
    )


def _trading(settings: Settings) -> tuple[Alarm, ...]:
    rules = settings.monitoring.rules
    return (
        Alarm(
            "ExcessiveSwitching",
            f"keel:switches:5m > {rules.switches}",
            0,
            f"{{{{ $labels.book }}}}: {{{{ $value }}}} switches in 5 minutes, at most {rules.switches}",
        ),
        Alarm(
            "SlowCycle",
            f"keel:cycle_seconds:p99 > {rules.cycle_seconds:g}",
            0,
            f"{BOOK}: p99 of a cycle is {FIGURE} s, at most {rules.cycle_seconds:g} s",
        ),
        Alarm(
            "SlowOrders",
            f"keel:order_seconds:p99 > {rules.order_seconds:g}",
            0,
            f'{{{{ $labels.venue }}}}: p99 of its answers is {{{{ printf "%.2f" $value }}}} s, '
            f"at most {rules.order_seconds:g} s",
        ),
        Alarm(
            "ExecutionFailure",
            _grew("keel_execution_failures_total", "10m"),
            0,
            "{{ $labels.book }}: {{ $value }} executions want a person's review",
        ),
        Alarm(
            "ReconciliationMismatch",
            "keel_holdings_unexplained > 0",
            0,
            "{{ $labels.venue }}: {{ $value }} assets are not what the journal says",
        ),
        Alarm("StaleModel", "keel_model_stale == 1", 300, "{{ $labels.model }} of {{ $labels.series }} may not speak"),
    )


def _feeds(settings: Settings) -> tuple[Alarm, ...]:
    return (
        Alarm("FeedDown", "keel_feed_up == 0", 30, "{{ $labels.feed }} has not answered for 30 s", "error"),
        Alarm(
            "BarsLate",
            f"({late_bars(settings)}) and on() sum(keel_sessions_running) > 0",
            0,
            "{{ $labels.symbol }} {{ $labels.timeframe }} of {{ $labels.venue }}: "
            'the newest bar closed {{ printf "%.0f" $value }} s ago',
        ),
    )


def late_bars(settings: Settings) -> str:
    """Bars that are older than one bar and what a session waits for; where a market closes, than its longest pause."""
    late = settings.session.late_seconds
    closing = [name for name, venue in settings.venues.items() if venue.calendar != "24/7"]
    always = 'venue!~"' + "|".join(closing) + '"' if closing else 'venue!=""'
    parts = []
    for name, micros in TIMEFRAMES.items():
        least = micros / SECOND + late
        parts.append(f'keel_bar_age_seconds{{timeframe="{name}",{always}}} > {least:g}')
    if closing:
        least = TIMEFRAMES["1d"] / SECOND + late + CLOSED_S
        parts.append(f'keel_bar_age_seconds{{venue=~"{"|".join(closing)}"}} > {least:g}')
    return " or ".join(parts)


def _parts(settings: Settings) -> tuple[Alarm, ...]:
    share = settings.monitoring.rules.availability
    budget = (1.0 - share) * MINUTES
    return (
        Alarm(
            "TraderSilent",
            'keel_heartbeat_overdue{name="trader"} == 1',
            0,
            "the trader broke its promise to be heard of",
        ),
        Alarm(
            "GuardianSilent",
            'keel_heartbeat_overdue{name="guardian"} == 1',
            0,
            "the guardian broke its promise to be heard of",
        ),
        Alarm("AlertsUndelivered", "keel_alerts_undelivered > 0", 60, "{{ $value }} alerts are due since 2 minutes"),
        Alarm("LakeDamaged", "keel_lake_damaged > 0", 0, "{{ $value }} parts of the lake are damaged"),
        Alarm(
            "FlowFailed",
            'keel_flow_runs{state=~"failed|crashed"} > 0',
            0,
            "{{ $labels.flow }}: {{ $value }} runs {{ $labels.state }} in 24 hours",
        ),
        Alarm(
            "AvailabilityLow",
            f"keel:availability:lost30d > {budget:g}",
            300,
            f'a required part was not well for {{{{ printf "%.1f" $value }}}} minutes of 30 days, at most {budget:.1f}',
        ),
    )


def _watching(settings: Settings) -> tuple[Alarm, ...]:
    down = f"nobody answers at {settings.api.address}"
    return (
        Alarm("KeelDown", 'up{job="keel"} == 0 or absent(up{job="keel"})', 10, f"{down}, or refuses its token"),
        Alarm(
            "Watchdog", "vector(1)", 0, "always fires: its absence is the death of Prometheus or Alertmanager", "info"
        ),
    )


def _grew(name: str, over: str) -> str:
    return f"{name} - min_over_time({name}[{over}]) > 0"
