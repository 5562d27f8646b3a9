"""Alphas: formulas on the newest bars. What each is worth in basis points is learnt; the formula is not."""

from models.alpha.breakout import breakout
from models.alpha.inputs import AlphaInputs
from models.alpha.kind import AlphaCore, AlphaKind
from models.alpha.momentum import momentum
from models.alpha.news import news
from models.alpha.pressure import pressure
from models.alpha.registry import ALPHA_SCORES, Alpha
from models.alpha.reversion import reversion

__all__ = [
    "ALPHA_SCORES",
    "Alpha",
    "AlphaCore",
    "AlphaInputs",
    "AlphaKind",
    "breakout",
    "momentum",
    "news",
    "pressure",
    "reversion",
]
