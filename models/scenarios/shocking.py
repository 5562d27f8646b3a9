"""What the market did lately, with a shock in it. Nothing here is random."""

import math
from collections.abc import Sequence

import numpy as np

from models.scenarios.candles import Candles
from models.scenarios.shock import Shock
from models.scenarios.together import moved_together
from models.types import BadInput, FloatArray

# Rows of a table of candles.
GAP, BODY, UP, DOWN, VOLUME = range(5)
BODIES = np.array([[0.0], [1.0], [0.0], [0.0], [0.0]])


def shocked(base: Sequence[Candles], moves: FloatArray, shock: Shock, shocked_rows: int) -> tuple[Candles, ...]:
    """`base` (one per asset, n rows each) with the shock in its first `shocked_rows`.

    First the mean gap and the mean body are taken out, of the shocked rows and of those after them each by themselves,
    so that no asset drifts but by the shock; after the shocked rows nothing else is changed. In the shocked rows, in
    this order:
    - correlation: bar returns (gap + body) become those of `moved_together` over these rows; the bodies take up the
      difference.
    - volatility: gaps, bodies, ups and downs are multiplied by it.
    - moves (n_assets,), changes of price above -1: each body is shifted by the same log, so that price changes by
      exactly the move from before the first row to the end of the last. With `gap` the first row's gap is the whole
      move and the rest comes to nothing. With `recovers` the whole move is there at the end of the first half
      (shocked_rows // 2 rows) and move * (1 - recovers) at the end; a single row reaches the move within itself.
    - liquidity: known volumes are multiplied by it.
    So with a correlation of 1 bar returns are exactly proportional, but for the gap and the turn of a recovery. Of the
    shock's own fields `moves` is not read.

    Raises:
        BadInput: assets with different numbers of rows, `shocked_rows` not from 1 to n, or wrong moves.
    """
    _require(base, moves, shocked_rows)
    still = [_without_drift(one, shocked_rows) for one in base]
    heads = _correlated([one[:, :shocked_rows] for one in still], shock.correlation)
    multiples = np.array([shock.volatility] * VOLUME + [shock.liquidity])[:, None]
    return tuple(
        Candles(*np.hstack((_moved(head * multiples, float(move), shock), one[:, shocked_rows:])))
        for head, one, move in zip(heads, still, moves, strict=True)
    )


def _without_drift(candles: Candles, shocked_rows: int) -> FloatArray:
    """The candles' columns as the rows of a table, (5, n), with a mean gap and a mean body of 0 on either side."""
    table = np.array([candles.gap, candles.body, candles.up, candles.down, candles.volume])
    for side in (table[:UP, :shocked_rows], table[:UP, shocked_rows:]):
        if side.size:
            side -= side.mean(axis=1, keepdims=True)
    return table


def _correlated(heads: Sequence[FloatArray], correlation: float | None) -> list[FloatArray]:
    if correlation is None:
        return list(heads)
    before = [one[GAP] + one[BODY] for one in heads]
    after = moved_together(before, correlation)
    return [one + BODIES * (new - old) for one, old, new in zip(heads, before, after, strict=True)]


def _moved(head: FloatArray, move: float, shock: Shock) -> FloatArray:
    whole, left = math.log1p(move), math.log1p(move * (1.0 - shock.recovers))
    if shock.gap:
        return _gapped(head, whole)
    if shock.recovers == 0.0:
        return _led(head, whole)
    half = head.shape[1] // 2
    if half == 0:
        return _reaching(_led(head, left), whole)
    return np.hstack((_led(head[:, :half], whole), _led(head[:, half:], left - whole)))


def _led(head: FloatArray, total: float) -> FloatArray:
    """The same log added to every body, so that all returns come to `total`."""
    shift = (total - float(head[:UP].sum())) / head.shape[1]
    led: FloatArray = head + BODIES * shift
    return led


def _gapped(head: FloatArray, total: float) -> FloatArray:
    opened = head.copy()
    opened[GAP, 0] = total
    return _led(opened, total)


def _reaching(row: FloatArray, level: float) -> FloatArray:
    """A single candle whose high or low goes at least as far as `level`, a log over the close before."""
    gap, body, up, down, volume = row
    opens, closes = gap, gap + body
    higher = np.maximum(up, level - np.maximum(opens, closes))
    lower = np.maximum(down, np.minimum(opens, closes) - level)
    return np.array([gap, body, higher, lower, volume])


def _require(base: Sequence[Candles], moves: FloatArray, shocked_rows: int) -> None:
    lengths = sorted({len(one) for one in base})
    if len(lengths) != 1:
        raise BadInput(
            f"{len(base)} assets have {lengths} rows; give at least one asset, and equally many rows of each"
        )
    if not 1 <= shocked_rows <= lengths[0]:
        raise BadInput(f"the shock takes {shocked_rows} of {lengths[0]} rows; give 1 to {lengths[0]}")
    if len(moves) != len(base):
        raise BadInput(f"{len(base)} assets have {len(moves)} moves; give one for each, 0.0 for none")
    wrong = np.flatnonzero(~(np.isfinite(moves) & (moves > -1.0)))
    if wrong.size:
        found = float(moves[wrong[0]])
        raise BadInput(f"move {wrong[0]} is {found!r}; allowed is a finite change above -1: correct it")
