"""What the same trades could have come to in another order and choice: block bootstrap of their gains."""

from dataclasses import dataclass

import numpy as np

from models.bootstrap.quantiles import Quantiles, quantiles_of
from models.bootstrap.rows import check_draw, check_paths, check_returns, first_row, row_after
from models.kernels import compiled
from models.types import BadInput, FloatArray


@dataclass(frozen=True, slots=True)
class TradesMonteCarlo:
    """Figures of many draws of as many trades as there were.

    Attributes:
        total_return: of all trades compounded, fraction.
        max_drawdown: deepest fall between trades from the highest equity before, 0..1.
        ruin: share of the paths whose drawdown reaches `limit`.
        block: mean length of the blocks, trades.
    """

    paths: int
    total_return: Quantiles
    max_drawdown: Quantiles
    ruin: float
    limit: float
    block: float


def bootstrap_trades(
    gains: FloatArray, block: float, paths: int, limit: float, generator: np.random.Generator
) -> TradesMonteCarlo:
    """Draw trades in blocks from `gains` (n_trades,), fractions of the equity before each, in the order they closed.

    An account that lost everything stays at nothing. The same generator state gives the same result to the bit.

    Raises:
        BadInput: a gain is not finite, there is no gain or path, the block is below a trade, or the limit not in 0..1.
    """
    check_returns(gains, "gains")
    check_paths(paths)
    check_draw(gains.size, block)
    if not 0.0 < limit <= 1.0:
        raise BadInput(f"a limit of {limit} for the drawdown; give a fraction above 0, 1 at most")
    own = np.ascontiguousarray(gains, dtype=np.float64)
    total, depth = np.empty(paths), np.empty(paths)
    write_trades(own, block, generator, total, depth)
    was_total, was_depth = compounded(own)
    ruin = float((depth >= limit).mean())
    return TradesMonteCarlo(
        paths, quantiles_of(total, was_total), quantiles_of(depth, was_depth), ruin, limit, float(block)
    )


def compounded(gains: FloatArray) -> tuple[float, float]:
    """(total return, deepest drawdown) of gains (n_trades,) in their order."""
    equity, top, depth = 1.0, 1.0, 0.0
    for gain in gains:
        equity, top, depth = after_trade(equity, top, depth, float(gain))
    return equity - 1.0, depth


@compiled
def after_trade(equity: float, top: float, depth: float, gain: float) -> tuple[float, float, float]:
    """(equity, its highest, deepest fall from that) after one trade more."""
    equity = equity * (1.0 + gain) if gain > -1.0 else 0.0
    top = max(top, equity)
    return equity, top, max(depth, 1.0 - equity / top)


@compiled
def write_trades(
    gains: FloatArray, block: float, generator: np.random.Generator, total: FloatArray, depth: FloatArray
) -> None:
    """Return and drawdown of each path, into arrays of shape (paths,)."""
    n = gains.size
    for path in range(total.size):
        row = first_row(n, generator)
        equity, top, deepest = after_trade(1.0, 1.0, 0.0, gains[row])
        for _ in range(1, n):
            row = row_after(row, n, block, generator)
            equity, top, deepest = after_trade(equity, top, deepest, gains[row])
        total[path], depth[path] = equity - 1.0, deepest
