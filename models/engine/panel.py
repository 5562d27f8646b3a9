"""All symbols on one time axis: what the fold reads."""

from typing import NamedTuple

import numpy as np

from models.types import BoolArray, FloatArray, IntArray, Reason, Regime

# Last axis of Panel.prices, figures, codes, actions, tails, events, finer and finer_rows.
PRICES = ("open", "high", "low", "close", "volume")
FIGURES = (
    "edge",
    "volatility",
    "atr",
    "range_low",
    "range_high",
    "range_width",
    "oscillator",
    "momentum",
    "sentiment",
    "atr_ratio",
    "adx",
    "stretch",
)
CODES = ("regime", "gate")
ACTIONS = ("split", "dividend")
TAILS = ("tail_long", "tail_short", "scale", "cut")
EVENTS = ("release", "forced", "breaker", "flow")
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
(
    EDGE,
    VOLATILITY,
    ATR,
    RANGE_LOW,
    RANGE_HIGH,
    RANGE_WIDTH,
    OSCILLATOR,
    MOMENTUM,
    SENTIMENT,
    ATR_RATIO,
    ADX,
    STRETCH,
) = range(len(FIGURES))
REGIME, GATE = range(2)
SPLIT, DIVIDEND = range(2)
TAIL_LONG, TAIL_SHORT, SCALE, CUT = range(4)
RELEASE, FORCED, BREAKER, FLOW = range(4)
FINER_HIGH, FINER_LOW = range(2)
FROM, TO = range(2)


class Panel(NamedTuple):
    """What the bars of one moment give stands next to each other in memory; `panel.close` and the like are views.

    Attributes:
        ts: shape (n_times,): opens of the bars, UTC microseconds.
        prices: shape (n_times, n_symbols, 5): open, high, low, close, volume; NaN where a symbol has no bar or may not
            be traded on the one it has; volume alone NaN where it is not known.
        figures: shape (n_times, n_symbols, 12), columns FIGURES: blended edge in basis points (NaN without a
            prediction), standard deviation of log returns per bar, average true range, low and high of the recent range
            as fractions of the close, and what else a Signal holds.
        codes: shape (n_times, n_symbols, 2): Regime codes; gates: 0, or the Reason code of what the outside forbids,
            NO_BAR where a symbol has none.
        actions: shape (n_times, n_symbols, 2): new units for an old one (1.0) and quote currency per old unit (0.0) at
            bars that go ex.
        decided: shape (n_times,): False where nobody decides at the bar's close.
        finer: shape (n_finer, 2): high and low of bars of finer timeframes, those of one symbol's bar together.
        finer_rows: shape (n_times, n_symbols, 2): first and last (excluded) row of a bar's finer ones; equal where
            there are none.
        tails: shape (n_times, n_symbols, 4), as of each row: value at risk of one day of a unit of value held long, and
            short, fractions, NaN while they are not known; share of its size that an entry gets in this market, 0..1;
            part of every position in the symbol that is to be sold at the row's decision, 0..1.
        links: shape (n_links, n_symbols, n_symbols): correlations of daily returns; link_rows, shape (n_times,): which
            one is known in a row.
        events: shape (n_times, 4): what came to the account from outside before a row's decision: 1.0 where a person
            released every stop; Level and Breaker codes of a stop from outside; deposit or (negative) withdrawal.
    """

    ts: IntArray
    prices: FloatArray
    figures: FloatArray
    codes: IntArray
    actions: FloatArray
    decided: BoolArray
    finer: FloatArray
    finer_rows: IntArray
    tails: FloatArray
    links: FloatArray
    link_rows: IntArray
    events: FloatArray

    @property
    def open(self) -> FloatArray:
        """Opens, shape (n_times, n_symbols)."""
        return self.prices[:, :, OPEN]

    @property
    def close(self) -> FloatArray:
        """Closes, shape (n_times, n_symbols)."""
        return self.prices[:, :, CLOSE]

    @property
    def edge(self) -> FloatArray:
        """Blended edges, basis points, shape (n_times, n_symbols)."""
        return self.figures[:, :, EDGE]

    @property
    def regime(self) -> IntArray:
        """Regime codes, shape (n_times, n_symbols)."""
        return self.codes[:, :, REGIME]

    @property
    def gate(self) -> IntArray:
        """Gates, shape (n_times, n_symbols)."""
        return self.codes[:, :, GATE]


def empty_panel(ts: IntArray, symbols: int, finer: FloatArray) -> Panel:
    """A panel in which no symbol has a bar yet, to be written; nothing is at risk in it, and all moves together."""
    shape = (ts.size, symbols)
    codes = np.empty((*shape, len(CODES)), np.int64)
    codes[:, :, REGIME], codes[:, :, GATE] = int(Regime.RANGING), int(Reason.REFUSED_NO_BAR)
    actions = np.empty((*shape, len(ACTIONS)))
    actions[:, :, SPLIT], actions[:, :, DIVIDEND] = 1.0, 0.0
    tails = np.zeros((*shape, len(TAILS)))
    tails[:, :, SCALE] = 1.0
    return Panel(
        ts=ts,
        prices=np.full((*shape, len(PRICES)), np.nan),
        figures=np.full((*shape, len(FIGURES)), np.nan),
        codes=codes,
        actions=actions,
        decided=np.ones(ts.size, np.bool_),
        finer=finer,
        finer_rows=np.zeros((*shape, 2), np.int64),
        tails=tails,
        links=np.ones((1, symbols, symbols)),
        link_rows=np.zeros(ts.size, np.int64),
        events=np.zeros((ts.size, len(EVENTS))),
    )
