"""What may be said of a profile, in plain words. Where a figure cannot be told from chance, nothing is claimed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from models.bootstrap import TradesMonteCarlo
from models.portfolio import Interval, Metrics
from tasks.session.validating.bootstrapping import CandlesMonteCarlo, Redrawn, TooFew
from tasks.session.validating.figures import Beside, Cases, Year

K = TypeVar("K")

IMPLAUSIBLE = "not plausible"
IDLE = "nothing was traded"
CHANCE = "not to be told from chance"
LOSES = "below zero beyond chance"
EARNS = "above zero beyond chance"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Attributes:
    finding: one of the above, of the out-of-sample return over the whole window.
    worst_year: the year with the smallest return, and that return.
    within_trades, within_candles: share of the bootstrapped paths that stay within the profile's drawdown; None where
        nothing could be drawn.
    costs: largest multiple of the costs up to which the return stays above zero; None where none does.
    delay: likewise bars that predictions and regimes may come late.
    missing: likewise share of the bars that may be gone, in every draw.
    text: all of it as sentences.
    """

    finding: str
    worst_year: str
    worst_year_return: float
    within_trades: float | None
    within_candles: float | None
    costs: float | None
    delay: int | None
    missing: float | None
    text: str


def verdict_of(
    profile: str,
    limit: float,
    whole: Beside[Metrics],
    hold: Metrics,
    total: Interval | None,
    doubts: tuple[str, ...],
    years: Mapping[str, Beside[Year]],
    cases: Cases,
    redrawn: Redrawn,
) -> Verdict:
    """Of the profile's figures; `total` is the interval of its out-of-sample total return, `limit` its largest
    drawdown, `hold` what holding the symbols made.
    """
    finding = _finding(whole.out_of_sample, total, doubts)
    worst = min(years, key=lambda year: years[year].out_of_sample.total_return)
    fall = years[worst].out_of_sample.total_return
    trades, candles = redrawn.trades, redrawn.candles
    within_trades = None if isinstance(trades, TooFew) else 1.0 - trades.ruin
    within_candles = None if isinstance(candles, TooFew) else candles.within
    bearable = _upto({key: one.out_of_sample.total_return for key, one in cases.costs.items()})
    late = _upto({key: one.out_of_sample.total_return for key, one in cases.delays.items()})
    gone = _upto({key: one.out_of_sample.total_return.low for key, one in cases.missing.items()})
    sentences = [
        _first(profile, finding, whole, total, doubts),
        f"It was {whole.out_of_sample.exposure:.1%} invested on average; holding the symbols with all of it made "
        f"{hold.total_return:+.2%} with a drawdown of {hold.max_drawdown:.2%}.",
        f"The worst year was {worst} with {fall:+.2%}.",
        f"Its drawdown was {whole.out_of_sample.max_drawdown:.2%}, its limit is {limit:.0%}.",
        _paths("years of redrawn candles", within_candles, candles),
        _paths("redrawn paths of its closed trades", within_trades, trades),
        *([] if isinstance(trades, TooFew) else [_blind(trades)]),
    ]
    if finding != IDLE:
        sentences.append(_robust(finding, bearable, late, gone))
    return Verdict(finding, worst, fall, within_trades, within_candles, bearable, late, gone, " ".join(sentences))


def _finding(figures: Metrics, total: Interval | None, doubts: tuple[str, ...]) -> str:
    if doubts:
        return IMPLAUSIBLE
    if figures.time_in_market == 0.0:
        return IDLE
    if total is None or total.low <= 0.0 <= total.high:
        return CHANCE
    return EARNS if total.low > 0.0 else LOSES


def _first(profile: str, finding: str, whole: Beside[Metrics], total: Interval | None, doubts: tuple[str, ...]) -> str:
    earned = whole.out_of_sample.total_return
    told = f"in-sample it was {whole.in_sample.total_return:+.2%}"
    if total is None:
        span = "too few days, or days without movement, for an interval"
    else:
        span = f"90 % interval {total.low:+.2%} to {total.high:+.2%}"
    if finding == IMPLAUSIBLE:
        return f"{profile}: not plausible ({'; '.join(doubts)}). Look for an error in data or fills first."
    if finding == IDLE:
        return f"{profile}: nothing was traded, so there is nothing to say about it ({told})."
    if finding == CHANCE:
        return (
            f"{profile}: nothing can be claimed. The out-of-sample return of {earned:+.2%} cannot be told from chance "
            f"({span}); {told}."
        )
    side = "above" if finding == EARNS else "below"
    said = f"the out-of-sample return of {earned:+.2%} is {side} zero beyond chance in this window"
    return f"{profile}: {said} ({span}); {told}."


def _paths(of: str, within: float | None, found: TradesMonteCarlo | CandlesMonteCarlo | TooFew) -> str:
    if isinstance(found, TooFew):
        return f"No {of}: {found.text}."
    return f"It stayed within that in {within:.1%} of {found.paths:,} {of}."


def _blind(found: TradesMonteCarlo) -> str:
    """What closed trades do not show."""
    fell = f"as they were, they fell by {found.max_drawdown.figure:.2%}"
    return f"Closed trades do not see what is lost while they are open: {fell}."


def _robust(finding: str, costs: float | None, delay: int | None, missing: float | None) -> str:
    bearable = "at no multiple of the costs" if costs is None else f"up to {costs:g} times the costs"
    late = "not even without a delay" if delay is None else f"with predictions and regimes up to {delay} bars late"
    gone = "not even with all bars there" if missing is None else f"with up to {100.0 * missing:g}% of the bars missing"
    said = f"Of what was tried, its return stays above zero {bearable}, {late}, {gone}."
    if finding == EARNS:
        return said
    return f"{said} That says how sensitive it is, not that it earns anything."


def _upto(returns: Mapping[K, float]) -> K | None:
    """The last key before the first whose return is not above zero; None where that is the first of all."""
    held = None
    for key, earned in returns.items():
        if not earned > 0.0:
            return held
        held = key
    return held
