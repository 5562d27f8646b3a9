"""The book: what fills do to cash and positions, and what came of it."""

from models.portfolio.attribution import KEYS, Attribution, by_key
from models.portfolio.benchmarks import Benchmark, cash, hold
from models.portfolio.intervals import Interval, Intervals, intervals, yearly_excess
from models.portfolio.ledger import apply_fill, carry_cost, split_shares
from models.portfolio.metrics import Metrics, measure
from models.portfolio.plausibility import Doubt, doubts
from models.portfolio.position import Account, Position, flat, with_order
from models.portfolio.returns import bar_returns
from models.portfolio.round_trips import RoundTrip, round_trips
from models.portfolio.trades import Trade

__all__ = [
    "KEYS",
    "Account",
    "Attribution",
    "Benchmark",
    "Doubt",
    "Interval",
    "Intervals",
    "Metrics",
    "Position",
    "RoundTrip",
    "Trade",
    "apply_fill",
    "bar_returns",
    "by_key",
    "carry_cost",
    "cash",
    "doubts",
    "flat",
    "hold",
    "intervals",
    "measure",
    "round_trips",
    "split_shares",
    "with_order",
    "yearly_excess",
]
