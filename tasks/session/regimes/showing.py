"""The tables of a report, for the shell and for Prefect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.regime import EpisodeRow
from models.types import iso
from tasks.session.regimes.episodes import Past
from tasks.session.regimes.measuring import NAMES, THRASH_BARS, RegimeFigures
from tasks.session.regimes.report import RegimeReport
from tasks.session.regimes.simulated import TIMEFRAME, SimulatedReport

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the same columns, at least one; `key` is of small letters and dashes."""

    key: str
    title: str
    rows: list[dict[str, Any]]


def report_tables(report: RegimeReport) -> list[Table]:
    """Both detectors' figures, transitions, years and episodes, and their confusion where the truth is known."""
    span = f"{iso(int(report.ts[0]))[:10]} to {iso(int(report.ts[-1]))[:10]}"
    title = f"{report.series}, {report.ts.size} bars, {span}"
    years = [
        Table(f"years-{past.detector}", f"share of each year's bars, by {past.detector}", _year_rows(past))
        for past in report.pasts
    ]
    figures = Table("figures", title, figure_rows(report.figures))
    return [figures, *_matrices(report.figures), *years, *_episode_tables(report.pasts)]


def simulated_tables(report: SimulatedReport) -> list[Table]:
    """Both detectors' figures beside the true shares, and the confusion of each."""
    rows = figure_rows(report.figures)
    truth = {f"share {name}": rounded(share) for name, share in report.truth_share.items()}
    for row in rows:
        row["truth"] = truth.get(row["figure"])
    title = f"simulated bars of {TIMEFRAME}, {report.bars} of them, seed {report.seed}"
    return [Table("figures", title, rows), *_matrices(report.figures)]


def _matrices(figures: Sequence[RegimeFigures]) -> list[Table]:
    made = []
    for one in figures:
        transitions = f"share of a regime's bars that is followed by one of another, by {one.detector}"
        made.append(Table(f"transitions-{one.detector}", transitions, transition_rows(one)))
        if one.confusion is not None:
            confusion = f"bars by truth (rows) and what {one.detector} says"
            made.append(Table(f"confusion-{one.detector}", confusion, confusion_rows(one)))
    return made


def figure_rows(figures: Sequence[RegimeFigures]) -> list[dict[str, Any]]:
    """One row a figure, one column a detector."""
    told = [_told(one) for one in figures]
    names = [one.detector for one in figures]
    return [
        {"figure": name} | {detector: rounded(one[name]) for detector, one in zip(names, told, strict=True)}
        for name in told[0]
    ]


def transition_rows(figures: RegimeFigures) -> list[dict[str, Any]]:
    """Of the bars of each regime, the share that is followed by one of each other."""
    return _matrix("from", figures.transitions.tolist())


def confusion_rows(figures: RegimeFigures) -> list[dict[str, Any]]:
    """Bars by true regime and label; nothing without a truth."""
    return [] if figures.confusion is None else _matrix("truth", figures.confusion.tolist())


def _year_rows(past: Past) -> list[dict[str, Any]]:
    return [{"year": year} | dict(zip(NAMES, map(rounded, share), strict=True)) for year, share in past.years.items()]


def _episode_tables(pasts: Sequence[Past]) -> list[Table]:
    """What was said in each episode and how it held, the detectors below each other; nothing without episodes."""
    found = [(past.detector, row) for past in pasts for row in past.episodes]
    if not found:
        return []
    found.sort(key=lambda one: one[1].episode.begin)
    said = [_said(*one) for one in found]
    held = [_held(*one) for one in found]
    return [
        Table("episodes", "dated episodes: share of their bars", said),
        Table("persistence", "dated episodes: what was expected, bars until it was seen, how it held", held),
    ]


def _said(detector: str, row: EpisodeRow) -> dict[str, Any]:
    episode = row.episode
    title = f"{episode.name}, {episode.begin} to {episode.end}{', its trigger' if episode.trigger else ''}"
    return {"episode": title, "by": detector} | dict(zip(NAMES, map(rounded, row.shares.tolist()), strict=True))


def _held(detector: str, row: EpisodeRow) -> dict[str, Any]:
    episode = row.episode
    limit = next((f" {sign} {share:.0%}" for sign, share in ((">=", episode.least), ("<", episode.most)) if share), "")
    return {
        "episode": episode.name,
        "by": detector,
        "expected": f"{episode.expected.name.lower()}{limit}",
        "came out": {None: None, True: "yes", False: "no"}[row.fulfilled],
        "delay": row.delay,
        "mean bars": round(row.mean_bars),
        "switches a year": rounded(row.switches_per_year),
    }


def rounded(figure: float | None) -> float | None:
    """As it is shown: NaN is nothing."""
    return None if figure is None or figure != figure else round(figure, DIGITS)


def _told(one: RegimeFigures) -> dict[str, float | None]:
    accuracy: dict[str, float | None] = {} if one.accuracy is None else {"accuracy": one.accuracy}
    return (
        accuracy
        | {f"share {name}": one.share[name] for name in NAMES}
        | {"switches a year": one.switches_per_year, f"taken back within {THRASH_BARS} bars": one.thrash_rate}
        | {f"mean bars {name}": one.durations[name].mean for name in NAMES}
        | {f"median bars {name}": one.durations[name].median for name in NAMES}
        | {"confidence": one.mean_confidence}
        | {f"confidence {name}": one.confidence[name] for name in NAMES}
    )


def _matrix(head: str, rows: list[list[float]]) -> list[dict[str, Any]]:
    return [
        {head: name} | dict(zip(NAMES, map(rounded, row), strict=True)) for name, row in zip(NAMES, rows, strict=True)
    ]
