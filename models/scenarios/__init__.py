"""What may happen to the market: stretches of the past, invented shocks, and the bars that either one gives.

Log returns throughout; fractions are plain (0.35 is 35 %), losses of worth positive, changes of price signed.
"""

from models.scenarios.candles import Candles, bars_from, candles_of, scaled
from models.scenarios.combining import combined
from models.scenarios.scenario import Scenario
from models.scenarios.searching import smallest
from models.scenarios.shock import Shock, move_of
from models.scenarios.shocking import shocked
from models.scenarios.spreading import spread_over
from models.scenarios.window import Window

__all__ = [
    "Candles",
    "Scenario",
    "Shock",
    "Window",
    "bars_from",
    "candles_of",
    "combined",
    "move_of",
    "scaled",
    "shocked",
    "smallest",
    "spread_over",
]
