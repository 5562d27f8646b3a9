"""The trading systems of an account as arrays: data to the step, not branches in it."""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.meta import Controller
from models.risk import House, RiskProfile
from models.specialists import Rules
from models.types import FloatArray, Instrument, IntArray, Regime

# Columns of Parameters.slots.
COLUMN, GUIDE, HAVEN = range(3)
# Column of the rules that is read by itself.
SHARE = Rules._fields.index("share")


@dataclass(frozen=True, slots=True)
class Slot:
    """A symbol as one system trades it: a row of the book.

    Attributes:
        column: of the panel: the symbol's bars.
        guide: column of the panel whose regime it follows; a haven's is that of what it is a haven from.
        haven: whether it counts as no risk in what specialists allow.
        rules: one row for each Regime, in the order of their codes: its specialist's.
    """

    symbol: str
    column: int
    guide: int
    haven: bool
    instrument: Instrument
    rules: tuple[Rules, ...]


@dataclass(frozen=True, slots=True)
class System:
    """One trading system of the account: its own capital, limits, controller and slots."""

    name: str
    capital: float
    profile: RiskProfile
    controller: Controller
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Everything that is set before a fold.

    Attributes:
        systems: the same as values.
        house: limits of the whole account.
        profiles, controllers: shape (n_systems, 8) and (n_systems, 7): the fields of RiskProfile and Controller.
        firsts: shape (n_systems + 1,): first row of each system, and the number of rows.
        rules: shape (n_rows, n_regimes, 32), fields of Rules.
        instruments: shape (n_rows, 18), fields of Instrument.
        slots: shape (n_rows, 3): column, guide and whether it is a haven.
    """

    systems: tuple[System, ...]
    house: House
    profiles: FloatArray
    controllers: FloatArray
    firsts: IntArray
    rules: FloatArray
    instruments: FloatArray
    slots: IntArray

    @property
    def rows(self) -> list[tuple[System, Slot]]:
        """The rows of the book in their order."""
        return [(system, slot) for system in self.systems for slot in system.slots]


def parameters_of(systems: tuple[System, ...], house: House) -> Parameters:
    """Pack.

    Raises:
        ValueError: a slot has not one row of rules for each regime, or a system no slot.
    """
    slots = [slot for system in systems for slot in system.slots]
    wrong = [slot.symbol for slot in slots if len(slot.rules) != len(Regime)]
    if wrong:
        raise ValueError(f"rules of {', '.join(wrong)}: give one row for each of the {len(Regime)} regimes")
    if not systems or not all(system.slots for system in systems):
        raise ValueError("a system without slots trades nothing; leave it out, and give one at least")
    counts = [len(system.slots) for system in systems]
    return Parameters(
        systems=systems,
        house=House(*(float(one) for one in house)),
        profiles=np.array([system.profile for system in systems], np.float64),
        controllers=np.array([system.controller for system in systems], np.float64),
        firsts=np.cumsum([0, *counts]).astype(np.int64),
        rules=np.array([slot.rules for slot in slots], np.float64),
        instruments=np.array([slot.instrument for slot in slots], np.float64),
        slots=np.array([(slot.column, slot.guide, slot.haven) for slot in slots], np.int64),
    )


@compiled
def controller_at(array: FloatArray, row: int) -> Controller:
    """Row of the controllers as a value."""
    return Controller(
        adaptive=array[row, 0],
        underperformance=array[row, 1],
        recovery=array[row, 2],
        prior_trades=array[row, 3],
        memory_days=array[row, 4],
        crowded_at=array[row, 5],
        crowded_share=array[row, 6],
    )


@compiled
def profile_at(array: FloatArray, row: int) -> RiskProfile:
    """Row of the profiles as a value."""
    return RiskProfile(
        max_portfolio_risk=array[row, 0],
        max_position_risk=array[row, 1],
        max_position=array[row, 2],
        max_leverage=array[row, 3],
        max_drawdown=array[row, 4],
        kelly_fraction=array[row, 5],
        pause_days=array[row, 6],
        horizon=array[row, 7],
    )


@compiled
def rules_at(rules: FloatArray, row: int, specialist: int) -> Rules:
    """The rules of a row's specialist as a value."""
    return Rules(
        entry_multiple=rules[row, specialist, 0],
        exit_edge=rules[row, specialist, 1],
        size=rules[row, specialist, 2],
        share=rules[row, specialist, 3],
        shorts=rules[row, specialist, 4],
        limit_offset=rules[row, specialist, 5],
        stop_loss=rules[row, specialist, 6],
        stop_atr=rules[row, specialist, 7],
        range_stop=rules[row, specialist, 8],
        take_profit=rules[row, specialist, 9],
        take_ratio=rules[row, specialist, 10],
        range_target=rules[row, specialist, 11],
        trail=rules[row, specialist, 12],
        trail_atr=rules[row, specialist, 13],
        partial_at=rules[row, specialist, 14],
        partial_share=rules[row, specialist, 15],
        max_bars=rules[row, specialist, 16],
        max_entries=rules[row, specialist, 17],
        sentiment_weight=rules[row, specialist, 18],
        momentum_weight=rules[row, specialist, 19],
        oscillator_weight=rules[row, specialist, 20],
        least_volatility=rules[row, specialist, 21],
        least_trend=rules[row, specialist, 22],
        pullback=rules[row, specialist, 23],
        most_width=rules[row, specialist, 24],
        near_edge=rules[row, specialist, 25],
        max_exposure=rules[row, specialist, 26],
        least_cash=rules[row, specialist, 27],
        leaves=rules[row, specialist, 28],
        takes_over=rules[row, specialist, 29],
        weight=rules[row, specialist, 30],
        band=rules[row, specialist, 31],
    )


