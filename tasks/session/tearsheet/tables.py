"""The tables of a tear sheet, as HTML. Every text goes through `escape`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from models.portfolio import KEYS, Attribution, Doubt, Interval, Metrics, Trade
from models.types import Cause, Reason, iso
from tasks.session.backtesting import BacktestReport
from tasks.session.backtesting.specialists import Behaviour
from tasks.session.backtesting.stopping import Stopping
from tasks.session.backtesting.switching import Switching

PERCENT = (
    *("total_return", "max_drawdown", "win_rate", "exposure", "cagr", "volatility", "time_in_market", "costs_share"),
    *("share", "by_stop", "by_target", "by_time", "by_switch", "by_other", "size", "stop_distance", "target_distance"),
)
MONEY = ("costs", "average_trade", "profit", "average_profit")
COSTS = {
    "fees": "fees",
    "spread, impact and slippage": "slip",
    "funding and borrowing": "carry",
    "dividends and cash in lieu, received": "income",
    "value traded": "traded",
}
NOTHING = "-"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; the first column is text, the others are figures."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def shown(name: str, figure: float | None) -> str:
    """A figure as its name wants it: percent, money, count or ratio."""
    if figure is None or not math.isfinite(figure):
        return NOTHING
    if isinstance(figure, int):
        return f"{figure:,}"
    if abs(figure) >= 1e9:
        return f"{figure:.3g}"
    if name in PERCENT:
        return f"{figure:.2%}"
    return f"{figure:,.2f}" if name in MONEY else f"{figure:.3f}"


def metrics_table(report: BacktestReport) -> str:
    """Out-of-sample with its interval beside in-sample and the benchmarks."""
    columns = (report.in_sample, report.hold.metrics, report.cash.metrics)
    rows = []
    for name in Metrics.__slots__:
        interval = getattr(report.intervals, name, None)
        own = shown(name, getattr(report.out_of_sample, name))
        rows.append(
            [_words(name), own, _between(name, interval), *(shown(name, getattr(one, name)) for one in columns)]
        )
    return table(["", "out of sample", "90 % interval, of days", "in sample", "hold", "cash"], rows)


def systems_table(report: BacktestReport) -> str:
    """Each system on its own capital beside the account, out-of-sample."""
    found = report.systems
    capitals = [one.capital for one in report.run.parameters.systems]
    rows = [["capital", *(f"{one:,.2f}" for one in capitals), f"{report.book.capital:,.2f}"]]
    for name in Metrics.__slots__:
        columns = (*found.values(), report.out_of_sample)
        rows.append([_words(name), *(shown(name, getattr(one, name)) for one in columns)])
    return table(["", *found, "account"], rows)


def specialists_table(rows: Iterable[Behaviour]) -> str:
    """What each specialist of each system did."""
    names = Behaviour.__slots__[2:]
    cells = [[f"{one.system} {one.specialist}", *(shown(name, getattr(one, name)) for name in names)] for one in rows]
    return table(["specialist", *map(_words, names)], cells)


def switches_table(switches: Mapping[str, Switching]) -> str:
    """Changes of the specialist in charge, of each system."""
    causes = [one.name.lower() for one in Cause]
    rows = [
        [
            name,
            *(f"{count:,}" for count in (one.count, *(one.by_cause[cause] for cause in causes))),
            shown("per_year", one.per_year),
            shown("share", one.thrash_rate),
        ]
        for name, one in switches.items()
    ]
    heads = ["switches", "all", *(f"by {_words(cause)}" for cause in causes), "a year and symbol", "taken back at once"]
    return table(heads, rows)


def stops_table(stops: Mapping[str, Stopping]) -> str:
    """What tripped, and how long each level held, of the account and of each system."""
    levels = list(next(iter(stops.values())).days)
    rows = [
        [
            name,
            ", ".join(f"{_words(breaker)} {count:,}" for breaker, count in one.trips.items()) or "never",
            *(f"{one.days[level]:,.1f}" for level in levels),
            shown("share", one.share),
            one.in_force or NOTHING,
        ]
        for name, one in stops.items()
    ]
    return table(["stops of", "tripped", *(f"days of {level}" for level in levels), "share of the time", "now"], rows)


def doubt_tables(doubts: Iterable[Doubt]) -> str:
    """Each doubt above the trades behind it."""
    return "".join(f"<h3>{escape(one.text)}</h3>{trade_table(one.trades)}" for one in doubts)


def trade_table(trades: Iterable[Trade]) -> str:
    """Trades, one a row."""
    heads = ["symbol", "entered", "left", "quantity", "entry price", "exit price", "profit", "costs", "by", "regime"]
    rows = [
        [
            *(one.symbol, iso(one.entered), iso(one.exited)),
            *(f"{figure:,.8g}" for figure in (one.quantity, one.entry_price, one.exit_price)),
            *(shown(name, getattr(one, name)) for name in ("profit", "costs")),
            *(one.reason, one.regime),
        ]
        for one in trades
    ]
    return table(heads, rows)


def attribution_tables(attribution: Mapping[str, Sequence[Attribution]]) -> str:
    """One table for each key."""
    names = Attribution.__slots__[1:]
    parts = []
    for key in KEYS:
        rows = [[one.name or NOTHING, *(shown(name, getattr(one, name)) for name in names)] for one in attribution[key]]
        parts.append(f"<h3>By {escape(key)}</h3>" + table([key, *map(_words, names)], rows))
    return "".join(parts)


def refusal_table(refused: Mapping[str, int], decisions: int) -> str:
    """Why the step did not do what it might have done, and on how many of its decisions."""
    rows = [
        [name, f"{count:,}", f"{count / decisions:.2%}", Reason[name.upper()].text] for name, count in refused.items()
    ]
    return table(["reason", "decisions", "share", "meaning"], rows)


def costs_table(report: BacktestReport) -> str:
    """What trading cost, and what holding brought and cost."""
    state, systems = report.run.state, report.run.parameters.systems
    accounts = [state.account(k) for k in range(len(systems))]
    rows = []
    for label, name in COSTS.items():
        rows.append([label, *(f"{getattr(one, name):,.2f}" for one in accounts), f"{state.total(name):,.2f}"])
    all_costs = [one.fees + one.slip + one.carry for one in accounts]
    rows.append(["all costs", *(f"{one:,.2f}" for one in all_costs), f"{report.out_of_sample.costs:,.2f}"])
    return table(["account currency", *(one.name for one in systems), "account"], rows)


def provenance_table(report: BacktestReport) -> str:
    """What makes the same figures again."""
    made = report.provenance
    lines = {
        "command": made.command,
        "costs": f"{made.cost_multiple:g} times the configured ones",
        "configuration": made.config_version,
        "intents": report.intents_sha256,
        **{f"data of {symbol}": sha for symbol, sha in made.data_sha256.items()},
        **{f"model of {symbol}": version or NOTHING for symbol, version in made.models.items()},
        **{f"volatility index of {symbol}": source for symbol, source in made.index_source.items()},
    }
    return table(["", ""], lines.items())


def _between(name: str, interval: Interval | None) -> str:
    return "" if interval is None else f"{shown(name, interval.low)} to {shown(name, interval.high)}"


def _words(name: str) -> str:
    return name.replace("_", " ")
