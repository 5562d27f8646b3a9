"""What everything about one series is measured on."""

from dataclasses import dataclass

import numpy as np

from models.evidence.following import Costs, followed
from models.types import BadInput, FloatArray, IntArray, Series, bars_per_day, bars_per_year
from models.types.speakers import MODELS
from tasks.session.desk import Desk
from tasks.session.learning.sheet import Sheet, sheet_of
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.market import MarketView, market_view

SEED = 20_261_122
# Labels overlap by the horizon: blocks so many times as long leave four hundredths of the deviation out.
HORIZONS_A_BLOCK = 4


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One series, what its models see and said, and what trading it costs.

    Attributes:
        block: length of the blocks that intervals are drawn in, bars.
        per_year: bars of a year.
    """

    view: MarketView
    sheet: Sheet
    spoken: Spoken
    costs: Costs
    horizon: int
    block: int
    per_year: float

    @property
    def series(self) -> str:
        """Its name."""
        return str(self.view.series)

    @property
    def ts(self) -> IntArray:
        """Opens of the bars, UTC microseconds, shape (n_bars,)."""
        return self.view.bars.ts

    def follow(self, edge_bps: FloatArray, rows: slice) -> FloatArray:
        """What following the edges (n_bars,) does on the bars of `rows`, as of `followed`."""
        return followed(edge_bps[rows], np.ascontiguousarray(self.view.adjusted.open[rows]), self.horizon, self.costs)


def ground_of(desk: Desk, series: Series) -> Ground:
    """Of everything in the lake and all models that may speak.

    Raises:
        BadInput: no such series, or no model of it may speak.
        Damaged: stored data does not match its checksums.
    """
    view = market_view(desk, series)
    spoken = spoken_of(desk, view, MODELS, Manner.COMPLETE, untrusted=True)
    if spoken.first is None:
        why = "; ".join(spoken.troubles.values()) or "none was trained"
        raise BadInput(f"no model of {series} has said anything: {why}; run keel train --model all first")
    horizon = desk.loaded.settings.model.horizon
    return Ground(
        view=view,
        sheet=sheet_of(desk, view),
        spoken=spoken,
        costs=costs_of(desk, series),
        horizon=horizon,
        block=HORIZONS_A_BLOCK * horizon,
        per_year=bars_per_year(desk.calendar(series), series.timeframe),
    )


def costs_of(desk: Desk, series: Series) -> Costs:
    """Of trading one unit at the market: the venue's taker fee, half its spread, and what holding costs."""
    rules, day = desk.instrument(series), bars_per_day(desk.calendar(series), series.timeframe)
    return Costs(rules.taker_fee + rules.half_spread, rules.long_carry / day, rules.short_carry / day, rules.shorts)


def spoken_rows(known: np.ndarray) -> slice:
    """From the first row that is `known` (n_bars,) to the end; nothing where none is."""
    return slice(int(np.argmax(known)) if known.any() else known.size, known.size)
