"""For each alert rule: figures at which it fires, and figures just below at which it does not.

Figures are in promtool's notation: `1x5` is six samples of 1, one every `step`. `after` is when the rule is asked,
`every` how often it is evaluated: promtool does not heed what the groups say.
"""

from dataclasses import dataclass

BOOK = "paper|binance|1h|BTC/USDT"
B = f'book="{BOOK}"'


@dataclass(frozen=True, slots=True)
class Case:
    """`fires` and `calm` are series by name; `labels` and `summary` those of the alert that fires."""

    alert: str
    fires: dict[str, str]
    calm: dict[str, str]
    severity: str
    summary: str
    labels: dict[str, str]
    after: str = "10s"
    step: str = "1s"
    every: str = "5s"


def _one(
    alert: str,
    series: str,
    high: str,
    low: str,
    severity: str,
    summary: str,
    labels: dict[str, str],
    after: str = "10s",
) -> Case:
    return Case(alert, {series: high}, {series: low}, severity, summary, labels, after)


OF_BOOK = {"book": BOOK}
LIMIT = {"book": BOOK, "system": "", "limit": ""}
RUNNING = {f"keel_sessions_running{{{B}}}": "1x700000"}
BARS = {"venue": "binance", "symbol": "BTC/USDT", "timeframe": "1h"}
CYCLE = [f'keel_cycle_seconds_bucket{{{B},le="{bound}"}}' for bound in ("0.5", "1.0", "2.5", "+Inf")]
ORDER = [f'keel_order_seconds_bucket{{venue="binance",le="{bound}"}}' for bound in ("0.25", "0.5", "1.0", "+Inf")]


def _histogram(series: list[str], within: tuple[int, ...]) -> dict[str, str]:
    """Nothing for 30 s, then so many at once."""
    return {name: f"0x30 {count}x120" for name, count in zip(series, within, strict=True)}


