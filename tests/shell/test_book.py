"""The configured book: which systems, rows, rules and limits come of the settings."""

from pathlib import Path

import numpy as np
import pytest
from lakes import merge

from conf.genomes import default_genome
from models.engine import System
from models.features import range_figures
from models.regime import RegimeSettings, regime_history
from models.specialists import OFF, Rules, entry_reason, held_rules
from models.specialists.signal import Signal
from models.specialists.translation import haven_rules_of, rules_of
from models.types import BadInput, Bars, Reason, Regime, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.inputs import book_inputs
from tasks.session.market import market_view

SYMBOLS = ("AAA/USDT", "BBB/USDT", "GLD/USDT")
SETTINGS = {
    "TRADING__VENUE": "binance",
    "TRADING__SYMBOLS": "[AAA/USDT, BBB/USDT]",
    "TRADING__TIMEFRAME": "1h",
    "TRADING__PROFILE": "moderate",
    "TRADING__HAVEN": "GLD/USDT",
}
# The profile's, but for the leverage, which the stage bounds.
MODERATE = {"max_portfolio_risk": 0.02, "max_position_risk": 0.01, "max_position": 0.1, "max_leverage": 1.0}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(f"KEEL_{name}", value)
    made = build_desk(folder=tmp_path)
    for k, symbol in enumerate(SYMBOLS):
        ts = 1_577_836_800_000_000 + np.arange(400, dtype=np.int64) * HOUR
        close = 100.0 + np.sin(np.arange(400) / (5.0 + k)) * (1.0 + k + np.arange(400) / 50.0)
        merge(made.bars, Series("binance", symbol, "1h"), Bars(ts, close, close + 0.5, close - 0.5, close, close))
    return made


def book_with(desk: Desk, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Book:
    for name, value in changes.items():
        monkeypatch.setenv(f"KEEL_{name}", value)
    return configured_book(build_desk(folder=desk.home))


def slots_of(system: System) -> list[tuple[str, int, int, bool]]:
    return [(one.symbol, one.column, one.guide, one.haven) for one in system.slots]


def test_both_systems_trade_every_symbol_and_the_haven_beside_it(desk: Desk) -> None:
    book = configured_book(desk)
    assert book.name == "exploration|binance|1h|AAA/USDT+BBB/USDT"
    assert book.symbols == SYMBOLS
    assert [one.symbol for one in book.models] == ["AAA/USDT", "BBB/USDT"]
    swing, long = book.parameters.systems
    slots = [("AAA/USDT", 0, 0, False), ("BBB/USDT", 1, 1, False), ("GLD/USDT", 2, 0, True)]
    assert [(one.name, one.capital) for one in (swing, long)] == [("swing", 6000.0), ("long", 4000.0)]
    assert slots_of(swing) == slots_of(long) == slots
    assert book.rows == [(name, symbol) for name in ("swing", "long") for symbol in SYMBOLS]
    assert book.capital == 10_000.0


def test_each_specialist_has_the_rules_of_its_genome(desk: Desk) -> None:
    swing = configured_book(desk).parameters.systems[0]
    shares = {Regime.VOLATILE: 0.5, Regime.TRENDING: 1.0, Regime.RANGING: 1.0, Regime.CRISIS: 0.2}
    own = tuple(rules_of(default_genome(one), 1.0, 24.0, shares[one], 0.0, 1.0) for one in Regime)
    haven = haven_rules_of(default_genome(Regime.CRISIS), 0.2)
    assert [one.rules for one in swing.slots] == [own, own, haven]
    assert haven[Regime.CRISIS].weight > 0.0


def test_the_long_system_holds_the_regimes_weight_in_equal_parts(desk: Desk) -> None:
    long = configured_book(desk).parameters.systems[1]
    own = tuple(held_rules(weight, 0.2) for weight in (0.3, 0.45, 0.45, 0.15))
    haven = tuple(held_rules(weight, 0.2) for weight in (0.0, 0.0, 0.0, 0.3))
    assert [one.rules for one in long.slots] == [own, own, haven]


def test_both_systems_have_the_limits_of_the_profile_and_the_stage(desk: Desk) -> None:
    swing, long = configured_book(desk).parameters.systems
    assert {name: getattr(swing.profile, name) for name in MODERATE} == MODERATE
    assert long.profile == swing.profile


def test_the_swing_systems_controller_is_the_configured_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    swing, long = configured_book(desk).parameters.systems
    assert tuple(swing.controller) == (1.0, 0.05, 0.025, 10.0, 90.0, 0.7, 0.5)
    assert (long.controller.adaptive, long.controller.crowded_at) == (0.0, OFF)
    plain = book_with(desk, monkeypatch, SYSTEMS__SWING__CONTROLLER="regime").parameters.systems[0]
    assert plain.controller == swing.controller._replace(adaptive=0.0)


@pytest.mark.parametrize(("off", "left"), [("SWING", "long"), ("LONG", "swing")])
def test_a_system_without_a_share_is_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch, off: str, left: str) -> None:
    both, alone = configured_book(desk), book_with(desk, monkeypatch, **{f"SYSTEMS__{off}__SHARE": "0.0"})
    assert [one.name for one in alone.parameters.systems] == [left]
    assert alone.capital == alone.parameters.systems[0].capital
    shared, whole = (_instruments(one) for one in (both, alone))
    assert {one.volume_share for one in shared} == {0.05}, "both together get no more of a bar than one order may"
    assert {one.volume_share for one in whole} == {0.1}
    assert {one._replace(volume_share=0.1) for one in shared} == set(whole)


