"""Which books are stressed: what the account holds now, and for each profile the fullest that it allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.journal import Journal
from models.engine import Parameters, State
from models.engine.marking import book_flow
from models.engine.parameters import COLUMN
from models.engine.state import LAST, QUANTITY
from models.regime import RegimeHistory
from models.risk import Ladder, flowed
from models.stress import equity_of, fullest
from models.types import FloatArray
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.inputs import book_inputs
from tasks.session.market import MarketView
from tasks.session.riskdesk.holding import Held, hold
from tasks.session.riskdesk.marking import standing
from tasks.session.stressing.report import FULL, HELD, Holding

DAY = Ladder._fields.index("day")


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A book under the limits of one profile, whose stops end by themselves after a time.

    Attributes:
        book: HELD or FULL.
        in_force: whether the profile is the one that is traded by.
        limit: the drawdown at which its stop sells everything.
    """

    book: str
    profile: str
    in_force: bool
    parameters: Parameters
    state: State
    limit: float


def with_profile(desk: Desk, profile: str) -> Desk:
    """The same desk where `profile` is traded by."""
    settings = desk.loaded.settings
    trading = settings.trading.model_copy(update={"profile": profile})
    return replace(desk, loaded=replace(desk.loaded, settings=settings.model_copy(update={"trading": trading})))


def subjects_of(
    desk: Desk, held: State | None, views: Sequence[MarketView], regimes: Sequence[RegimeHistory]
) -> tuple[Subject, ...]:
    """The held book under every profile, if there is one, then the fullest book of each."""
    own_book: list[Subject] = []
    full_books: list[Subject] = []
    for profile in desk.loaded.settings.risk.profiles:
        own = with_profile(desk, profile)
        book = configured_book(own, timed=True)
        full = _fullest(own, book, views, regimes)
        in_force = profile == desk.loaded.settings.trading.profile
        limit = book.parameters.house.max_drawdown
        if held is not None:
            own_book.append(Subject(HELD, profile, in_force, book.parameters, held, limit))
        full_books.append(Subject(FULL, profile, in_force, book.parameters, full, limit))
    return (*own_book, *full_books)


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """The account as the next decision finds it: its `state`, None where there is none to be stressed, and `why_not`;
    what it is worth, quote currency.
    """

    state: State | None
    why_not: str
    equity: float


def present_of_account(desk: Desk, journal: Journal | None, book: Book) -> Present:
    """The account of the configured book after the newest bars, with everything that waits for it.

    Raises:
        Refused, Damaged: see `hold`.
    """
    if journal is None or journal.last_decision(book.name) is None:
        return Present(None, "the book has not decided yet: it holds nothing", book.capital)
    state = after_waiting(hold(desk, journal))
    equity = equity_of(state)
    if not equity > 0.0:
        why_not = f"the account is worth {equity:,.2f}: there is nothing that a scenario could take"
        return Present(None, why_not, equity)
    return Present(state, "", equity)


def after_waiting(held: Held) -> State:
    """The book's state as the next decision finds it: with deposits, withdrawals, releases and stops that wait."""
    state, parameters = held.state.copy(), held.book.parameters
    flow = math.fsum(one.amount for one in held.waiting)
    if flow != 0.0:
        before = float(book_flow(flow, parameters.firsts, state.accounts, state.book))
        state = replace(state, ladder=np.array(flowed(Ladder(*state.ladder.tolist()), before, flow)))
    now = standing(replace(held, state=state), equity_of(state), float(state.ladder[DAY]), parameters.house)
    return replace(state, ladder=np.array(now))


def holdings_of(book: Book, state: State | None) -> tuple[Holding, ...]:
    """What is held, the largest first."""
    if state is None:
        return ()
    rows = [(row, state.position(k)) for k, row in enumerate(book.rows)]
    held = [
        Holding(system, symbol, one.quantity, one.quantity * one.last)
        for (system, symbol), one in rows
        if one.quantity != 0.0
    ]
    return tuple(sorted(held, key=lambda one: -abs(one.value)))


def weights_of(subject: Subject, symbols: int) -> FloatArray:
    """Signed value of what is held by column of the panel, fraction of equity, shape (n_symbols,)."""
    book = subject.state.book
    weights: FloatArray = np.zeros(symbols)
    np.add.at(weights, subject.parameters.slots[:, COLUMN], book[:, QUANTITY] * book[:, LAST])
    return weights / equity_of(subject.state)


def _fullest(desk: Desk, book: Book, views: Sequence[MarketView], regimes: Sequence[RegimeHistory]) -> State:
    inputs = book_inputs(desk, book, views, [Edges.none(len(view.bars)) for view in views], regimes)
    newest = inputs.panel(lambda one: np.arange(one.ts.size) == one.ts.size - 1)
    return fullest(newest, book.parameters)
