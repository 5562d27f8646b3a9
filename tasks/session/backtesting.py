"""A backtest of the configured book over the lake, out-of-sample beside in-sample."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from models.engine import Backtest, SymbolInputs, align, first_state, run_backtest, symbol_inputs
from models.portfolio import Metrics
from models.predictors import Predictions
from models.predictors.predictions import NO_FOLD
from models.types import BadInput, Regime, Series, bars_per_year, intents_sha256, iso
from tasks.ports import Tracker
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.gates import data_gate
from tasks.session.market import MarketView, market_view
from tasks.session.modelling import in_sample_predictions, predictions_of, train_series, usable_card


@dataclass(frozen=True, slots=True, eq=False)
class BacktestReport:
    """Two runs over the same bars: with predictions that had not seen them, and with the final model that had.

    Attributes:
        hold: total return of holding the symbols in equal parts over the same bars, without costs.
        index_source: where each symbol's volatility index came from.
    """

    book: Book
    run: Backtest
    out_of_sample: Metrics
    in_sample: Metrics
    hold: float
    models: dict[str, str]
    index_source: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        ts = self.run.panel.ts
        doubt = self.out_of_sample.doubt
        codes, counts = np.unique(self.run.panel.regime, return_counts=True)
        return {
            "symbols": list(self.book.symbols),
            "bars": ts.size,
            "first": iso(int(ts[0])),
            "last": iso(int(ts[-1])),
            "trades": self.out_of_sample.trades,
            "costs": self.out_of_sample.costs,
            "intents_sha256": intents_sha256(self.run.intents()),
            "out_of_sample": asdict(self.out_of_sample),
            "in_sample": asdict(self.in_sample),
            "hold_total_return": self.hold,
            "plausible": doubt is None,
            "doubt": doubt,
            "regimes": {Regime(int(c)).name.lower(): int(n) for c, n in zip(codes, counts, strict=True)},
            "index_source": self.index_source,
            "models": self.models,
        }


def backtest(
    desk: Desk, tracker: Tracker, start: int | None, end: int | None, report: Callable[[str], None]
) -> BacktestReport:
    """Run the configured book from `start` to `end` (UTC microseconds, both included).

    Without `start` it begins at the first bar that has an out-of-sample prediction. Where a symbol has no model of the
    present recipe, one is trained first.

    Raises:
        BadInput: a series is not in the lake, has too few bars, or the window holds fewer than two bars.
    """
    book = configured_book(desk)
    for series in book.series:
        if usable_card(desk, series) is None:
            report(f"{series}: no model of this configuration yet, training one first")
            train_series(desk, series, tracker, report)
    views = [market_view(desk, series) for series in book.series]
    honest = [predictions_of(desk, view, usable_card(desk, view.series)) for view in views]
    begin = _first_prediction(honest) if start is None else start
    runs = [_run(desk, book, views, predictions, begin, end) for predictions in (honest, _told(desk, views))]
    per_year = bars_per_year(desk.calendar(book.series[0]), book.series[0].timeframe)
    return BacktestReport(
        book=book,
        run=runs[0],
        out_of_sample=runs[0].metrics(per_year),
        in_sample=runs[1].metrics(per_year),
        hold=_hold(runs[0]),
        models={view.series.symbol: _version(desk, view.series) for view in views},
        index_source={view.series.symbol: view.index_source for view in views},
    )


def _run(
    desk: Desk, book: Book, views: list[MarketView], said: list[Predictions], start: int, end: int | None
) -> Backtest:
    inputs = [
        _window(_inputs(desk, view, predictions), start, end) for view, predictions in zip(views, said, strict=True)
    ]
    panel = align(tuple(inputs))
    if panel.ts.size < 2:
        until = "the end" if end is None else iso(end)
        raise BadInput(f"there are fewer than two bars between {iso(start)} and {until}; give a longer window")
    return run_backtest(book.symbols, panel, book.parameters, first_state(book.capital, len(book.series)))


def _inputs(desk: Desk, view: MarketView, predictions: Predictions) -> SymbolInputs:
    gate = data_gate(desk, view.series, view.bars)
    return symbol_inputs(view.bars, view.features, predictions, gate)


def _window(inputs: SymbolInputs, start: int, end: int | None) -> SymbolInputs:
    chosen = inputs.ts >= start
    if end is not None:
        chosen &= inputs.ts <= end
    return inputs.rows(chosen)


def _first_prediction(predictions: list[Predictions]) -> int:
    return min(int(one.ts[np.argmax(one.fold != NO_FOLD)]) for one in predictions)


def _told(desk: Desk, views: list[MarketView]) -> list[Predictions]:
    told = []
    for view in views:
        card = usable_card(desk, view.series)
        told.append(Predictions.none(view.bars.ts) if card is None else in_sample_predictions(desk, view, card))
    return told


def _version(desk: Desk, series: Series) -> str:
    card = usable_card(desk, series)
    return "" if card is None else card.version


def _hold(run: Backtest) -> float:
    returns = []
    for column in run.panel.close.T:
        known = column[np.isfinite(column)]
        returns.append(float(known[-1] / known[0] - 1.0))
    return float(np.mean(returns))
