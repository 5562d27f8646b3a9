"""Profile, specialists and venue rules as arrays: data to the step, not branches in it."""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.risk import RiskProfile
from models.specialists import Rules
from models.types import FloatArray, Instrument, Regime


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """`profile` of shape (9,), `rules` of shape (n_regimes, 18), `instruments` of shape (n_symbols, 17), float64: the
    fields of RiskProfile, Rules and Instrument. The rules of a regime's row are its specialist's.
    """

    profile: FloatArray
    rules: FloatArray
    instruments: FloatArray


def parameters_of(profile: RiskProfile, rules: tuple[Rules, ...], instruments: tuple[Instrument, ...]) -> Parameters:
    """Pack; `rules` has one row for each Regime, in the order of their codes.

    Raises:
        ValueError: there is not one row for each regime.
    """
    if len(rules) != len(Regime):
        raise ValueError(f"{len(rules)} rows of rules for {len(Regime)} regimes; give one for each")
    return Parameters(*(np.array(rows, dtype=np.float64) for rows in (profile, rules, instruments)))


@compiled
def profile_of(array: FloatArray) -> RiskProfile:
    """The profile as a value."""
    return RiskProfile(
        max_portfolio_risk=array[0],
        max_position_risk=array[1],
        max_position=array[2],
        max_leverage=array[3],
        max_drawdown=array[4],
        daily_loss=array[5],
        kelly_fraction=array[6],
        pause_days=array[7],
        horizon=array[8],
    )


@compiled
def rules_at(rules: FloatArray, row: int) -> Rules:
    """Row of the rules as a value."""
    return Rules(
        entry_multiple=rules[row, 0],
        exit_edge=rules[row, 1],
        size=rules[row, 2],
        share=rules[row, 3],
        shorts=rules[row, 4],
        limit_offset=rules[row, 5],
        stop_loss=rules[row, 6],
        stop_atr=rules[row, 7],
        range_stop=rules[row, 8],
        take_profit=rules[row, 9],
        take_ratio=rules[row, 10],
        range_target=rules[row, 11],
        trail=rules[row, 12],
        trail_atr=rules[row, 13],
        partial_at=rules[row, 14],
        partial_share=rules[row, 15],
        max_bars=rules[row, 16],
        max_entries=rules[row, 17],
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
    )
