"""The plain case: one system whose slots have the same rules, the regime alone decides, and no haven."""

from models.engine import Parameters, Slot, State, System, first_state, parameters_of
from models.meta import Controller, plain_controller
from models.risk import House, RiskProfile, no_house
from models.specialists import Rules
from models.types import Instrument


def single(
    profile: RiskProfile,
    rules: tuple[Rules, ...],
    instruments: tuple[Instrument, ...],
    capital: float,
    symbols: tuple[str, ...] | None = None,
    controller: Controller | None = None,
) -> tuple[System, ...]:
    """`rules` has one row for each regime; symbols are AAA, BBB and so on unless given."""
    names = symbols or tuple(letter * 3 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(instruments)])
    slots = tuple(
        Slot(name, column, column, False, instrument, rules)
        for column, (name, instrument) in enumerate(zip(names, instruments, strict=True))
    )
    return (System("swing", capital, profile, controller or plain_controller(), slots),)


def parameters_for(
    profile: RiskProfile,
    rules: tuple[Rules, ...],
    instruments: tuple[Instrument, ...],
    capital: float = 10_000.0,
    house: House | None = None,
) -> Parameters:
    """Parameters of the plain case."""
    return parameters_of(single(profile, rules, instruments, capital), house or no_house())


def packed(
    profile: RiskProfile,
    rules: tuple[Rules, ...],
    instruments: tuple[Instrument, ...],
    capital: float,
    house: House | None = None,
) -> tuple[Parameters, State]:
    """Parameters and first state of the plain case."""
    systems = single(profile, rules, instruments, capital)
    return parameters_of(systems, house or no_house()), first_state(systems)
