"""How long a loss takes to be earned back, when the days to come are blocks of the days that were."""

from dataclasses import dataclass

import numpy as np

from models.bootstrap.rows import check_draw, check_paths, check_returns, first_row, row_after
from models.kernels import compiled
from models.types import BadInput, FloatArray, IntArray

# Nine in ten paths lie between the first and the last.
SHARES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Days until what was lost is back, counted over paths of drawn days.

    Attributes:
        share: of the paths that recover within the horizon, 0..1.
        low_days, median_days, high_days: so many days pass until 5 %, half and 95 % of all paths have recovered; None
            where that is beyond the horizon.
        block: mean length of the blocks, days.
    """

    share: float
    median_days: float | None
    low_days: float | None
    high_days: float | None
    horizon_days: int
    paths: int
    block: float


def recovery(
    daily_returns: FloatArray,
    loss: float,
    block: float,
    paths: int,
    horizon_days: int,
    generator: np.random.Generator,
) -> Recovery:
    """Draw `paths` futures from `daily_returns` (n_days,), fractions, for an account that has lost the fraction `loss`.

    It has recovered on the first day at whose end its equity is at least what it was before the loss. No loss takes no
    days; who lost everything never recovers. The same generator state gives the same result to the bit.

    Raises:
        BadInput: a return or the loss is not finite, there is no return, path or day, or the block is below a day.
    """
    check_returns(daily_returns, "daily returns")
    check_paths(paths)
    check_draw(horizon_days, block)
    if not np.isfinite(loss):
        raise BadInput(f"a loss of {loss}; give the fraction that was lost, such as 0.2")
    days = np.zeros(paths, np.int64)
    if loss > 0.0:
        returns = np.ascontiguousarray(daily_returns, dtype=np.float64)
        write_days(returns, 1.0 - loss, block, horizon_days, generator, days)
    low, median, high = (_within(one, horizon_days) for one in np.quantile(days, SHARES, method="inverted_cdf"))
    share = float((days <= horizon_days).mean())
    return Recovery(share, median, low, high, horizon_days, paths, float(block))


@compiled
def write_days(
    returns: FloatArray, left: float, block: float, horizon: int, generator: np.random.Generator, days: IntArray
) -> None:
    """Days until `left` has grown to 1, into `days` of shape (paths,); `horizon` + 1 where it has not by then."""
    n = returns.size
    for path in range(days.size):
        equity, day, row = left, 0, first_row(n, generator)
        while 0.0 < equity < 1.0 and day < horizon:
            if day > 0:
                row = row_after(row, n, block, generator)
            equity *= 1.0 + returns[row]
            day += 1
        days[path] = day if equity >= 1.0 else horizon + 1


def _within(days: float, horizon: int) -> float | None:
    return float(days) if days <= horizon else None
