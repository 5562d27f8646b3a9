"""One report of both detectors over the stored history of a series."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.regimes import RegimeRows, RegimeStore
from models.types import Bars, FloatArray, IntArray, Series, bars_per_year, iso
from tasks.session.desk import Desk
from tasks.session.regimes.episodes import Past, past_of
from tasks.session.regimes.history import Kept, detection, history_of, ordered
from tasks.session.regimes.measuring import NAMES, Labelling, RegimeFigures, Truth, measured


@dataclass(frozen=True, slots=True, eq=False)
class RegimeReport:
    """What the detectors said of a series' bars, the configured one first.

    Attributes:
        ts: the bars' opens, UTC microseconds, shape (n,).
        close: as traded, shape (n,).
        labellings, figures, pasts: one a detector.
        truth: None where none was given.
    """

    kept: Kept
    ts: IntArray
    close: FloatArray
    labellings: tuple[Labelling, ...]
    figures: tuple[RegimeFigures, ...]
    pasts: tuple[Past, ...]
    truth: Truth | None

    @property
    def series(self) -> Series:
        """What the report is of."""
        return self.kept.series

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; those of the configured detector stand at the top."""
        settings = self.kept.settings
        told = {
            "bars": self.ts.size,
            "first": iso(int(self.ts[0])),
            "last": iso(int(self.ts[-1])),
            "detector": settings.detector,
            "context": settings.context,
            "trigger": settings.trigger,
            "crisis_index": settings.crisis_index,
        }
        truth = None if self.truth is None else {"given": self.truth.given, "matched": self.truth.rows.size}
        episodes = [{"detector": past.detector} | one for past in self.pasts for one in past.episodes_json()]
        years = {past.detector: past.years_json() for past in self.pasts}
        return (
            self.kept.as_json()
            | told
            | {"truth": truth}
            | by_detector(self.figures)
            | {"episodes": episodes, "years": years}
        )


def regime_report(desk: Desk, kept: Kept, truth: Path | None = None) -> RegimeReport:
    """The report of what the lake has kept; `truth` is a file of true regimes.

    Raises:
        BadInput: the truth cannot be used.
        Damaged: stored bars or stored regimes do not match their checksums.
    """
    settings, series = kept.settings, kept.series
    store = RegimeStore(desk.lake)
    stored = {
        name: store.read(series, detection(replace(settings, detector=name)), kept.stored[name].version)
        for name in ordered(settings.detector)
    }
    bars, stored = _together(desk.bars.read(series), stored)
    known = None if truth is None else _known(truth, bars.ts)
    per_year = bars_per_year(desk.calendar(series), series.timeframe)
    histories = {name: history_of(rows) for name, rows in stored.items()}
    labellings = tuple(Labelling(name, one.label, one.confidence) for name, one in histories.items())
    figures = tuple(measured(one, per_year, known) for one in labellings)
    pasts = tuple(past_of(name, series, bars.ts, one, per_year) for name, one in histories.items())
    return RegimeReport(kept, bars.ts, bars.close, labellings, figures, pasts, known)


def by_detector(figures: Sequence[RegimeFigures]) -> dict[str, object]:
    """The first detector's figures, and every detector's by its name."""
    return figures[0].as_json() | {"detectors": {one.detector: one.as_json() for one in figures}}


def together(reports: Sequence[RegimeReport]) -> dict[str, object]:
    """One object of several reports: shares of all bars, and switches a year of a series."""
    weights = np.array([one.ts.size for one in reports], np.float64)
    heads = [one.figures[0] for one in reports]
    shares = {name: float(np.average([one.share[name] for one in heads], weights=weights)) for name in NAMES}
    switches = float(np.average([one.switches_per_year for one in heads], weights=weights))
    told = {"share": shares, "switches_per_year": switches, "accuracy": None}
    return told | {"series": [one.as_json() for one in reports]}


def _known(path: Path, ts: IntArray) -> Truth:
    # It wants pandas, which takes half a second to import: other commands shall not wait for that.
    from tasks.session.regimes.truth import read_truth

    return read_truth(path, ts)


def _together(bars: Bars, stored: dict[str, RegimeRows]) -> tuple[Bars, dict[str, RegimeRows]]:
    """The bars of which every detector's word is stored, and those words."""
    common = bars.ts
    for rows in stored.values():
        common = np.intersect1d(common, rows.ts, assume_unique=True)
    words = {name: rows.rows(np.searchsorted(rows.ts, common)) for name, rows in stored.items()}
    return bars.rows(np.searchsorted(bars.ts, common)), words
