"""Bars after now for a configured book, as one scenario has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from conf.scenarios import Proxy
from models.engine import Panel, Parameters
from models.scenarios import Scenario
from models.types import FloatArray
from tasks.session.book import Book
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True, eq=False)
class Stressed:
    """What a scenario does to a book.

    Attributes:
        panel: bars after now; its tails are those of the profile in force.
        tails: by profile, what `panel.tails` would be.
        worth: shape (n_times,): of a unit of the book's quote currency, 1.0 before the first row; None: always 1.0.
        spread: multiple of the half spread.
        funding: charged per day on what carries, fraction of its value.
        starts: open of the first row, UTC microseconds.
        mapped: what stands in for a symbol without candles of its own, "1.25 x binance BTC/USDT".
        shocked_rows: first rows of the stretch's own axis, before halted ones were taken out.
    """

    scenario: Scenario
    panel: Panel
    tails: Mapping[str, FloatArray]
    worth: FloatArray | None
    spread: float
    funding: float
    starts: int
    mapped: Mapping[str, str]
    shocked_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class StressMarket:
    """A book's present, to which scenarios are added."""

    desk: Desk
    book: Book

    def stressed(self, scenario: Scenario) -> Stressed:
        """The book's bars in the scenario."""
        raise NotImplementedError


def stress_market(desk: Desk, book: Book, betas: Mapping[str, tuple[Proxy, ...]]) -> StressMarket:
    """The present of the book as of the desk's clock."""
    raise NotImplementedError


def stressed_parameters(parameters: Parameters, stressed: Stressed) -> Parameters:
    """The book's parameters at the scenario's costs."""
    raise NotImplementedError
