"""Keeping an ablation: its page and its JSON among the reports, and a run where such reports are compared."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from data.files import write_atomically
from models.types import Unavailable
from tasks.ports import PageRecord, Tracker
from tasks.session.ablating.page import page_of
from tasks.session.ablating.report import AblationReport
from tasks.session.desk import Desk
from tasks.session.json_values import finite

EXPERIMENT = "ablation"


def publish(desk: Desk, tracker: Tracker, report: AblationReport, say: Callable[[str], None]) -> AblationReport:
    """The report with the path of its page, after that and its JSON beside it were written, what was found about models
    that are not trusted with real money was kept beside their cards, and the run was logged.

    A tracker that does not answer takes nothing away: `say` hears of it.

    Raises:
        BadInput, Damaged: a version that was looked at is no longer there, or was changed since.
        Unavailable: the page, its JSON or what was found cannot be written.
    """
    page = page_path(desk, report)
    found = replace(report, page=page)
    figures = page.with_suffix(".json")
    write_atomically(figures, (json.dumps(finite(found.as_json()), allow_nan=False) + "\n").encode())
    write_atomically(page, page_of(found).encode())
    series = {str(one): one for one in desk.universe()}
    for proof in found.proofs:
        desk.models.save_proof(series[proof.series], proof)
    try:
        tracker.log_page(EXPERIMENT, record_of(desk, found, (page, figures)))
    except Unavailable as error:
        say(f"{error}; the ablation is not lost: {page}")
    return found


def page_path(desk: Desk, report: AblationReport) -> Path:
    """Where the page of an ablation is: the same models on the same bars replace it."""
    same = [report.command, report.config_version, report.data_sha256, report.versions]
    key = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:8]
    newest = max((one.last[:10] for one in report.alone), default="none")
    return desk.home / "state" / "reports" / f"ablation-{newest}-{key}.html"


def record_of(desk: Desk, report: AblationReport, pages: tuple[Path, ...]) -> PageRecord:
    """What the tracker keeps."""
    trading = desk.loaded.settings.trading
    symbols = ",".join(trading.symbols)
    return PageRecord(
        name=f"{trading.venue} {symbols} {trading.timeframe}",
        settings={
            "venue": trading.venue,
            "symbols": symbols,
            "timeframe": trading.timeframe,
            "horizon": report.horizon,
            "blocks": report.blocks,
            "replicates": report.replicates,
            "seed": report.seed,
        },
        tags={
            "keel.symbols": symbols,
            "keel.config_version": report.config_version,
            "keel.data_sha256": ",".join(report.data_sha256.values()),
            "keel.models": ",".join(report.versions.values()),
            "keel.command": report.command,
        },
        metrics=dict(_metrics(report)),
        pages=pages,
    )


def _metrics(report: AblationReport) -> Iterator[tuple[str, float]]:
    """Finite figures by series, model and measure."""
    for one in report.alone:
        honest = one.out_of_sample
        figures = {
            "correlation": None if honest.said.correlation is None else honest.said.correlation.value,
            "gain": None if honest.said.gain is None else honest.said.gain.value,
            "raw_error": honest.said.raw_error,
            "error": honest.said.error,
            "net": honest.money.net,
            "net_sharpe": honest.money.net_sharpe,
            "timing_bps": None if honest.money.timing_bps is None else honest.money.timing_bps.value,
        }
        for name, figure in figures.items():
            if figure is not None and math.isfinite(figure):
                yield f"{_dotted(one.series)}.{one.model}.{name}", figure
    for row in report.added:
        if row.figure is not None:
            measure = row.measure.split(",")[0]
            yield _dotted(f"{row.series} {row.whole} {row.part} {measure}"), row.figure.value


def _dotted(words: str) -> str:
    return words.replace("/", "_").replace(" ", ".")
