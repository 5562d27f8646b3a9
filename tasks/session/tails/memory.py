"""Tails and correlations of whole series: what was found for the days so far is not looked for again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from data.lake import Lake
from data.tail_fits import TailFitStore
from models.engine import Links
from models.tails import (
    EVERY_DAYS,
    LEAST_CORRELATION_DAYS,
    DailyCloses,
    Fit,
    TailHistory,
    TailSettings,
    common_days,
    correlation_history,
    tail_history,
)
from models.types import Series
from tasks.session.tails.fits import RecordedFits

Histories = dict[tuple[Series, TailSettings], tuple[DailyCloses, TailHistory]]
LinksOf = dict[tuple[tuple[Series, ...], TailSettings], tuple[tuple[DailyCloses, ...], Links]]


@dataclass(frozen=True, slots=True)
class Tails:
    """Of each series and each book the longest history that was asked for.

    Nothing of a day depends on later ones: the first days of a history are the history of these days, and a day that
    comes adds a row. Days that were repaired begin another one.
    """

    fit: Fit
    histories: Histories = field(default_factory=dict)
    links_of: LinksOf = field(default_factory=dict)

    def history(self, series: Series, days: DailyCloses, settings: TailSettings) -> TailHistory:
        """What could be lost on the day after each of the series' days."""
        whole, known = self.histories.get((series, settings), (days.rows(slice(0, 0)), None))
        if known is not None and whole.begins_with(days):
            return known.rows(slice(0, len(days)))
        if known is not None and days.begins_with(whole):
            found = known.then(tail_history(days, settings, self.fit, first=len(whole)))
        else:
            found = tail_history(days, settings, self.fit)
        self.histories[series, settings] = (days, found)
        return found

    def links(self, series: tuple[Series, ...], days: Sequence[DailyCloses], settings: TailSettings) -> Links:
        """How the series of a book moved together, as known at the end of each fifth common day."""
        wholes, known = self.links_of.get((series, settings), ((), None))
        pairs = list(zip(wholes, days, strict=False))
        if known is not None and all(whole.begins_with(one) for whole, one in pairs):
            rows = _count(days)
            return Links(known.known_at[:rows], known.matrices[:rows])
        if known is not None and all(one.begins_with(whole) for whole, one in pairs):
            known_at, matrices = correlation_history(days, settings, first=known.known_at.size)
            found = Links(np.concatenate((known.known_at, known_at)), np.concatenate((known.matrices, matrices)))
        else:
            found = Links(*correlation_history(days, settings))
        self.links_of[series, settings] = (tuple(days), found)
        return found


def recorded_tails(lake: Lake) -> Tails:
    """With fits that are kept in the lake."""
    return Tails(RecordedFits(TailFitStore(lake)))


def _count(days: Sequence[DailyCloses]) -> int:
    """Matrices that so many common days have."""
    return len(range(LEAST_CORRELATION_DAYS, len(common_days(days)[0]), EVERY_DAYS))