def _instruments(book: Book) -> list[object]:
    return [slot.instrument for _, slot in book.parameters.rows]


def test_without_a_haven_there_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_with(desk, monkeypatch, TRADING__HAVEN="null")
    assert (book.symbols, book.models) == (SYMBOLS[:2], book.series)
    assert not [slot for _, slot in book.parameters.rows if slot.haven]
    assert book.name == "exploration|binance|1h|AAA/USDT+BBB/USDT"


def test_two_genes_act_on_the_whole_book(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = configured_book(desk)
    crisis, ranging = default_genome(Regime.CRISIS), default_genome(Regime.RANGING)
    assert book.regimes == RegimeSettings("rules", "1d", "1h", crisis["crisis_threshold"])
    assert book.period == ranging["mean_reversion_period"]
    chosen = book_with(desk, monkeypatch, REGIMES__DETECTOR="hmm", REGIMES__CONTEXT="4h", REGIMES__TRIGGER="30m")
    assert chosen.regimes == RegimeSettings("hmm", "4h", "30m", crisis["crisis_threshold"])


@pytest.mark.parametrize("missing", ["BBB/EUR", "PAXG/USDT"])
def test_a_series_that_the_lake_does_not_have_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    key = "TRADING__HAVEN" if missing.startswith("PAXG") else "TRADING__SYMBOLS"
    with pytest.raises(BadInput, match=f"binance {missing} 1h"):
        book_with(desk, monkeypatch, **{key: missing if key.endswith("HAVEN") else f"[AAA/USDT, {missing}]"})


def test_inputs_have_the_books_range_and_regimes_and_the_havens_says_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_with(desk, monkeypatch, REGIMES__CONTEXT="1h")
    views = [market_view(desk, series) for series in book.series]
    silent = [Edges.none(len(view.bars)) for view in views]
    histories = [regime_history(view.inputs, book.regimes) for view in views[: book.traded]]
    read = book_inputs(desk, book, views, silent).symbols
    told = book_inputs(desk, book, views, silent, histories).symbols
    for series, view, inputs, given in zip(book.series, views, read, told, strict=True):
        found = regime_history(view.inputs, book.regimes)
        ranges = range_figures(view.adjusted, view.features.atr, book.period)
        assert inputs.range_width.tobytes() == ranges.width.tobytes()
        assert inputs.oscillator.tobytes() == ranges.oscillator.tobytes()
        if series in book.models:
            assert inputs.regime.tolist() == found.label.tolist()
            assert len(set(found.label.tolist())) > 1, "a market of one regime proves nothing"
            assert given.regime is histories[book.models.index(series)].label
        else:
            assert set(inputs.regime.tolist()) == {int(Regime.RANGING)}


def test_an_idle_specialist_enters_neither_in_its_regime_nor_as_a_stand_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(desk.home))
    own = configured_book(desk).parameters.systems
    idle = book_with(desk, monkeypatch, SPECIALISTS__VOLATILE="champion").parameters.systems
    before, after = own[0].slots[0].rules, idle[0].slots[0].rules
    assert after == (before[0]._replace(share=0.0, max_entries=0.0), *before[1:])
    assert [one.rules for one in idle[0].slots] == [after, after, own[0].slots[2].rules]
    assert idle[1] == own[1], "the long system is not touched"
    assert _verdict(after[0], after[0].share) is Reason.REFUSED_REGIME
    assert _verdict(after[0], 1.0) is Reason.REFUSED_TRADES, "share is that of the regime, whoever is in charge"
    assert _verdict(before[0], 1.0) is Reason.ENTER_EDGE


def _verdict(rules: Rules, share: float) -> Reason:
    """On a market in which the volatile genome wants to enter."""
    signal = Signal(**dict.fromkeys(Signal._fields, 0.0) | {"edge": 500.0, "atr_ratio": 2.0, "close": 100.0, "gate": 0})
    return Reason(entry_reason(signal, 10.0, 0, 0.01, 0.0, 0.0, share, rules))


def test_an_idle_crisis_specialist_holds_no_haven(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_HOME", str(desk.home))
    own = configured_book(desk).parameters.systems
    idle = book_with(desk, monkeypatch, SPECIALISTS__CRISIS="champion").parameters.systems
    assert own[0].slots[2].rules[Regime.CRISIS].weight > 0.0
    assert [one.weight for one in idle[0].slots[2].rules] == [0.0] * 4
    assert idle[1] == own[1], "what the long system holds of it is its own"
