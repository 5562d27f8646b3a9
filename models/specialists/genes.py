"""What a search may turn: the genes of each specialist, their bounds, units and meanings.

Bounds are those of the specification, both ends included. In memory every gene is a float; in JSON an integer is
written without a point and a switch as true or false.
"""

import math
import reprlib
from dataclasses import dataclass
from typing import Literal

from models.types.errors import BadInput
from models.types.regimes import Regime


@dataclass(frozen=True, slots=True)
class Gene:
    """One figure of a specialist.

    Attributes:
        name: as in the specification.
        low, high: least and largest value, both allowed; 0.0 and 1.0 for a switch.
        kind: float; integer, a whole number; switch, 0.0 or 1.0.
        unit: of the value.
        meaning: what it does, one sentence.
    """

    name: str
    low: float
    high: float
    kind: Literal["float", "integer", "switch"]
    unit: str
    meaning: str

    @property
    def allowed(self) -> str:
        """Which values are allowed, for a person."""
        if self.kind == "switch":
            return "true or false"
        kind = "a whole number from " if self.kind == "integer" else ""
        return f"{kind}{self.low:g} to {self.high:g} ({self.unit})"

    def read(self, written: object) -> float:
        """The value that JSON's `written` stands for.

        Raises:
            BadInput: another type, not finite, or out of bounds.
        """
        types = {"float": (float, int), "integer": (int,), "switch": (bool,)}[self.kind]
        if not isinstance(written, float | int) or type(written) not in types:
            raise self.refusal(written)
        if not self.low <= written <= self.high:  # before float(), which has no room for every integer
            raise self.refusal(written)
        return self.checked(float(written))

    def checked(self, value: float) -> float:
        """The value itself; a negative zero becomes zero, so that equal genes are equal texts.

        Raises:
            BadInput: no float, NaN, out of bounds, or not whole where it has to be.
        """
        if not isinstance(value, float) or not self.low <= value <= self.high:
            raise self.refusal(value)
        if self.kind != "float" and value != math.floor(value):
            raise self.refusal(value)
        return float(value) + 0.0

    def written(self, value: float) -> float | int | bool:
        """The value as JSON has it."""
        if self.kind == "switch":
            return value == 1.0
        return int(value) if self.kind == "integer" else value

    def refusal(self, found: object) -> BadInput:
        """What is said of a value that is not allowed."""
        return BadInput(f"{self.name}: found {reprlib.repr(found)}, allowed is {self.allowed}")


_EQUITY = "fraction of equity"
_PRICE = "fraction of the price"
_WEIGHT = "weight"

GENES: dict[Regime, tuple[Gene, ...]] = {
    Regime.VOLATILE: (
        Gene("entry_threshold", 0.0, 5.0, "float", "round-trip costs", "Least weighted edge of an entry."),
        Gene("position_size_pct", 0.01, 0.10, "float", _EQUITY, "Value of a position before the regime's share."),
        Gene("stop_loss_pct", 0.01, 0.05, "float", _PRICE, "Stop, against the position from its entry."),
        Gene("take_profit_pct", 0.02, 0.10, "float", _PRICE, "Target, in favour of the position from its entry."),
        Gene("max_holding_hours", 1.0, 48.0, "float", "hours", "Time after which a position is left."),
        Gene("fear_greed_weight", 0.0, 1.0, "float", _WEIGHT, "How far sentiment raises or lowers the edge."),
        Gene("volatility_filter", 0.5, 2.0, "float", "ATR over its four-week mean", "Least volatility of an entry."),
        Gene("max_trades_per_day", 1.0, 10.0, "integer", "entries", "Most positions opened on one UTC day."),
    ),
    Regime.TRENDING: (
        Gene("trend_strength_min", 20.0, 30.0, "float", "ADX", "Least strength of the trend of an entry."),
        Gene("position_size_pct", 0.03, 0.10, "float", _EQUITY, "Value of a position before the regime's share."),
        Gene("stop_loss_atr", 1.0, 3.0, "float", "average true ranges", "Stop, against the position from its entry."),
        Gene("take_profit_ratio", 2.0, 5.0, "float", "distances to the stop", "Target, from the entry."),
        Gene("max_holding_days", 1.0, 10.0, "float", "days", "Time after which a position is left."),
        Gene("momentum_weight", 0.0, 1.0, "float", _WEIGHT, "How far momentum raises or lowers the edge."),
        Gene("pullback_entry", 0.0, 1.0, "switch", "yes or no", "Whether an entry waits for a move against the trend."),
        Gene("trailing_stop_pct", 0.05, 0.20, "float", _PRICE, "Distance of the stop that follows the best price."),
    ),
    Regime.RANGING: (
        Gene(
            "range_identification", 0.5, 2.0, "float", "width over that of a random walk", "Widest range with entries."
        ),
        Gene("position_size_pct", 0.03, 0.08, "float", _EQUITY, "Value of a position before the regime's share."),
        Gene(
            "entry_from_edge_pct", 0.01, 0.05, "float", "fraction of the edge", "Farthest entry from the range's edge."
        ),
        Gene("stop_beyond_range", 0.02, 0.05, "float", "fraction of the edge", "Stop, beyond the range."),
        Gene("target_opposite_pct", 0.80, 0.95, "float", "share of the range", "Target, on the way to the far edge."),
        Gene("mean_reversion_period", 10.0, 50.0, "integer", "bars", "Window of the range and of its oscillator."),
        Gene("oscillator_weight", 0.0, 1.0, "float", _WEIGHT, "How far RSI and stochastic raise or lower the edge."),
        Gene("max_holding_days", 1.0, 7.0, "float", "days", "Time after which a position is left."),
    ),
    Regime.CRISIS: (
        Gene(
            "crisis_threshold", 30.0, 40.0, "float", "points of the index", "Index above which the market is in crisis."
        ),
        Gene("position_size_pct", 0.005, 0.02, "float", _EQUITY, "Value of a position before the regime's share."),
        Gene("stop_loss_pct", 0.005, 0.02, "float", _PRICE, "Stop, against the position from its entry."),
        Gene("take_profit_pct", 0.01, 0.03, "float", _PRICE, "Target, in favour of the position from its entry."),
        Gene("max_exposure", 0.10, 0.30, "float", _EQUITY, "Most that all positions but havens may be worth."),
        Gene("cash_preservation", 0.50, 0.90, "float", _EQUITY, "Free equity that an entry leaves."),
        Gene("safe_haven_allocation", 0.0, 0.50, "float", _EQUITY, "Held in the haven while it is in charge."),
        Gene("max_holding_hours", 0.5, 6.0, "float", "hours", "Time after which a position is left."),
    ),
}


def bounds(specialist: Regime) -> dict[str, tuple[float, float]]:
    """Least and largest value of each gene, in the order of the genes."""
    return {gene.name: (gene.low, gene.high) for gene in GENES[specialist]}
