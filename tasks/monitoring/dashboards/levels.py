"""The limits that panels draw as thresholds, and where a person reads on: from the settings, never of their own."""

from dataclasses import dataclass

from conf.schema.settings import Settings
from tasks.monitoring.rules import late_bars


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a figure turns red.

    Attributes:
        switches: of models and specialists in 5 minutes.
        cycle_seconds, order_seconds: p99.
        availability: share of the time.
        drawdown: at which entries pause, fraction of the highest equity.
        var_percent: value at risk at which trading halts, percent of equity.
        feed_seconds: without an answer of a feed.
        silence_seconds: without a heartbeat.
        late_bars: PromQL of the series whose newest bar is late.
        runbook: address of the runbook, a section is added as #name.
        keel: address of Keel's own dashboard.
    """

    switches: float
    cycle_seconds: float
    order_seconds: float
    availability: float
    drawdown: float
    var_percent: float
    feed_seconds: float
    silence_seconds: float
    late_bars: str
    runbook: str
    keel: str


def levels_of(settings: Settings) -> Levels:
    """Those of the settings in force."""
    rules = settings.monitoring.rules
    keel = f"http://{settings.api.address}/"
    return Levels(
        switches=float(rules.switches),
        cycle_seconds=rules.cycle_seconds,
        order_seconds=rules.order_seconds,
        availability=rules.availability,
        drawdown=settings.risk.breakers.entries_drawdown,
        var_percent=100.0 * settings.risk.breakers.halt_var,
        feed_seconds=60.0 * settings.feeds.down_minutes,
        silence_seconds=settings.guardian.silence_seconds,
        late_bars=late_bars(settings),
        runbook=settings.monitoring.runbook_url or f"{keel}runbook",
        keel=keel,
    )
