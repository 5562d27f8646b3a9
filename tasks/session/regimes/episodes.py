"""What the detectors said in stretches of the past that everybody agrees about, where a series covers them."""

import re
from dataclasses import dataclass

from models.regime import EPISODES, EpisodeRow, RegimeHistory, episode_rows, shares_by_year
from models.types import IntArray, Series
from tasks.session.regimes.measuring import NAMES

# The markets of EPISODES by the names that venues and files have for them.
MARKETS = {"BTC": "BTC", "XBT": "BTC", "SPY": "SPY", "SP500": "SPY", "^GSPC": "SPY", "SPX": "SPY"}


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One detector's past: a row an episode, and shares by regime in the order of codes for each calendar year."""

    detector: str
    episodes: tuple[EpisodeRow, ...]
    years: dict[int, tuple[float, ...]]

    def episodes_json(self) -> list[dict[str, object]]:
        """The episodes for scripts."""
        return [_episode_json(one) for one in self.episodes]

    def years_json(self) -> dict[str, dict[str, float]]:
        """Shares by year and regime for scripts."""
        return {str(year): dict(zip(NAMES, share, strict=True)) for year, share in self.years.items()}


def past_of(detector: str, series: Series, ts: IntArray, history: RegimeHistory, bars_per_year: float) -> Past:
    """The past of a series whose history's bars opened at `ts` (n,), UTC microseconds."""
    market = MARKETS.get(re.split("[/:_-]", series.symbol)[0])
    known = () if market is None else EPISODES[market]
    years = {year: tuple(map(float, share)) for year, share in shares_by_year(ts, history.label).items()}
    return Past(detector, episode_rows(ts, history, known, bars_per_year), years)


def _episode_json(row: EpisodeRow) -> dict[str, object]:
    """One episode by names; `fulfilled` is None where nothing is expected of the share."""
    episode = row.episode
    return {
        "episode": episode.name,
        "begin": episode.begin,
        "end": episode.end,
        "by": "trigger" if episode.trigger else "context",
        "bars": row.bars,
        "share": dict(zip(NAMES, map(float, row.shares), strict=True)),
        "expected": episode.expected.name.lower(),
        "least": episode.least,
        "most": episode.most,
        "fulfilled": row.fulfilled,
        "delay_bars": row.delay,
        "mean_bars": row.mean_bars,
        "switches_per_year": row.switches_per_year,
    }
