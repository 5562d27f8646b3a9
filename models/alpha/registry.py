"""The one registry of alphas: the name, and the formula.

A formula takes AlphaInputs and gives one score a bar, shape (n_bars,): zero promises nothing, and the greater it is the
more the price is expected to rise. Every score at bar t depends on bars up to t only.
"""

from collections.abc import Callable

from models.alpha.breakout import breakout
from models.alpha.inputs import AlphaInputs
from models.alpha.momentum import momentum
from models.alpha.news import news
from models.alpha.pressure import pressure
from models.alpha.reversion import reversion
from models.types import FloatArray

Alpha = Callable[[AlphaInputs], FloatArray]

ALPHA_SCORES: dict[str, Alpha] = {
    "momentum": momentum,
    "reversion": reversion,
    "breakout": breakout,
    "pressure": pressure,
    "news": news,
}