@compiled
def genome_at(genomes: FloatArray, row: int) -> Rules:
    """Row of a matrix of genomes as a value."""
    return Rules(
        entry_multiple=genomes[row, 0],
        exit_edge=genomes[row, 1],
        size=genomes[row, 2],
        share=genomes[row, 3],
        shorts=genomes[row, 4],
        limit_offset=genomes[row, 5],
        stop_loss=genomes[row, 6],
        stop_atr=genomes[row, 7],
        range_stop=genomes[row, 8],
        take_profit=genomes[row, 9],
        take_ratio=genomes[row, 10],
        range_target=genomes[row, 11],
        trail=genomes[row, 12],
        trail_atr=genomes[row, 13],
        partial_at=genomes[row, 14],
        partial_share=genomes[row, 15],
        max_bars=genomes[row, 16],
        max_entries=genomes[row, 17],
        sentiment_weight=genomes[row, 18],
        momentum_weight=genomes[row, 19],
        oscillator_weight=genomes[row, 20],
        least_volatility=genomes[row, 21],
        least_trend=genomes[row, 22],
        pullback=genomes[row, 23],
        most_width=genomes[row, 24],
        near_edge=genomes[row, 25],
        max_exposure=genomes[row, 26],
        least_cash=genomes[row, 27],
        leaves=genomes[row, 28],
        takes_over=genomes[row, 29],
        weight=genomes[row, 30],
        band=genomes[row, 31],
    )


@compiled
def instrument_at(instruments: FloatArray, row: int) -> Instrument:
    """Row of the instruments as a value."""
    return Instrument(
        tick=instruments[row, 0],
        lot=instruments[row, 1],
        min_notional=instruments[row, 2],
        taker_fee=instruments[row, 3],
        maker_fee=instruments[row, 4],
        half_spread=instruments[row, 5],
        impact=instruments[row, 6],
        volume_share=instruments[row, 7],
        through=instruments[row, 8],
        fee_in_base=instruments[row, 9],
        margin=instruments[row, 10],
        maintenance=instruments[row, 11],
        liquidation_fee=instruments[row, 12],
        shorts=instruments[row, 13],
        long_carry=instruments[row, 14],
        short_carry=instruments[row, 15],
        class_limit=instruments[row, 16],
        least_size=instruments[row, 17],
    )
