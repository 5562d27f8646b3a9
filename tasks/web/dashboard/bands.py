"""The regimes of a symbol over time in four lanes: the lane says which one it was, and so does the colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.session.overview import RegimeNow, Stretch

WIDTH, LANE = 1000.0, 10.0
# From the roughest market to the calmest, so that a picture that climbs is a market that gets worse.
LANES = ("crisis", "volatile", "trending", "ranging")
NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch in the picture; `x`, `width` of WIDTH, `y` the top of its lane. `title` is what it says to who asks."""

    regime: str
    x: float
    y: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Band:
    """The picture of one symbol from `begin` to `end`, and its stretches with the newest first, as a list of words."""

    begin: str
    end: str
    blocks: tuple[Block, ...]
    words: tuple[Stretch, ...]


def band_of(one: RegimeNow, until: str) -> Band | None:
    """The band up to the moment `until`; None where nothing is known of the past."""
    known = tuple(stretch for stretch in one.band if stretch.regime in LANES)
    if not known:
        return None
    begin, end = _seconds(known[0].since), max(_seconds(until), _seconds(known[-1].since) + 1.0)
    return Band(known[0].since, until, tuple(_blocks(known, begin, end)), known[::-1])


def _blocks(known: Sequence[Stretch], begin: float, end: float) -> list[Block]:
    starts = [_seconds(one.since) for one in known]
    scale = WIDTH / (end - begin)
    return [
        Block(
            one.regime,
            round((since - begin) * scale, 2),
            LANE * LANES.index(one.regime),
            round(max((until - since) * scale, NARROWEST), 2),
            f"{one.regime} since {one.since}",
        )
        for one, since, until in zip(known, starts, [*starts[1:], end], strict=True)
    ]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
