"""The backtest of the configured book over a stretch of the lake, by the engine alone."""

from models.engine import Run, first_state, run_backtest
from tasks.session.backtesting.running import sound_words
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import book_inputs
from tasks.session.market import market_view


def lake_run(desk: Desk, first: int, last: int) -> Run:
    """Every bar from the one that opened at `first` to the one at `last` (UTC microseconds) is decided on."""
    book = configured_book(desk)
    views = [market_view(desk, series) for series in book.series]
    edges = [Edges.none(len(view.bars)) for view in views]
    for k, view in enumerate(views[: book.traded]):
        edges[k] = edges_of(desk, view, sound_words(desk, view))
    panel = book_inputs(desk, book, views, edges).panel(lambda one: (one.ts >= first) & (one.ts <= last))
    return run_backtest(panel, book.parameters, first_state(book.parameters.systems))
