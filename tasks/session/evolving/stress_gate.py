"""What a candidate may lose in the worst scenario: the figure of the gate `stress`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from conf.scenarios import load_scenarios
from models.engine import Parameters, State, parameters_of
from models.portfolio import Position
from models.regime import RegimeHistory, regime_history
from models.scenarios import Scenario
from models.specialists.rules import Rules
from models.stress.books import CALM, fullest
from models.types import BadInput, Regime
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.inputs import book_inputs
from tasks.session.market import MarketView, market_view
from tasks.session.shadowing.placing import with_genome
from tasks.session.stressing.books import Subject
from tasks.session.stressing.outcomes import outcome_of
from tasks.session.stressing.panels import StressMarket, stress_market
from tasks.session.stressing.report import FULL
from tasks.session.stressing.running import names_of

# What a position says of the regime that it was bought in.
REGIMES = [Position._fields.index(name) for name in ("regime", "owner", "charge", "mandate")]


def worst_loss(desk: Desk, specialist: Regime, genome: Path) -> float | None:
    """The deepest fall of the account below its highest mark in any scenario of conf/stress.yaml, fraction of that
    mark, where `specialist` trades by the genome of that file and the other specialists as configured.

    The account is the fullest that the limits of the profile in force let it buy in a market of the specialist's own
    regime, by the desk's clock: whatever this genome leads to holds no more. What is held now was bought by others and
    says nothing about it. What follows is as in `keel stress`: the step with all its stops, in the regimes that the
    detector finds. It is counted in the account's own money: what that loses of its worth itself, as a stablecoin may,
    it loses in cash too, whatever the genome. A scenario of which the lake has neither candles nor a proxy's is left
    out; None where that is every one of them.

    Raises:
        BadInput: a file cannot be used, or a series of the book has no bar that had closed by then.
        Damaged: stored data or the genome does not match its checksum.
    """
    own = with_genome(desk, specialist, genome)
    book = configured_book(own, timed=True)
    file = load_scenarios(names_of(own, book), None)
    views = tuple(market_view(own, one, known_by=own.clock.now()) for one in book.series)
    market = stress_market(own, book, views, file.betas)
    regimes = tuple(regime_history(view.inputs, book.regimes) for view in views[: book.traded])
    subject = Subject(
        book=FULL,
        profile=own.loaded.settings.trading.profile,
        in_force=True,
        parameters=book.parameters,
        state=_fullest(own, book, specialist, views, regimes),
        limit=book.parameters.house.max_drawdown,
    )
    falls = [_fall(market, subject, one) for one in file.scenarios]
    return max((one for one in falls if one is not None), default=None)


def _fall(market: StressMarket, subject: Subject, scenario: Scenario) -> float | None:
    """Of the account in the scenario, 0.0 where nothing of it concerns the book; None where it cannot be lived."""
    if not market.touches(scenario):
        return 0.0
    try:
        return outcome_of(subject, replace(market.stressed(scenario), worth=None)).drawdown
    except BadInput:
        return None


def _fullest(
    desk: Desk, book: Book, specialist: Regime, views: Sequence[MarketView], regimes: Sequence[RegimeHistory]
) -> State:
    """The account that was filled in the specialist's regime, and is led by it."""
    inputs = book_inputs(desk, book, views, [Edges.none(len(view.bars)) for view in views], regimes)
    newest = inputs.panel(lambda one: np.arange(one.ts.size) == one.ts.size - 1)
    state = fullest(newest, _calm_in(book.parameters, specialist))
    state.book[:, REGIMES] = float(specialist)
    return state


def _calm_in(parameters: Parameters, regime: Regime) -> Parameters:
    """The same systems where CALM, in which the fullest book is bought, is ruled as that regime is."""
    systems = tuple(
        replace(one, slots=tuple(replace(slot, rules=_ruled_as(slot.rules, regime)) for slot in one.slots))
        for one in parameters.systems
    )
    return parameters_of(systems, parameters.house)


def _ruled_as(rules: tuple[Rules, ...], regime: Regime) -> tuple[Rules, ...]:
    return tuple(rules[regime] if code == CALM else one for code, one in enumerate(rules))
