"""The book: blending edges, applying fills, and what came of it."""

from models.portfolio.blend import blend, blend_bars
from models.portfolio.ledger import apply_fill, carry_cost, split_shares
from models.portfolio.metrics import Metrics, measure
from models.portfolio.position import Account, Position, flat
from models.portfolio.trades import Trade

__all__ = [
    "Account",
    "Metrics",
    "Position",
    "Trade",
    "apply_fill",
    "blend",
    "blend_bars",
    "carry_cost",
    "flat",
    "measure",
    "split_shares",
]
