"""A dossier as a page and a picture: everything in one file, the verdict first, nothing told that was not measured."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from evolution_reports import NAMES, candidate, evolution_report, idle
from PIL import Image

from models.types import Regime
from tasks.session.evolving.charts import equity_chart, fitness_by_generation, fitness_chart, front_chart, has_front
from tasks.session.evolving.page import page_of
from tasks.session.evolving.picture import evolution_picture, front_picture
from tasks.session.evolving.report import Candidate, EvolutionReport


def body_of(report: EvolutionReport, one: Candidate) -> str:
    """The page without its scripts."""
    return re.sub(r"<script.*?</script>", "", page_of(report, one), flags=re.S)


def test_the_verdict_comes_first_and_everything_else_after_it() -> None:
    report = evolution_report()
    body = body_of(report, report.candidates[1])
    heads = re.findall(r"<h2>(.*?)</h2>", body)
    assert heads == [
        *("Verdict", "Gates", "Out of sample and in sample", "Folds", "Genes", "The search", "Pareto front"),
        "Where it comes from",
    ]
    assert re.findall(r'<div id="([a-z]+)"', body) == ["equity", "fitness", "front"]
    assert body.index("trending: failed dsr, pbo; hold cash in this regime.") < body.index("<h2>Gates")
    for name in NAMES:
        assert f"<td>{name}</td>" in body
    assert "<td>25.00%</td><td>150.00%</td>" in body
    assert "volatile, in sample" not in body
    for text in (report.command, report.commit, "b" * 64, report.config_version, "<td>seed</td><td>1</td>"):
        assert text in body
    assert "600,000 trials in this run" in body


def test_only_a_candidate_that_failed_is_marked() -> None:
    report = evolution_report()
    passed, failed = (body_of(report, one) for one in report.candidates)
    assert '<div class="doubted">' in failed
    assert '<div class="doubted">' not in passed
    assert "volatile: passed all 10 gates; it may be promoted." in passed


def test_the_page_asks_nobody_for_anything_and_escapes_what_it_shows() -> None:
    hostile = '<img src="https://example.org">'
    report = replace(evolution_report(), command=hostile, series=(hostile,), settings={"seed": hostile})
    gate = replace(report.candidates[0].gates[0], sentence=hostile)
    one = replace(report.candidates[0], gates=(gate, *report.candidates[0].gates[1:]))
    page = page_of(report, one)
    assert page.count("Content-Security-Policy") == 1
    body = body_of(report, one)
    assert "<img" not in body
    assert not re.findall(r"(?<!&quot;)(?:src|href)\s*=\s*['\"]", body)
    assert body.count("&lt;img") >= 4


def test_a_candidate_that_never_traded_has_a_page_without_figures_and_without_nan() -> None:
    report = evolution_report(idle(Regime.RANGING))
    body = body_of(report, report.candidates[0])
    assert not re.search(r"\b(nan|inf|none)\b(?!;)", re.sub(r"<[^>]*>|none</p>", " ", body), flags=re.I)
    assert "Pareto front" not in body
    assert "No specialist passed: hold cash." in body


def test_charts_show_both_samples_every_fold_and_the_front() -> None:
    one = candidate(Regime.VOLATILE)
    assert [(line.name, line.line.dash) for line in equity_chart(one).data if line.showlegend] == [
        ("out of sample", "solid"),
        ("in sample", "dot"),
    ]
    fall = equity_chart(one).data[1]
    assert max(fall.y) == 0.0
    assert min(fall.y) < 0.0
    assert [line.name for line in fitness_chart(one).data] == ["best", "median", "fold 1, best", "fold 2, best"]
    front = front_chart(one)
    assert (list(front.data[0].x), list(front.data[0].y)) == ([-0.05, -0.08, -0.2], [0.1, 0.2, 0.3])
    assert "log return a year" in front.layout.yaxis.title.text


def test_generations_without_an_allowed_genome_are_gaps() -> None:
    best = fitness_by_generation(candidate(Regime.VOLATILE).curve, "best")
    assert np.isnan(best[0])
    assert np.isfinite(best[1:]).all()
    assert list(fitness_chart(idle(Regime.CRISIS)).data) == []
    assert not has_front(idle(Regime.CRISIS))


@pytest.mark.parametrize("report", [evolution_report(), evolution_report(idle(Regime.CRISIS))], ids=["two", "idle"])
def test_there_is_a_picture_of_every_evolution(report: EvolutionReport) -> None:
    image = Image.open(io.BytesIO(evolution_picture(report)))
    image.load()
    assert image.width > 1000
    assert np.ptp(np.asarray(image)) > 100


def test_there_is_a_picture_of_the_front() -> None:
    assert front_picture(candidate(Regime.VOLATILE))[:8] == b"\x89PNG\r\n\x1a\n"
