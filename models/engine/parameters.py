"""A profile and the venue's rules as arrays: a specialist, a profile or a stage is data to the step, not a branch."""

from dataclasses import dataclass

import numpy as np

from models.risk import RiskProfile
from models.types import FloatArray, Instrument

# Columns of Parameters.profile.
(
    MAX_PORTFOLIO_RISK,
    MAX_POSITION_RISK,
    MAX_POSITION,
    MAX_LEVERAGE,
    MAX_DRAWDOWN,
    STOP_LOSS,
    TAKE_PROFIT,
    DAILY_LOSS,
    KELLY_FRACTION,
    PAUSE_DAYS,
    ENTRY_COST_MULTIPLE,
    SHARE_VOLATILE,
    SHARE_TRENDING,
    SHARE_RANGING,
    SHARE_CRISIS,
    HORIZON,
) = range(16)

# Columns of Parameters.instruments.
TICK, LOT, MIN_NOTIONAL, FEE_RATE, SLIPPAGE_RATE, CLASS_LIMIT = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """`profile` of shape (16,), `instruments` of shape (n_symbols, 6); columns as named in this module."""

    profile: FloatArray
    instruments: FloatArray


def parameters_of(profile: RiskProfile, instruments: tuple[Instrument, ...], horizon: int) -> Parameters:
    """Pack; `horizon` is the edge's, in bars."""
    figures = [getattr(profile, name) for name in RiskProfile.__slots__ if name != "regime_share"]
    rows = [[getattr(one, name) for name in Instrument.__slots__] for one in instruments]
    return Parameters(
        profile=np.array([*figures, *profile.regime_share, horizon], dtype=np.float64),
        instruments=np.array(rows, dtype=np.float64),
    )
