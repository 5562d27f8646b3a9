"""An evolution as rows: gates with their thresholds, both samples side by side, genes, folds, and trials."""

import json
from dataclasses import fields, replace

import pytest
from evolution_reports import NAMES, RUN, candidate, evolution_report, idle

from models.types import Regime
from tasks.session.evolving.report import Brief
from tasks.session.evolving.showing import (
    SIDES,
    all_gate_rows,
    failed_sentences,
    figure_rows,
    figure_text,
    fold_rows,
    gate_matrix,
    gate_rows,
    gene_rows,
    promoting_sentence,
    search_rows,
    sides_of,
    trials_sentence,
)


def test_the_json_has_what_scripts_rely_on() -> None:
    found = json.loads(json.dumps(evolution_report().as_json(), allow_nan=False))
    assert (found["trials"], found["effective_trials"]) == (600_000, 83.25)
    assert [one["specialist"] for one in found["candidates"]] == ["volatile", "trending"]
    for one in found["candidates"]:
        assert tuple(one["gates"]) == NAMES
        assert all({"value", "threshold", "passed"} <= set(gate) for gate in one["gates"].values())
        assert {"in_sample", "out_of_sample"} <= set(one)
    failed = found["candidates"][1]["gates"]
    assert {name for name, gate in failed.items() if not gate["passed"]} == {"dsr", "pbo"}
    assert (failed["dsr"]["value"], failed["pbo"]["value"]) == (None, 0.12)


def test_every_gate_says_on_which_side_of_its_threshold_it_has_to_be() -> None:
    rows = gate_rows(candidate(Regime.TRENDING, "dsr"))
    assert tuple(row["gate"] for row in rows) == NAMES == tuple(SIDES)
    by_name = {row["gate"]: row for row in rows}
    assert by_name["pbo"] == {
        "gate": "pbo",
        "value": "0.12",
        "threshold": "<= 0.2",
        "passed": "yes",
        "found": "pbo was found so & <so>",
    }
    assert by_name["dsr"]["threshold"] == ">= 0.95"
    assert (by_name["dsr"]["value"], by_name["dsr"]["passed"]) == ("-", "NO")
    assert by_name["double_costs"]["threshold"] == "> 0"
    # The sides are those by which the made-up values pass.
    for one in candidate(Regime.TRENDING).gates:
        assert one.value is not None
        assert {"<=": one.value <= one.threshold, ">=": one.value >= one.threshold, ">": one.value > one.threshold}[
            SIDES[one.name]
        ]


def test_the_matrix_puts_the_specialists_beside_each_other() -> None:
    report = evolution_report()
    rows = {row["gate"]: row for row in gate_matrix(report)}
    assert rows["pbo"] == {"gate": "pbo", "threshold": "<= 0.2", "volatile": "0.12", "trending": "0.12 FAILED"}
    assert rows["dsr"]["trending"] == "- FAILED"
    assert "FAILED" not in "".join(row["volatile"] for row in rows.values())
    assert failed_sentences(report) == [f"trending, {name}: {name} is not good enough" for name in ("dsr", "pbo")]
    assert len(all_gate_rows(report)) == 2 * len(NAMES)
    fewer = replace(report.candidates[0], gates=report.candidates[0].gates[1:])
    assert gate_matrix(evolution_report(fewer, report.candidates[1]))[-1]["volatile"] == "-"


def test_no_figure_in_sample_stands_without_the_one_out_of_sample() -> None:
    rows = figure_rows(sides_of(evolution_report()))
    assert [row["figure"] for row in rows] == [one.name.replace("_", " ") for one in fields(Brief)]
    assert list(rows[0].values()) == ["total return", "25.00%", "150.00%", "25.00%", "150.00%"]
    for row in rows:
        told = [name for name in row if name.endswith("in sample")]
        assert told == ["volatile, in sample", "trending, in sample"]
        assert all(name.replace("in sample", "out of sample") in row for name in told)
    first, second = fold_rows(candidate(Regime.CRISIS))
    assert (first["return, out of sample"], first["return, in sample"]) == ("24.00%", "151.00%")
    assert second["tested on"].startswith("2022-12-31 to ")
    assert {name.replace("in sample", "out of sample") for name in first if name.endswith("in sample")} <= set(first)


def test_what_was_not_measured_is_a_dash() -> None:
    report = evolution_report(idle(Regime.RANGING))
    texts = [cell for row in (*figure_rows(sides_of(report)), *gate_matrix(report)) for cell in row.values()]
    assert not any("nan" in text.lower().split() or "inf" in text.lower() for text in texts)
    assert figure_rows(sides_of(report))[1]["ranging, out of sample"] == "-"
    assert fold_rows(report.candidates[0]) == []
    assert figure_text(float("nan")) == figure_text(None) == figure_text(float("inf")) == "-"


def test_genes_stand_beside_their_defaults_and_bounds() -> None:
    rows = gene_rows(candidate(Regime.TRENDING))
    assert rows[0] == {
        "gene": "trend_strength_min",
        "value": "20",
        "default": "25",
        "allowed": "20 to 30 (ADX)",
        "meaning": "Least strength of the trend of an entry.",
    }
    assert next(row for row in rows if row["gene"] == "pullback_entry")["allowed"] == "true or false"
    assert {row["value"] for row in rows if row["gene"] == "pullback_entry"} <= {"true", "false"}


def test_the_search_and_its_trials_are_told() -> None:
    report = evolution_report()
    row = search_rows(report)[1]
    assert (row["specialist"], row["passed"], row["trials"]) == ("trending", "NO", "300,000")
    assert (row["weight of all regimes"], row["effective trials"]) == ("25%", "41.5")
    assert trials_sentence(report) == (
        "600,000 trials in this run, worth 83.25 independent ones; 1,234,567 on this data so far, worth 160.5"
    )


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ((), f"nothing was promoted; to promote: keel promote volatile --run {RUN}"),
        ((candidate(Regime.CRISIS, "stress"),), ""),
        ((candidate(Regime.CRISIS, matched=False),), ""),
    ],
)
def test_only_what_passed_is_offered_for_promotion(candidates: tuple, said: str) -> None:
    assert promoting_sentence(evolution_report(*candidates)) == said


def test_when_nothing_passed_it_says_to_hold_cash() -> None:
    assert evolution_report(candidate(Regime.CRISIS, "stress")).verdict == "No specialist passed: hold cash."
    assert evolution_report().verdict == "Passed: volatile. Hold cash in: trending."
