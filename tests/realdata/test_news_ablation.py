"""What six months of crypto headlines add to momentum on BTC's hours of 2022, whatever it is: measured, not claimed."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lively_backtests import Remembering
from news_of_2022 import BITCOIN, LAST, settle_2022
from synthetic import MemoryTracker

from data.news import read_headlines
from models.evidence.redrawn import correlated, correlation, redrawn
from models.predictors.labels import forward_returns
from models.types.gates import PROOF
from models.types.news import Headline
from tasks.bootstrap import build_desk
from tasks.session.ablating import AblationReport, ablate
from tasks.session.ablating.ground import SEED
from tasks.session.ablating.proving import sentence_of
from tasks.session.ablating.publishing import publish
from tasks.session.ablating.report import BLEND
from tasks.session.ablating.showing import costs_sentence, intervals_sentence, tables_of
from tasks.session.desk import Desk
from tasks.session.learning.hearing import news_of
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.learning.training import train_models
from tasks.session.market import market_view

pytestmark = pytest.mark.realdata
HOURS = (1, 6, 24)
# Four horizons, as the ablation draws them.
BLOCK = 96
BOOK = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    "KEEL_ROUTER__RULES": "[{name: all, models: [momentum, news]}]",
}


@pytest.fixture(scope="module")
def desk(market_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KEEL_")]:
            patch.delenv(name)
        for name, value in (BOOK | {"KEEL_HOME": str(tmp_path_factory.mktemp("home"))}).items():
            patch.setenv(name, value)
        made = build_desk()
        settle_2022(made, market_data)
        train_models(made, BITCOIN, ("momentum", "news"), MemoryTracker(), lambda _: None)
        yield made


@pytest.fixture(scope="module")
def headlines(desk: Desk) -> list[Headline]:
    """Those that a bar may hear."""
    return read_headlines(desk.lake, until=LAST)


@pytest.fixture(scope="module")
def report(desk: Desk) -> AblationReport:
    return ablate(desk, lambda *_: None)


def test_it_speaks_while_there_was_news_and_not_in_the_gap(desk: Desk, headlines: list[Headline]) -> None:
    view = market_view(desk, BITCOIN)
    signal, closes = news_of(desk, view, 0), desk.closes(BITCOIN, view.bars.ts)
    newest = max(one.arrived for one in headlines)
    later = closes > newest + 2 * 86_400_000_000
    assert np.isnan(signal[later]).all()
    assert later.sum() > 4000
    assert np.isfinite(signal[(closes > newest - 120 * 86_400_000_000) & (closes <= newest)]).mean() > 0.99


def test_a_decision_reads_the_news_within_a_tenth_of_a_second(desk: Desk, headlines: list[Headline]) -> None:
    view = market_view(desk, BITCOIN, known_by=headlines[-1].arrived)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        assert np.isfinite(news_of(desk, view, len(view.bars) - 1)[-1])
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.1


def test_the_signal_says_what_was_and_not_what_will_be(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is learnt: the score's correlation with returns, over all bars on which news was heard."""
    view = market_view(desk, BITCOIN)
    signal, close = news_of(desk, view, 0), np.log(view.adjusted.close)
    past = np.concatenate([np.full(24, np.nan), close[24:] - close[:-24]])
    sides = {"the past 24 h": past} | {f"the next {one} h": forward_returns(view.adjusted, one, None) for one in HOURS}
    found = {name: redrawn(correlated(signal, side), correlation, BLOCK, SEED) for name, side in sides.items()}
    with capsys.disabled():
        for name, one in found.items():
            assert one is not None
            print(f"\ncorrelation with {name}: {one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})", end="")
        print()
    assert found["the past 24 h"].low > 0.0


def test_what_news_adds_is_shown_with_its_interval(report: AblationReport, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [one for one in report.added if (one.whole, one.part) == (BLEND, "news")]
    assert len(rows) == 2
    assert all(one.figure is not None and one.figure.low <= one.figure.value <= one.figure.high for one in rows)
    (proof,) = report.proofs
    assert tuple(one.name for one in proof.gates) == PROOF
    by_name = {one.name: one for one in proof.gates}
    assert by_name["prefix_invariance"].value == 0.0
    assert by_name["adds"].passed == any(one.adds for one in rows)
    with capsys.disabled():
        print()
        for table in tables_of(report):
            print(table.title)
            for row in table.rows:
                print("  " + " | ".join(f"{name} {cell}" for name, cell in row.items()))
        print(costs_sentence(report), intervals_sentence(report))
        print(sentence_of(proof))


def test_real_money_hears_it_if_its_gates_were_passed_and_not_otherwise(desk: Desk, report: AblationReport) -> None:
    publish(desk, Remembering(), report, lambda _: None)
    live = build_desk({"stage": "live"})
    heard = spoken_of(live, market_view(live, BITCOIN), ("momentum", "news"), Manner.DECIDE).said
    assert ("news" in heard) == report.proofs[0].passed
    assert "momentum" in heard
