"""Stretches of the past that everybody agrees about, and what a detector said during them."""

from dataclasses import dataclass

import numpy as np

from models.regime.history import RegimeHistory
from models.regime.measures import shares, spells, switches_per_year
from models.types import BadInput, FloatArray, IntArray, Regime, parse_time


@dataclass(frozen=True, slots=True)
class Episode:
    """A dated stretch of one market.

    Attributes:
        name: what it is called.
        begin: first day, UTC.
        end: day after the last one.
        expected: regime that it is known for; for the bear of 2022 what it is known not to have been is `RANGING`.
        trigger: whether the quick trigger is looked at, not the context.
        least: share of its bars that should be in the expected regime, or None.
        most: share that should not be passed, or None.
    """

    name: str
    begin: str
    end: str
    expected: Regime
    trigger: bool = False
    least: float | None = None
    most: float | None = None


COVID_HOURLY = Episode("COVID crash", "2020-03-08", "2020-03-26", Regime.CRISIS, trigger=True, least=0.6)
COVID_DAILY = Episode("COVID crash", "2020-03-08", "2020-03-26", Regime.CRISIS, least=1.0)
BULL_2020 = Episode("bull run 2020-21", "2020-10-01", "2021-05-01", Regime.TRENDING, least=0.6)
RECOVERY_2023 = Episode("recovery 2023", "2023-01-01", "2024-01-01", Regime.TRENDING, least=0.6)
SIDEWAYS_2015 = Episode("sideways 2015-16", "2015-01-01", "2017-01-01", Regime.RANGING, least=0.6)
FINANCIAL_CRISIS = Episode("financial crisis 2008-09", "2008-01-01", "2010-01-01", Regime.CRISIS)
BEAR_2022 = Episode("bear 2022", "2022-01-01", "2023-01-01", Regime.RANGING, most=0.5)
# By the market they are known of: bitcoin, and the stocks of the United States.
EPISODES: dict[str, tuple[Episode, ...]] = {
    "BTC": (COVID_HOURLY, BULL_2020, BEAR_2022, RECOVERY_2023),
    "SPY": (FINANCIAL_CRISIS, SIDEWAYS_2015, COVID_DAILY, BEAR_2022),
}


@dataclass(frozen=True, slots=True, eq=False)
class EpisodeRow:
    """What one detector said during an episode.

    Attributes:
        bars: own bars of the series in it.
        shares: of them in each regime, by code, shape (4,).
        delay: bars from its first one to the first with the expected label, 0 for the very first; None: never.
        mean_bars: mean length of the spells, cut to the episode.
        switches_per_year: as at that rate.
        fulfilled: whether what is expected came out; None where no share is.
    """

    episode: Episode
    bars: int
    shares: FloatArray
    delay: int | None
    mean_bars: float
    switches_per_year: float
    fulfilled: bool | None


def episode_rows(
    ts: IntArray, history: RegimeHistory, episodes: tuple[Episode, ...], bars_per_year: float
) -> tuple[EpisodeRow, ...]:
    """A row for each of the episodes of which the series has any bar; `ts` (n,) are the opens of the history's bars."""
    if ts.size != history.label.size:
        raise BadInput(f"{ts.size} times cannot be those of {history.label.size} labels: give one for each")
    rows = []
    for episode in episodes:
        inside = slice(*np.searchsorted(ts, [parse_time(episode.begin), parse_time(episode.end)]).tolist())
        label = (history.trigger if episode.trigger else history.context).label[inside]
        if label.size:
            rows.append(_row(episode, label, bars_per_year))
    return tuple(rows)


def shares_by_year(ts: IntArray, label: IntArray) -> dict[int, FloatArray]:
    """Share of the bars of each calendar year (UTC) in each regime, shape (4,) a year."""
    years = ts.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    return {int(year): shares(label[years == year]) for year in np.unique(years)}


def _row(episode: Episode, label: IntArray, bars_per_year: float) -> EpisodeRow:
    share = shares(label)
    found = np.flatnonzero(label == episode.expected)
    return EpisodeRow(
        episode=episode,
        bars=label.size,
        shares=share,
        delay=int(found[0]) if found.size else None,
        mean_bars=spells(label).mean_bars(),
        switches_per_year=switches_per_year(label, bars_per_year),
        fulfilled=_fulfilled(episode, float(share[episode.expected])),
    )


def _fulfilled(episode: Episode, share: float) -> bool | None:
    if episode.least is not None:
        return share >= episode.least
    return None if episode.most is None else share < episode.most
