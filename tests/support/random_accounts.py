"""Rules, venues and profiles at random, at figures that the random panels reach."""

import numpy as np

from models.meta import Controller
from models.risk import RiskProfile
from models.specialists import OFF, Rules, plain_rules
from models.types import Instrument

PLAIN = plain_rules(0.0, 1.0, 1.0, OFF, OFF)


def random_rules(rng: np.random.Generator) -> Rules:
    """Any rule on or off, at figures that a random panel reaches."""
    maybe = lambda low, high, share=0.5: float(rng.uniform(low, high)) if rng.random() < share else OFF  # noqa: E731
    return PLAIN._replace(
        entry_multiple=float(rng.choice([0.0, 0.5, 1.0])),
        exit_edge=float(rng.choice([-np.inf, -50.0, 0.0, 5.0])),
        size=float(rng.uniform(0.05, 2.0)),
        share=float(rng.choice([0.0, 0.5, 1.0, 1.0, 1.0])),
        shorts=float(rng.random() < 0.6),
        limit_offset=0.0 if rng.random() < 0.6 else float(rng.uniform(0.0005, 0.01)),
        stop_loss=maybe(0.005, 0.08),
        stop_atr=maybe(0.5, 4.0),
        range_stop=maybe(0.0, 0.02, 0.3),
        take_profit=maybe(0.005, 0.08),
        take_ratio=maybe(0.5, 3.0, 0.3),
        range_target=maybe(0.3, 1.0, 0.2),
        trail=maybe(0.005, 0.06, 0.4),
        trail_atr=maybe(0.5, 4.0, 0.4),
        partial_at=maybe(0.002, 0.04, 0.6),
        partial_share=float(rng.choice([0.0, 0.3, 0.5, 1.0])),
        max_bars=maybe(1.0, 20.0),
        max_entries=float(rng.choice([0.0, 1.0, 2.0, OFF, OFF])),
    )


def random_specialist(rng: np.random.Generator) -> Rules:
    """Rules with everything that a specialist adds to them; now and then a weight in their place."""
    maybe = lambda low, high, off, share=0.3: float(rng.uniform(low, high)) if rng.random() < share else off  # noqa: E731
    return random_rules(rng)._replace(
        sentiment_weight=maybe(0.0, 1.0, 0.0),
        momentum_weight=maybe(0.0, 1.0, 0.0),
        oscillator_weight=maybe(0.0, 1.0, 0.0),
        least_volatility=maybe(0.3, 1.2, 0.0, 0.2),
        least_trend=maybe(5.0, 30.0, 0.0, 0.2),
        pullback=float(rng.random() < 0.15),
        most_width=maybe(0.8, 2.0, OFF, 0.2),
        near_edge=maybe(0.0, 0.03, OFF, 0.15),
        max_exposure=maybe(0.05, 1.0, OFF, 0.5),
        least_cash=maybe(0.0, 0.8, 0.0),
        leaves=float(rng.random() < 0.3),
        takes_over=float(rng.random() < 0.5),
        weight=maybe(-0.1, 1.2, OFF, 0.15),
        band=float(rng.choice([0.0, 0.02, 0.3])),
    )


def random_controller(rng: np.random.Generator) -> Controller:
    """Mostly one that benches soon and brings back soon."""
    underperformance = float(rng.choice([0.0, 0.005, 0.02, 0.1]))
    return Controller(
        adaptive=float(rng.random() < 0.7),
        underperformance=underperformance,
        recovery=underperformance * float(rng.choice([0.0, 0.5, 1.0])),
        prior_trades=float(rng.choice([0.0, 3.0, 20.0])),
        memory_days=float(rng.choice([1.0, 5.0, 30.0, OFF])),
        crowded_at=float(rng.choice([0.1, 0.5, OFF])),
        crowded_share=float(rng.choice([0.0, 0.5, 1.0])),
    )


def random_instrument(rng: np.random.Generator) -> Instrument:
    """A cash or a margin account's venue."""
    margin = float(rng.choice([1.0, 1.0, 0.5, 0.1, 0.02]))
    lends = float(rng.random() < 0.5)
    return Instrument(
        tick=float(rng.choice([0.01, 0.05, 0.25, 1.0])),
        lot=float(rng.choice([1e-5, 0.001, 0.1, 1.0, 10.0])),
        min_notional=float(rng.choice([0.0, 5.0, 300.0])),
        taker_fee=float(rng.choice([0.0, 0.0005, 0.001, 0.01])),
        maker_fee=float(rng.choice([0.0, 0.0002, 0.001])),
        half_spread=float(rng.choice([0.0, 0.0002, 0.002])),
        impact=float(rng.choice([0.0, 0.01, 0.1])),
        volume_share=float(rng.choice([1.0, 0.2, 0.01])),
        through=float(rng.choice([0.0, 1.0, 3.0])),
        fee_in_base=float(lends == 0.0 and rng.random() < 0.4),
        margin=margin,
        maintenance=0.0 if margin == 1.0 else margin * float(rng.uniform(0.1, 0.6)),
        liquidation_fee=float(rng.choice([0.0, 0.01])),
        shorts=lends,
        long_carry=float(rng.choice([0.0, 0.0, 0.001, -0.0005])),
        short_carry=float(rng.choice([0.0, 0.0, 0.001, -0.0005])),
        class_limit=float(rng.uniform(0.2, 3.0)),
        least_size=float(rng.choice([0.0, 0.0, 0.0, 0.05])),
    )


def random_profile(rng: np.random.Generator) -> RiskProfile:
    """Any limit the tightest."""
    return RiskProfile(
        max_portfolio_risk=float(rng.uniform(0.005, 0.6)),
        max_position_risk=float(rng.uniform(0.002, 0.3)),
        max_position=float(rng.uniform(0.05, 3.0)),
        max_leverage=float(rng.uniform(0.3, 5.0)),
        max_drawdown=float(rng.choice([0.05, 0.2, 0.9])),
        kelly_fraction=float(rng.uniform(0.05, 1.0)),
        pause_days=float(rng.integers(0, 5)),
        horizon=float(rng.integers(1, 12)),
    )
