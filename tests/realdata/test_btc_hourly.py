"""Binance's real hourly bars of BTC: what is imported, and paper held against the backtest over the last 500 bars."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import command
from synthetic import MemoryTracker

from models.types import Series, intents_sha256
from models.types.timeframes import HOUR
from tasks.adapters.archives import read_archive
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.backtesting import backtest
from tasks.session.carried import carried_of
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.replay import run_stretch

SERIES = Series("binance", "BTC/USDT", "1h")
BOOK = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    # A fee of next to nothing, a narrow band and regimes by the hour: a parity over two orders would prove little.
    "KEEL_VENUES__BINANCE__FEE_BPS": "0.5",
    "KEEL_SYSTEMS__LONG__BAND": "0.02",
    "KEEL_REGIMES__CONTEXT": "1h",
    "KEEL_TRADING__PROFILE": "aggressive",
}


@pytest.fixture(scope="module")
def archive(market_data: Path) -> Path:
    return market_data / "btcusdt_binance_1h_2017-08_2024-12.parquet"


@pytest.fixture(scope="module")
def desk(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    before = dict(os.environ)
    os.environ.update(BOOK | {"KEEL_HOME": str(tmp_path_factory.mktemp("home"))})
    made = build_desk()
    result = take_in_archive(made, SERIES, read_archive(archive, SERIES.symbol))
    assert (result.bars, len(result.gaps), sum(gap.missing for gap in result.gaps)) == (64_524, 28, 128)
    yield made
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.realdata
def test_the_last_500_bars_on_paper_give_the_backtests_intents_to_the_bit(desk: Desk) -> None:
    newest = int(desk.bars.read(SERIES).ts[-1])
    backtest(desk, MemoryTracker(), None, None, lambda _: None)
    journal = build_journal(desk)
    cycles = run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, newest + HOUR, 500)
    paper = [intent for cycle in cycles if cycle.decision for intent in cycle.decision.intents]
    tested = backtest(desk, MemoryTracker(), cycles[0].bar, cycles[-1].bar, lambda _: None)
    run = tested.run
    assert len(cycles) == 500
    assert len(paper) >= 12
    assert len(run.switched()) >= 12
    assert intents_sha256(paper) == intents_sha256(run.intents())
    assert cycles[-1].decision is not None
    assert cycles[-1].decision.state_after == carried_of(tested.book, run.state)
    assert [one for each in cycles if each.decision for one in each.decision.switches] == run.switched()


@pytest.mark.realdata
def test_the_command_line_imports_once_and_names_the_gaps(archive: Path, tmp_path: Path) -> None:
    arguments = ["flows.cli", "import", str(archive), "--venue", "binance", "--symbol", "BTC/USDT", "--timeframe", "1h"]
    first = json.loads(command(*arguments, "--json", env={"KEEL_HOME": str(tmp_path)}).stdout)
    again = json.loads(command(*arguments, "--json", env={"KEEL_HOME": str(tmp_path)}).stdout)
    assert (first["bars"], first["added"], first["gaps"], first["missing_bars"]) == (64_524, 64_524, 28, 128)
    assert (again["bars"], again["added"]) == (64_524, 0)
    spoken = command(*arguments, env={"KEEL_HOME": str(tmp_path)}).stdout
    assert spoken.count("2018-02-08T01:00:00Z") == 1
