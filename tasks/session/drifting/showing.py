"""Drift in rows and sentences, for the shell, Prefect and the page."""

from collections.abc import Sequence
from typing import Any

from models.predictors.drift import Drift
from models.types import iso
from tasks.session.drifting.report import DriftReport, Repeat, SeriesWatch

DIGITS = 4
Row = dict[str, Any]


def model_rows(watched: Sequence[SeriesWatch]) -> list[Row]:
    """One row for each model: age, how many inputs have shifted, and how right it is beside its walk-forward."""
    return [
        {
            "series": str(one.series),
            "model": model.model,
            "version": model.version,
            "age, days": None if model.age_days is None else round(model.age_days, 1),
            **_figures(model.drift),
            "train": "yes" if model.wants_training else "",
        }
        for one in watched
        for model in one.models
    ]


def input_rows(watched: Sequence[SeriesWatch]) -> list[Row]:
    """One row for each input of each model, the farthest from its training first."""
    return [
        {
            "series": str(one.series),
            "model": model.model,
            "input": shift.name,
            "population stability index": round(shift.index, DIGITS),
            "usual up to": round(shift.usual, DIGITS),
            "distance": _rounded(shift.distance),
            "shifted": "yes" if shift.shifted else "",
        }
        for one in watched
        for model in one.models
        if model.drift is not None
        for shift in sorted(model.drift.inputs, key=lambda each: -each.index)
    ]


def repeat_rows(watched: Sequence[SeriesWatch]) -> list[Row]:
    """One row for each version that spoke live within the newest day."""
    return [
        {
            "series": str(one.series),
            "model": repeat.model,
            "version": repeat.version,
            "bars compared": repeat.compared,
            "late": repeat.late,
            "figures that differ": len(repeat.differences),
            "not compared": repeat.why_not or "",
        }
        for one in watched
        for repeat in one.repeats
    ]


def difference_lines(watched: Sequence[SeriesWatch]) -> list[str]:
    """Every figure that research does not repeat."""
    return [
        f"{one.series} {repeat.model} {repeat.version}: {each}"
        for one in watched
        for repeat in one.differing
        for each in repeat.differences
    ]


def alert_text(watched: SeriesWatch, repeat: Repeat) -> str:
    """What a person is to hear of words that research does not repeat."""
    first, count = repeat.differences[0], len(repeat.differences)
    return (
        f"{repeat.model} {repeat.version} of {watched.series}: {count} of the figures that it said live are not those "
        f"of research on the same bars, first {first}. Bars that were repaired since then explain that; nothing else "
        "should: see keel drift"
    )


def verdict_lines(watched: Sequence[SeriesWatch]) -> list[str]:
    """One sentence for each model."""
    return [f"{one.series} {model.model}: {model.verdict}" for one in watched for model in one.models] or [NOTHING]


NOTHING = "no model of these series was ever trained: keel train"


def trained_lines(report: DriftReport) -> list[str]:
    """What was trained."""
    return [
        f"{one['series']} {one['model']} {one['version']}: {'speaks from now on' if one['champion'] else 'challenger'}"
        for one in report.trained
    ]


def summary(report: DriftReport) -> str:
    """One sentence for a log."""
    models = [model for one in report.watched for model in one.models]
    wanting = [f"{one.series} {model}" for one in report.watched for model in one.to_train]
    compared = sum(one.compared for watched in report.watched for one in watched.repeats)
    said = f"{len(wanting)} of {len(models)} models want training"
    said += f" ({', '.join(wanting)})" if wanting else ""
    equal = "research repeats all of them" if report.equal else "RESEARCH DOES NOT REPEAT ALL OF THEM"
    return f"{said}; {compared} live words compared" + (f", {equal}" if compared else "")


def page_of(report: DriftReport) -> str:
    """Everything for a person, as markdown."""
    newest = ", ".join(f"{one.series} until {iso(one.bar)}" for one in report.watched)
    parts = [
        f"# Drift\n\n{newest}\n\n{summary(report)}",
        _list(verdict_lines(report.watched)),
        _section("Models", model_rows(report.watched)),
        _section("Live words, said again by research", repeat_rows(report.watched)),
        _list(difference_lines(report.watched)),
        _section("Inputs", input_rows(report.watched)),
        _list(trained_lines(report)),
    ]
    return "\n\n".join(one for one in parts if one) + f"\n\nConfiguration `{report.config_version}`.\n"


def _figures(drift: Drift | None) -> Row:
    found = None if drift is None else drift.performance
    output = None if drift is None else drift.output
    shifted = "" if drift is None else f"{sum(one.shifted for one in drift.inputs)} of {len(drift.inputs)}"
    return {
        "new bars": None if drift is None else drift.bars,
        "inputs shifted": shifted,
        "outputs, distance": None if output is None else _rounded(output.distance),
        "its chance": None if output is None else _rounded(output.chance),
        "judged bars": None if found is None else found.bars,
        "log loss": None if found is None else _rounded(found.loss),
        "walk-forward": None if found is None else _rounded(found.reference_loss),
        "usual loss up to": None if found is None else _rounded(found.usual_loss),
        "calibration error": None if found is None else _rounded(found.error),
        "usual error up to": None if found is None else _rounded(found.usual_error),
    }


def _rounded(figure: float) -> float | None:
    """As it is shown: NaN is nothing."""
    return None if figure != figure else round(figure, DIGITS)


def _section(title: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(one) for one in row.values()] for row in rows)]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {one}" for one in lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
