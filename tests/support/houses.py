"""Limits of an account, at random: some bind, some never do."""

import math

import numpy as np
from hypothesis import strategies as st

from models.risk import House, no_house

OFF = math.inf
NONE = no_house()

houses = st.one_of(
    st.just(NONE),
    st.builds(
        House,
        entries_drawdown=st.sampled_from([0.005, 0.02, 0.05, OFF]),
        max_drawdown=st.sampled_from([0.01, 0.06, 0.2, OFF]),
        daily_loss=st.sampled_from([0.002, 0.02, 0.3, OFF]),
        weekly_loss=st.sampled_from([0.004, 0.04, 0.3, OFF]),
        max_var=st.sampled_from([0.001, 0.01, 0.05, OFF]),
        halt_var=st.sampled_from([0.0015, 0.012, 0.05, OFF]),
        pause_days=st.sampled_from([0.0, 1.0, 2.5]),
        reduce_days=st.sampled_from([0.0, 1.0, 3.0]),
        flatten_days=st.sampled_from([0.0, 2.0, 7.0]),
        max_positions=st.sampled_from([0.0, 1.0, 2.0, OFF]),
        max_trades=st.sampled_from([0.0, 1.0, 3.0, OFF]),
        max_capital=st.sampled_from([500.0, 3_000.0, OFF]),
        delever_floor=st.sampled_from([0.0, 0.25, 1.0]),
        delever_band=st.sampled_from([0.0, 0.1]),
    ),
)


def random_house(rng: np.random.Generator) -> House:
    """Thresholds near each other, so that every level of the ladder is reached in turn; no round ones, at which the
    last bits of a sum would decide.
    """
    max_var = float(rng.choice([0.0103, 0.0307, 0.101]))
    return House(
        entries_drawdown=float(rng.choice([0.0101, 0.0503])),
        max_drawdown=float(rng.choice([0.0307, 0.1003, 0.303])),
        daily_loss=float(rng.choice([0.00502, 0.0203, 0.1007])),
        weekly_loss=float(rng.choice([0.0202, 0.0507, 0.2003])),
        max_var=max_var,
        halt_var=max_var * float(rng.choice([0.9, 1.1, 2.0])),
        pause_days=float(rng.choice([0.0, 1.0, 1.0, 3.0, 3.0])),
        reduce_days=float(rng.choice([0.0, 1.0, 1.0, 2.0, 2.0])),
        flatten_days=float(rng.choice([0.0, 2.0, 2.0, 5.0, 5.0])),
        max_positions=float(rng.choice([1.0, 3.0, 20.0])),
        max_trades=float(rng.choice([1.0, 4.0, 50.0])),
        max_capital=float(rng.choice([2_000.0, 1e9])),
        delever_floor=0.25,
        delever_band=0.1,
    )
