"""What the market did lately, with a shock in it. Nothing here is random."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.scenarios.candles import Candles
from models.scenarios.shock import Shock
from models.scenarios.together import moved_together
from models.types import BadInput, FloatArray


def shocked(base: Sequence[Candles], moves: FloatArray, shock: Shock, shocked_rows: int) -> tuple[Candles, ...]:
    """`base` (one per asset, n rows each) with the shock in its first `shocked_rows`.

    First the mean gap and the mean body over all n rows are taken out of every row, so that no asset drifts by itself;
    after the shocked rows nothing else is changed. In the shocked rows, in this order:
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
    still = [replace(one, gap=one.gap - one.gap.mean(), body=one.body - one.body.mean()) for one in base]
    heads = _correlated([_rows(one, slice(0, shocked_rows)) for one in still], shock.correlation)
    return tuple(
        _joined(_moved(_stirred(head, shock), float(move), shock), _rows(one, slice(shocked_rows, None)))
        for head, one, move in zip(heads, still, moves, strict=True)
    )


def _correlated(heads: Sequence[Candles], correlation: float | None) -> list[Candles]:
    if correlation is None:
        return list(heads)
    together = moved_together([one.gap + one.body for one in heads], correlation)
    return [replace(one, body=returns - one.gap) for one, returns in zip(heads, together, strict=True)]


def _stirred(head: Candles, shock: Shock) -> Candles:
    times = shock.volatility
    return Candles(
        gap=head.gap * times,
        body=head.body * times,
        up=head.up * times,
        down=head.down * times,
        volume=head.volume * shock.liquidity,
    )


def _moved(head: Candles, move: float, shock: Shock) -> Candles:
    whole, left = math.log1p(move), math.log1p(move * (1.0 - shock.recovers))
    if shock.gap:
        return _gapped(head, whole)
    if shock.recovers == 0.0:
        return _led(head, whole)
    half = len(head) // 2
    if half == 0:
        return _reaching(_led(head, left), whole)
    first, second = _rows(head, slice(0, half)), _rows(head, slice(half, None))
    return _joined(_led(first, whole), _led(second, left - whole))


def _led(head: Candles, total: float) -> Candles:
    """The same log in every body, so that all returns come to `total`."""
    shift = (total - math.fsum(head.gap + head.body)) / len(head)
    return replace(head, body=head.body + shift)


def _gapped(head: Candles, total: float) -> Candles:
    gap = head.gap.copy()
    gap[0] = total
    return _led(replace(head, gap=gap), total)


def _reaching(row: Candles, level: float) -> Candles:
    """A single candle whose high or low goes at least as far as `level`, a log over the close before."""
    opens, closes = row.gap, row.gap + row.body
    return replace(
        row,
        up=np.maximum(row.up, level - np.maximum(opens, closes)),
        down=np.maximum(row.down, np.minimum(opens, closes) - level),
    )


def _rows(candles: Candles, chosen: slice) -> Candles:
    return Candles(*(column[chosen] for column in _columns(candles)))


def _joined(first: Candles, second: Candles) -> Candles:
    pairs = zip(_columns(first), _columns(second), strict=True)
    return Candles(*(np.concatenate(pair) for pair in pairs))


def _columns(candles: Candles) -> tuple[FloatArray, ...]:
    return candles.gap, candles.body, candles.up, candles.down, candles.volume


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
