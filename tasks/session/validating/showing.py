"""The tables of a validation, for the shell, for Prefect and for the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.bootstrap import Quantiles, TradesMonteCarlo
from models.portfolio import Interval, Metrics
from tasks.session.validating.bootstrapping import TooFew
from tasks.session.validating.figures import Brief, Draws, Spread
from tasks.session.validating.measuring import FEWEST_TRADES
from tasks.session.validating.report import ProfileFound, ValidationReport

NOTHING = "-"
CENTS_BELOW = 1000.0
TITLES = {
    "profiles": "Risk profiles over the whole window",
    "years": "By year",
    "regimes": "By regime, the account and each system",
    "specialists": "Specialists, by the regime of the entry",
    "cases": "Dearer, later, with less data",
    "redrawn": "Redrawn by block bootstrap",
}
CHANCE = "Told from chance: the 90 % interval is beside zero; so it is in one of ten rows that are nothing but chance."
NOTES = {
    "profiles": "In-sample figures are what an optimiser would have shown; the out-of-sample column is the honest one. "
    "Intervals are of block bootstraps of daily returns, against zero. hold: the symbols in equal parts, all invested.",
    "years": CHANCE,
    "regimes": f"A gain counts to the regime of its symbol that was known when the bar began. {CHANCE}",
    "specialists": "A round trip counts to the specialist that left it, which may have taken it over, and to the "
    f"regime of its entry. Fewer than {FEWEST_TRADES} have no interval: nothing can be told from them. {CHANCE}",
    "cases": "Costs: entries know them, so that dearer also means fewer trades. Delays: predictions and regimes come "
    "so many bars late. Missing bars: median of the draws and their range; what was computed of the bars that are left "
    "stays as it was.",
    "redrawn": "Trades: as many as were closed, in another order and choice; what they lost while they were open is "
    "not seen. Candles: a year of rows of the window in blocks, with the predictions and regimes that were theirs, "
    "through the full step.",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the same columns, at least one; `key` is of small letters and dashes, `note` what to know of them."""

    key: str
    title: str
    note: str
    rows: list[dict[str, Any]]


def tables_of(report: ValidationReport) -> list[Table]:
    """All of them; in-sample figures stand beside out-of-sample ones."""
    found = list(report.profiles.values())
    rows = {
        "profiles": [*(_whole(one) for one in found), _held(report.hold)],
        "years": [row for one in found for row in _years(one)],
        "regimes": [row for one in found for row in _regimes(one)],
        "specialists": [row for one in found for row in _traded(one)],
        "cases": [row for one in found for row in _cases(one)],
        "redrawn": [row for one in found for row in _redrawn(one)],
    }
    return [Table(key, TITLES[key], NOTES[key], one) for key, one in rows.items() if one]


def _whole(one: ProfileFound) -> dict[str, Any]:
    honest, told = one.whole.out_of_sample, one.whole.in_sample
    spans = one.intervals
    return {
        "profile": one.name,
        "finding": one.verdict.finding,
        "return": _percent(honest.total_return),
        "90 % interval, of days": NOTHING if spans is None else _between(spans.total_return),
        "in sample": _percent(told.total_return),
        "sharpe": _ratio(honest.sharpe),
        "sharpe in sample": _ratio(told.sharpe),
        "max drawdown": _percent(honest.max_drawdown, sign=False),
        "drawdown in sample": _percent(told.max_drawdown, sign=False),
        "limit": _percent(one.limit, sign=False),
        "trades": honest.trades,
        "costs": f"{honest.costs:,.2f}",
    }


def _held(hold: Metrics) -> dict[str, Any]:
    return {
        "profile": "hold",
        "finding": NOTHING,
        "return": _percent(hold.total_return),
        "90 % interval, of days": NOTHING,
        "in sample": NOTHING,
        "sharpe": _ratio(hold.sharpe),
        "sharpe in sample": NOTHING,
        "max drawdown": _percent(hold.max_drawdown, sign=False),
        "drawdown in sample": NOTHING,
        "limit": NOTHING,
        "trades": hold.trades,
        "costs": f"{hold.costs:,.2f}",
    }


def _years(one: ProfileFound) -> Iterator[dict[str, Any]]:
    for year, both in one.years.items():
        honest = both.out_of_sample
        yield {
            "profile": one.name,
            "year": year,
            "return": _percent(honest.total_return),
            "in sample": _percent(both.in_sample.total_return),
            "log return a year, 90 % interval": _interval(honest.yearly),
            "max drawdown": _percent(honest.max_drawdown, sign=False),
            "bars": honest.bars,
            "round trips": honest.trades,
            "told from chance": _told(honest.yearly),
        }