CASES = (
    _one(
        "VarBreach",
        f"keel_account_var_pct{{{B}}}",
        "2.51x30",
        "2.5x30",
        "critical",
        f"{BOOK}: value at risk is 2.51 % of equity, at most 2.5 %",
        OF_BOOK,
    ),
    _one(
        "DrawdownPause",
        f'keel_limit_used_ratio{{{B},system="",limit="entries_drawdown"}}',
        "1x30",
        "0.999x30",
        "critical",
        f"{BOOK}: entries_drawdown is used to 1.00 of its limit",
        {"book": BOOK, "limit": "entries_drawdown"},
    ),
    _one(
        "DailyLoss",
        f'keel_limit_used_ratio{{{B},system="",limit="daily_loss"}}',
        "1x30",
        "0.999x30",
        "critical",
        f"{BOOK}: daily_loss is used to 1.00 of its limit",
        {"book": BOOK, "limit": "daily_loss"},
    ),
    _one(
        "LargeLoss",
        f"keel_large_losses_total{{{B}}}",
        "7x60 8x60",
        "7x120",
        "warning",
        f"{BOOK}: 1 large losses",
        OF_BOOK,
        "90s",
    ),
    _one(
        "StopLatched",
        f"keel_stop_level{{{B}}}",
        "1x30",
        "0x30",
        "critical",
        f"{BOOK} is stopped at level 1 (1 pause, 2 reduce, 3 flatten, 4 emergency stop)",
        OF_BOOK,
    ),
    # Of two kinds and a symbol that was not there before: 21 in 5 minutes, and 20.
    Case(
        "ExcessiveSwitching",
        {
            f'keel_switches_total{{{B},of="model",symbol="A"}}': "1000x30 1001+1x8 1010x300",
            f'keel_switches_total{{{B},of="specialist",symbol="A"}}': "5x30 15x340",
            f'keel_switches_total{{{B},of="specialist",symbol="B"}}': "_x60 1x300",
        },
        {
            f'keel_switches_total{{{B},of="model",symbol="A"}}': "1000x30 1001+1x8 1010x300",
            f'keel_switches_total{{{B},of="specialist",symbol="A"}}': "5x30 15x340",
        },
        "error",
        f"{BOOK}: 21 switches in 5 minutes, at most 20",
        OF_BOOK,
        "80s",
    ),
    Case(
        "SlowCycle",
        _histogram(CYCLE, (90_000, 98_999, 100_000, 100_000)),
        _histogram(CYCLE, (90_000, 99_001, 100_000, 100_000)),
        "warning",
        f"{BOOK}: p99 of a cycle is 1.00 s, at most 1 s",
        OF_BOOK,
        "120s",
    ),
    Case(
        "SlowOrders",
        _histogram(ORDER, (90_000, 98_999, 100_000, 100_000)),
        _histogram(ORDER, (90_000, 99_001, 100_000, 100_000)),
        "warning",
        "binance: p99 of its answers is 0.50 s, at most 0.5 s",
        {"venue": "binance"},
        "120s",
    ),
    _one(
        "ExecutionFailure",
        f"keel_execution_failures_total{{{B}}}",
        "0x60 1x60",
        "3x120",
        "error",
        f"{BOOK}: 1 executions want a person's review",
        OF_BOOK,
        "90s",
    ),
    _one(
        "ReconciliationMismatch",
        'keel_holdings_unexplained{venue="binance"}',
        "1x30",
        "0x30",
        "error",
        "binance: 1 assets are not what the journal says",
        {"venue": "binance"},
    ),
    _one(
        "StaleModel",
        'keel_model_stale{series="binance BTC/USDT 1h",model="xgboost"}',
        "0x10 1x400",
        "0x10 1x295 0x100",
        "error",
        "xgboost of binance BTC/USDT 1h may not speak",
        {"series": "binance BTC/USDT 1h", "model": "xgboost"},
        "320s",
    ),
    _one(
        "FeedDown",
        'keel_feed_up{feed="kraken"}',
        "0x60",
        "1x14 0x25 1x20",
        "error",
        "kraken has not answered for 30 s",
        {"feed": "kraken"},
        "40s",
    ),
    Case(
        "BarsLate",
        RUNNING | {'keel_bar_age_seconds{venue="binance",symbol="BTC/USDT",timeframe="1h"}': "3721x30"},
        RUNNING | {'keel_bar_age_seconds{venue="binance",symbol="BTC/USDT",timeframe="1h"}': "3720x30"},
        "error",
        "BTC/USDT 1h of binance: the newest bar closed 3721 s ago",
        BARS,
    ),
    _one(
        "TraderSilent",
        'keel_heartbeat_overdue{name="trader"}',
        "1x30",
        "0x30",
        "critical",
        "the trader broke its promise to be heard of",
        {"name": "trader"},
    ),
    _one(
        "GuardianSilent",
        'keel_heartbeat_overdue{name="guardian"}',
        "1x30",
        "0x30",
        "critical",
        "the guardian broke its promise to be heard of",
        {"name": "guardian"},
    ),
    _one(
        "AlertsUndelivered",
        "keel_alerts_undelivered",
        "1x100",
        "1x55 0x80",
        "critical",
        "1 alerts are due since 2 minutes",
        {},
        "70s",
    ),
    _one("LakeDamaged", "keel_lake_damaged", "1x30", "0x30", "error", "1 parts of the lake are damaged", {}),
    _one(
        "FlowFailed",
        'keel_flow_runs{flow="trade",state="crashed"}',
        "1x30",
        "0x30",
        "warning",
        "trade: 1 runs crashed in 24 hours",
        {"flow": "trade", "state": "crashed"},
    ),
    # 43.2 minutes of 30 days may be lost: 65 scrapes of a part that is down and 66 of nobody at all, and two less.
    Case(
        "AvailabilityLow",
        {
            "keel_available": "1x300 0x64 1x100 _x66 1x100",
            'up{job="keel",instance="k"}': "1x466 0x65 1x100",
        },
        {
            "keel_available": "1x300 0x63 1x101 _x65 1x101",
            'up{job="keel",instance="k"}': "1x466 0x64 1x101",
        },
        "warning",
        "a required part was not well for 43.5 minutes of 30 days, at most 43.2",
        {},
        "12000s",
        "20s",
        "60s",
    ),
    _one(
        "KeelDown",
        'up{job="keel",instance="127.0.0.1:8765"}',
        "1x5 0x40",
        "1x5 0x8 1x40",
        "critical",
        "nobody answers at 127.0.0.1:8765, or refuses its token",
        {"job": "keel", "instance": "127.0.0.1:8765"},
        "25s",
    ),
    Case(
        "Watchdog",
        {"keel_available": "1x30"},
        {},
        "info",
        "always fires: its absence is the death of Prometheus or Alertmanager",
        {},
    ),
)
# What fires although nothing is wrong cannot stay silent.
ALWAYS = {"Watchdog"}
# Markets that are closed at night and at weekends, and bars that nobody waits for.
QUIET = {
    "a stock's market is closed over a weekend": RUNNING
    | {'keel_bar_age_seconds{venue="alpaca",symbol="SPY",timeframe="1h"}': "250000x30"},
    "no session runs": {
        f"keel_sessions_running{{{B}}}": "0x30",
        'keel_bar_age_seconds{venue="binance",symbol="BTC/USDT",timeframe="1h"}': "9999999x30",
    },
    "only a scraper began late": {f'keel_switches_total{{{B},of="model",symbol="A"}}': "5000x30"},
    "a journal was restored from before": {f'keel_switches_total{{{B},of="model",symbol="A"}}': "5000x20 4000x20"},
}
