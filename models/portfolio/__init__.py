"""The book: blending edges, applying fills, and what came of it."""

from models.portfolio.blend import blend, blend_bars
from models.portfolio.ledger import apply_fill
from models.portfolio.metrics import Metrics, measure
from models.portfolio.trades import Trade

__all__ = ["Metrics", "Trade", "apply_fill", "blend", "blend_bars", "measure"]
