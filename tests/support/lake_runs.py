"""The backtest of the configured book over a stretch of the lake, by the engine alone."""

from models.engine import Run, align, first_state, run_backtest
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import inputs_of
from tasks.session.market import market_view
from tasks.session.modelling import predictions_of, usable_card


def lake_run(desk: Desk, first: int, last: int) -> Run:
    """Every bar from the one that opened at `first` to the one at `last` (UTC microseconds) is decided on."""
    book = configured_book(desk)
    inputs = []
    for series in book.series:
        view = market_view(desk, series)
        edges = Edges.none(len(view.bars))
        if series in book.models:
            edges = edges_of(desk, view, predictions_of(desk, view, usable_card(desk, series)))
        whole = inputs_of(desk, view, edges.edge_bps, book)
        inputs.append(whole.rows((whole.ts >= first) & (whole.ts <= last)))
    return run_backtest(align(tuple(inputs)), book.parameters, first_state(book.parameters.systems))
