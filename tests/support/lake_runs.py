"""The backtest of the configured book over a stretch of the lake, by the engine alone."""

from models.engine import Run, first_state, run_backtest
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import book_inputs
from tasks.session.market import market_view
from tasks.session.modelling import predictions_of, usable_card


def lake_run(desk: Desk, first: int, last: int) -> Run:
    """Every bar from the one that opened at `first` to the one at `last` (UTC microseconds) is decided on."""
    book = configured_book(desk)
    views = [market_view(desk, series) for series in book.series]
    edges = [Edges.none(len(view.bars)).edge_bps for view in views]
    for k, (series, view) in enumerate(zip(book.models, views[: book.traded], strict=True)):
        edges[k] = edges_of(desk, view, predictions_of(desk, view, usable_card(desk, series))).edge_bps
    panel = book_inputs(desk, book, views, edges).panel(lambda one: (one.ts >= first) & (one.ts <= last))
    return run_backtest(panel, book.parameters, first_state(book.parameters.systems))
