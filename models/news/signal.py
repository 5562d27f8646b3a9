"""What the headlines about an asset come to at the close of each bar."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.kernels import compiled
from models.types import FloatArray, IntArray
from models.types.news import Headline


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """How long headlines count, microseconds.

    Attributes:
        decay: after so long a headline counts 1 / e of what it did when it arrived.
        window: after so long it counts nothing.
        coverage: so long after the newest headline about anything the news is taken to be heard.
    """

    decay: int
    window: int
    coverage: int

    @property
    def reach(self) -> int:
        """How far before a close headlines are looked at."""
        return max(self.window, self.coverage)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Headlines as they count for one asset. Columns of shape (n,), in the order of arrival, but for `heard`.

    Attributes:
        heard: when any headline arrived, about whatever it was, UTC microseconds, ascending.
        arrived: when those that count did.
        later: row of the item's next revision, n where there is none.
        source: number of whose word it is, in the order of the names.
        weight: what that word counted then, 0..1.
        fresh: weight times novelty, 0..1: how much was said anew about the asset. A twin says little anew.
        word: relevance times tone, -1..1; 0 in a revision that is no longer about the asset.
    """

    heard: IntArray
    arrived: IntArray
    later: IntArray
    source: IntArray
    weight: FloatArray
    fresh: FloatArray
    word: FloatArray

    def by(self, moment: int) -> "Told":
        """The same as it was known at `moment`, UTC microseconds."""
        n = int(np.searchsorted(self.arrived, moment, side="right"))
        known = {name: getattr(self, name)[:n] for name in ("arrived", "source", "weight", "fresh", "word")}
        heard = self.heard[: int(np.searchsorted(self.heard, moment, side="right"))]
        return replace(self, heard=heard, later=np.minimum(self.later[:n], n), **known)


def told_about(asset: str, scorer: str, headlines: Iterable[Headline]) -> Told:
    """The `headlines`, in the order of the lake, as they count for the asset by the tones of that scorer.

    Every revision is a row, linked to the asset or not: it may take back what the text before it said. A text that was
    not about the asset counts nothing, whatever its revision is about; neither does another scorer's tone.
    """
    heard, ids, sources, rows = [], [], [], []
    for one in headlines:
        heard.append(one.arrived)
        own = one.tone.scorer == scorer or one.tone.scorer.startswith(f"{scorer}+")
        relevance = max((link.relevance for link in one.links if own and link.asset == asset), default=None)
        if relevance is not None:
            rows.append((one.weight, one.weight * one.novelty, relevance * one.tone.score))
        elif one.revision > 0:
            rows.append((one.weight, 0.0, 0.0))
        else:
            continue
        ids.append((one.id, one.arrived))
        sources.append(one.source)
    weight, fresh, word = np.array(rows, np.float64).reshape(-1, 3).T
    arrived = np.array([at for _, at in ids], np.int64)
    return told(np.array(heard, np.int64), [name for name, _ in ids], sources, arrived, weight, fresh, word)


def told(
    heard: IntArray,
    ids: Sequence[str],
    sources: Sequence[str],
    arrived: IntArray,
    weight: FloatArray,
    fresh: FloatArray,
    word: FloatArray,
) -> Told:
    """Of the same columns in the order of the lake, and item and source of each row; that order is the one of arrival,
    but for an archive that was taken in later.
    """
    order = np.argsort(arrived, kind="stable")
    later = _later([ids[row] for row in order])
    source = np.unique(np.array(sources, np.str_), return_inverse=True)[1].astype(np.int64)
    return Told(np.sort(heard), arrived[order], later, source[order], weight[order], fresh[order], word[order])


def news_signal(closes: IntArray, told: Told, settings: SignalSettings) -> FloatArray:
    """S / (1 + |S|) at each of `closes` (n_bars,), UTC microseconds, shape (n_bars,), within -1..1.

    S is the sum, over headlines about the asset that had arrived by the close and within the window, of
    weight * novelty * relevance * tone * exp(-age / decay); relevance and tone are those of the item's newest revision
    that was known at the close. A source whose parts, whatever their signs, add up to more than its weight is scaled
    down to it: whoever floods, or changes his text again and again, is not louder than he counts. The weights of all
    sources are 1 together: S is 1 when every one of them has just said something new that is all about the asset and as
    good as can be. Zero where the news was heard and said nothing;
    NaN where no headline about anything arrived within `coverage` before the close. Source: impact that decays
    exponentially and adds up, as in Yu, Mitra and Yu (2013), Impact of news on asset behaviour: return, volatility and
    liquidity in an intra-day setting, SSRN.
    """
    out = np.empty(closes.size)
    first = np.searchsorted(told.arrived, closes - settings.window, side="right")
    stop = np.searchsorted(told.arrived, closes, side="right")
    write_signal(
        closes,
        first,
        stop,
        told.arrived,
        told.later,
        told.source,
        told.weight,
        told.fresh,
        told.word,
        float(settings.decay),
        out,
    )
    newest = np.searchsorted(told.heard, closes, side="right") - 1
    deaf = newest < 0
    deaf[~deaf] = closes[~deaf] - told.heard[newest[~deaf]] > settings.coverage
    out[deaf] = np.nan
    return out


@compiled
def write_signal(
    closes: IntArray,
    first: IntArray,
    stop: IntArray,
    arrived: IntArray,
    later: IntArray,
    source: IntArray,
    weight: FloatArray,
    fresh: FloatArray,
    word: FloatArray,
    decay: float,
    out: FloatArray,
) -> None:
    """Rows `first` to before `stop` (n_bars,) count at each close. Sums run from the oldest on, whatever lies before
    the window, and then over the sources by their names, so that they have the same bits however much was read.
    """
    n = 0 if source.size == 0 else source.max() + 1
    said, loud, most = np.zeros(n), np.zeros(n), np.zeros(n)
    for t in range(closes.size):
        said[:], loud[:], most[:] = 0.0, 0.0, 0.0
        for row in range(first[t], stop[t]):
            newest = row
            while later[newest] < stop[t]:
                newest = later[newest]
            part = fresh[row] * word[newest] * math.exp(-(closes[t] - arrived[row]) / decay)
            said[source[row]] += part
            loud[source[row]] += abs(part)
            most[source[row]] = max(most[source[row]], weight[row])
        total = 0.0
        for one in range(n):
            total += said[one] * (most[one] / loud[one]) if loud[one] > most[one] else said[one]
        out[t] = total / (1.0 + abs(total))


def _later(ids: list[str]) -> IntArray:
    out = np.full(len(ids), len(ids), np.int64)
    newest: dict[str, int] = {}
    for row, one in enumerate(ids):
        if one in newest:
            out[newest[one]] = row
        newest[one] = row
    return out