def _regimes(one: ProfileFound) -> Iterator[dict[str, Any]]:
    scopes = {"account": one.regimes, **{name: system.regimes for name, system in one.systems.items()}}
    for scope, regimes in scopes.items():
        for regime, both in regimes.items():
            honest = both.out_of_sample
            yield {
                "profile": one.name,
                "of": scope,
                "regime": regime,
                "share of bars": _percent(honest.share, sign=False),
                "profit": _cash(honest.profit),
                "in sample": _cash(both.in_sample.profit),
                "log return a year, 90 % interval": _interval(honest.yearly),
                "told from chance": _told(honest.yearly),
            }


def _traded(one: ProfileFound) -> Iterator[dict[str, Any]]:
    for name, regimes in one.specialists.items():
        for regime, both in regimes.items():
            honest, told = both.out_of_sample, both.in_sample
            yield {
                "profile": one.name,
                "left by": name,
                "entered in": regime,
                "profit, round trips": f"{_cash(honest.profit)} in {honest.trades}",
                "in sample": f"{_cash(told.profit)} in {told.trades}",
                "win rate": NOTHING if honest.win_rate is None else _percent(honest.win_rate, sign=False),
                "profit of one, 90 % interval": _money(honest.average),
                "told from chance": _told(honest.average),
            }


def _cases(one: ProfileFound) -> Iterator[dict[str, Any]]:
    for multiple, both in one.cases.costs.items():
        yield _case(one, f"costs times {multiple:g}", both.out_of_sample, both.in_sample)
    for bars, both in one.cases.delays.items():
        yield _case(one, f"{bars} bars late", both.out_of_sample, both.in_sample)
    for share, draws in one.cases.missing.items():
        yield _case(one, f"{share:.1%} of the bars missing", draws.out_of_sample, draws.in_sample)


def _case(one: ProfileFound, case: str, honest: Brief | Draws, told: Brief | Draws) -> dict[str, Any]:
    return {
        "profile": one.name,
        "case": case,
        "return": _figure(honest.total_return),
        "in sample": _figure(told.total_return),
        "max drawdown": _figure(honest.max_drawdown, sign=False),
        "drawdown in sample": _figure(told.max_drawdown, sign=False),
    }


def _redrawn(one: ProfileFound) -> Iterator[dict[str, Any]]:
    for what, found in (("trades", one.redrawn.trades), ("candles", one.redrawn.candles)):
        if isinstance(found, TooFew):
            yield _drawn(one, what, found.text, NOTHING, NOTHING, NOTHING, NOTHING)
            continue
        if isinstance(found, TradesMonteCarlo):
            drawn, within = f"{found.paths:,} paths, blocks of {found.block:g} trades", 1.0 - found.ruin
        else:
            drawn = f"{found.paths:,} paths of {found.bars:,} bars, blocks of {found.block:g}"
            within = found.within
        yield _drawn(
            one,
            what,
            drawn,
            _middle(found.total_return),
            _middle(found.max_drawdown, sign=False),
            _percent(one.limit, sign=False),
            _percent(within, sign=False),
        )


def _drawn(
    one: ProfileFound, what: str, drawn: str, earned: str, depth: str, limit: str, within: str
) -> dict[str, Any]:
    return {
        "profile": one.name,
        "redrawn": what,
        "drawn": drawn,
        "return, median (5 % to 95 %)": earned,
        "max drawdown, median (5 % to 95 %)": depth,
        "limit": limit,
        "paths within it": within,
    }


def _figure(figure: float | Spread, sign: bool = True) -> str:
    return _percent(figure, sign) if isinstance(figure, float) else _middle(figure, sign)


def _middle(found: Spread | Quantiles, sign: bool = True) -> str:
    return f"{_percent(found.median, sign)} ({_percent(found.low, sign)} to {_percent(found.high, sign)})"


def _between(one: Interval) -> str:
    return f"{_percent(one.low)} to {_percent(one.high)}"


def _interval(one: Interval | None) -> str:
    return NOTHING if one is None else f"{_percent(one.figure)} ({_between(one)})"


def _money(one: Interval | None) -> str:
    return NOTHING if one is None else f"{_cash(one.figure)} ({_cash(one.low)} to {_cash(one.high)})"


def _cash(figure: float) -> str:
    """Account currency; cents where they matter."""
    return f"{figure:+,.2f}" if abs(figure) < CENTS_BELOW else f"{figure:+,.0f}"


def _told(one: Interval | None) -> str:
    """Whether the interval is beside zero."""
    if one is None or one.low <= 0.0 <= one.high:
        return "no"
    return "gain" if one.low > 0.0 else "loss"


def _percent(figure: float, sign: bool = True) -> str:
    return f"{figure:+.2%}" if sign else f"{figure:.2%}"


def _ratio(figure: float | None) -> str:
    return NOTHING if figure is None else f"{figure:.2f}"
