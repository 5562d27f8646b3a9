"""What the panel says of one symbol in one row, as values."""

from models.engine.panel import (
    ADX,
    ATR,
    ATR_RATIO,
    CLOSE,
    EDGE,
    GATE,
    HIGH,
    LOW,
    MOMENTUM,
    OPEN,
    OSCILLATOR,
    RANGE_HIGH,
    RANGE_LOW,
    RANGE_WIDTH,
    REGIME,
    SENTIMENT,
    STRETCH,
    VOLATILITY,
    VOLUME,
)
from models.engine.step import BLOCKED, NO_BAR, STALE
from models.execution import Bar
from models.kernels import inlined
from models.specialists import Signal
from models.types import FloatArray, IntArray


@inlined
def bar_at(prices: FloatArray, t: int, i: int) -> Bar:
    """One symbol's bar in row `t`."""
    return Bar(prices[t, i, OPEN], prices[t, i, HIGH], prices[t, i, LOW], prices[t, i, CLOSE], prices[t, i, VOLUME])


@inlined
def signal_at(prices: FloatArray, figures: FloatArray, codes: IntArray, t: int, column: int, guide: int) -> Signal:
    """What is known of a symbol in row `t`, in the regime of its `guide`; without a bar of that nothing is decided."""
    gate = codes[t, column, GATE]
    guided = codes[t, guide, GATE]
    if guided in (NO_BAR, STALE, BLOCKED):
        gate = guided
    return Signal(
        prices[t, column, CLOSE],
        figures[t, column, EDGE],
        figures[t, column, VOLATILITY],
        figures[t, column, ATR],
        figures[t, column, RANGE_LOW],
        figures[t, column, RANGE_HIGH],
        figures[t, column, RANGE_WIDTH],
        figures[t, column, OSCILLATOR],
        figures[t, column, MOMENTUM],
        figures[t, column, SENTIMENT],
        figures[t, column, ATR_RATIO],
        figures[t, column, ADX],
        figures[t, column, STRETCH],
        codes[t, guide, REGIME],
        gate,
    )
