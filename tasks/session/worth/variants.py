"""The short-term system alone, and what stands against its controller: other ways to choose the same specialists."""

from dataclasses import replace

import numpy as np

from models.engine import Panel, System, parameters_of
from models.engine.panel import REGIME
from models.types import BadInput, Reason, Regime
from tasks.session.book import SWING, Book
from tasks.session.worth.shuffling import shuffled

NO_BAR = int(Reason.REFUSED_NO_BAR)


def short_term(book: Book) -> Book:
    """The book with nothing but its short-term system and that one's capital.

    Raises:
        BadInput: it has none.
    """
    for one in book.parameters.systems:
        if one.name == SWING:
            return _of(book, one)
    raise BadInput(
        "the short-term system has no share of the capital, so its split is worth nothing: set systems.swing.share"
    )


def chosen_by(book: Book, adaptive: bool) -> Book:
    """The short-term book with the regime alone in charge, or the adaptive controller."""
    (system,) = book.parameters.systems
    return _of(book, replace(system, controller=system.controller._replace(adaptive=float(adaptive))))


def alone(book: Book, specialist: Regime) -> Book:
    """The short-term book with one specialist in all regimes.

    Its rules stand in every regime's row with that row's share, so that the position manager goes on halving what is
    entered in volatile times; and since nobody follows it, it neither leaves at the end of a regime nor takes over.
    """
    (system,) = book.parameters.systems
    slots = tuple(
        slot
        if slot.haven
        else replace(
            slot,
            rules=tuple(
                slot.rules[specialist]._replace(share=own.share, leaves=0.0, takes_over=0.0) for own in slot.rules
            ),
        )
        for slot in system.slots
    )
    return _of(book, replace(system, slots=slots, controller=system.controller._replace(adaptive=0.0)))


def with_shuffled_regimes(panel: Panel, traded: int, generator: np.random.Generator) -> Panel:
    """The panel with the regimes of each traded symbol in a random order, on the bars that it has."""
    codes = panel.codes.copy()
    for column in range(traded):
        there = panel.gate[:, column] != NO_BAR
        codes[there, column, REGIME] = shuffled(panel.regime[there, column], generator)
    return panel._replace(codes=codes)


def _of(book: Book, system: System) -> Book:
    return replace(book, parameters=parameters_of((system,), book.parameters.house), capital=system.capital)
