"""Momentum: what has risen goes on rising."""

from models.alpha.inputs import AlphaInputs
from models.types import FloatArray


def momentum(inputs: AlphaInputs) -> FloatArray:
    """40 * (short - long) / long of two simple averages of the close, shape (n_bars,), dimensionless.

    NaN until the long window is full. Source: Brock, Lakonishok and LeBaron (1992), Simple technical trading rules and
    the stochastic properties of stock returns, Journal of Finance 47(5), whose variable-length averages these are. The
    factor is a matter of scale, which the calibration takes out again.
    """
    return inputs.features.momentum
