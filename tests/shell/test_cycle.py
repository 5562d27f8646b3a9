"""One bar, one decision; and what a cycle refuses."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lake_runs import lake_run
from lakes import merge
from stormy import HAVEN, STORMY, settle_in_storms
from synthetic import START, SYMBOLS, current_versions, spoken_words, train_routed

from data.journal import Holder, Journal, Leases
from models.engine import Run, run_backtest
from models.engine.panel import ACTIONS, CODES, FIGURES, PRICES, TAILS
from models.types import BadInput, Damaged, Leg, Reason, Refused, Series, iso
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint, scratch_journal
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.edges import edges_of
from tasks.session.learning.versions import NONE, versions_in
from tasks.session.market import market_view
from tasks.session.ordering.paper import PaperBroker
from tasks.session.parity import hold_against_backtest

COUNT = 3000
END = START + COUNT * HOUR


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    before = dict(os.environ)
    settle_in_storms(home, COUNT)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(template, tmp_path / "home")
    for name, value in (STORMY | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return build_desk()


def cycle_at(desk: Desk, journal: Journal, moment: int) -> Cycle:
    at = desk.at(moment)
    return run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


def entry_moment(desk: Desk) -> int:
    """A moment at which a fresh book enters a position on its edge."""
    made = lake_run(desk, END - 200 * HOUR, END).intents()
    return next(one.bar for one in made if one.reason is Reason.ENTER_EDGE) + HOUR


def test_the_same_bar_twice_is_one_decision_and_one_order(desk: Desk) -> None:
    journal = build_journal(desk)
    moment = entry_moment(desk)
    first = cycle_at(desk, journal, moment)
    second = cycle_at(desk, journal, moment + HOUR // 2)
    assert first.decision is not None
    assert first.decision.intents
    assert second.repeated
    assert second.decision == first.decision
    tables = journal.tables()
    assert len(tables["decisions"]) == 1
    assert len(tables["orders"]) == len(first.decision.intents)


def test_an_order_is_filled_at_the_next_open_with_slippage_and_fee(desk: Desk) -> None:
    journal = build_journal(desk)
    moment = entry_moment(desk)
    first = cycle_at(desk, journal, moment)
    second = cycle_at(desk, journal, moment + HOUR)
    assert first.decision is not None
    intent = next(one for one in first.decision.intents if one.reason is Reason.ENTER_EDGE)
    booked = next(one for one in second.fills if (one.fill.system, one.fill.symbol) == (intent.system, intent.symbol))
    fill = booked.fill
    bars = desk.bars.read(Series("binance", intent.symbol, "1h"))
    opened = float(bars.open[bars.ts == first.bar + HOUR][0])
    assert 0.0 < fill.quantity <= intent.quantity
    assert fill.leg is Leg.ENTRY
    assert fill.price >= opened * 1.0001
    assert fill.slip == pytest.approx(fill.quantity * (fill.price - opened), rel=1e-9)
    assert fill.fee == pytest.approx(fill.quantity * fill.price * 1e-4, rel=1e-12)
    assert (booked.cid, fill.system) == (first.decision.cid(intent), "swing")
    assert fill.specialist == intent.regime.name.lower() == first.decision.regimes[intent.symbol]
    model = current_versions(desk, Series("binance", intent.symbol, "1h"))
    assert booked.model == first.decision.models[intent.symbol] == model
    shown = second.as_json()["fills"][0]
    assert shown == {
        "order": booked.cid,
        "bar": iso(fill.ts),
        "symbol": intent.symbol,
        "leg": "entry",
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee,
        "slip": fill.slip,
        "realised": 0.0,
        "system": "swing",
        "specialist": fill.specialist,
        "regime": fill.specialist,
        "model": booked.model,
    }


def test_who_is_in_charge_is_told_with_its_cause(desk: Desk) -> None:
    """At the first decision of all rows, and then where it changes."""
    crisis = next(one for one in lake_run(desk, END - 85 * HOUR, END).switched() if one.before is not None)
    journal = build_journal(desk)
    first = cycle_at(desk, journal, crisis.bar)
    second = cycle_at(desk, journal, crisis.bar + HOUR)
    again = cycle_at(desk, journal, crisis.bar + HOUR + 1)
    shown = first.as_json()["switches"]
    assert [(one["system"], one["symbol"], one["before"], one["cause"]) for one in shown] == [
        (*row, None, "regime") for row in configured_book(desk).rows
    ]
    assert {one["after"] for one in shown} == {"trending"}
    changed = second.as_json()["switches"]
    assert {(one["before"], one["after"], one["cause"]) for one in changed} == {("trending", "crisis", "regime")}
    assert changed[0]["bar"] == iso(crisis.bar)
    assert all(one["text"].startswith("the regime has changed") for one in changed)
    assert again.repeated
    assert again.as_json()["switches"] == changed
    assert len(journal.tables()["switches"]) == len(shown) + len(changed)


def test_the_equity_is_that_of_both_systems(desk: Desk) -> None:
    shown = cycle_at(desk, build_journal(desk), END).as_json()
    assert shown["equities"] == {"swing": 6000.0, "long": 4000.0}
    assert shown["equity"] == 10_000.0


def test_a_haven_that_the_lake_does_not_have_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_TRADING__HAVEN", "PAXG/USDT")
    with pytest.raises(BadInput, match="binance PAXG/USDT 1h"):
        cycle_at(build_desk(), build_journal(desk), END)


def test_no_model_speaks_for_a_haven_even_where_there_is_one(desk: Desk) -> None:
    train_routed(desk, Series("binance", HAVEN, "1h"))
    cycle = cycle_at(desk, build_journal(desk), END)
    assert cycle.decision is not None
    assert set(cycle.decision.models) == set(SYMBOLS)
    assert cycle.decision.inputs[HAVEN]["edge"] is None


def test_a_book_of_other_systems_is_not_continued(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = build_journal(desk)
    cycle_at(desk, journal, END - HOUR)
    monkeypatch.setenv("KEEL_SYSTEMS__LONG__SHARE", "0.0")
    with pytest.raises(Refused, match=r"with other systems .*restore systems and trading\.haven as they were"):
        cycle_at(build_desk(), journal, END)


def test_everything_that_was_read_is_recorded(desk: Desk) -> None:
    cycle = cycle_at(desk, build_journal(desk), END)
    assert cycle.decision is not None
    for series in configured_book(desk).series:
        figures = cycle.decision.inputs[series.symbol]
        assert tuple(figures) == (
            *PRICES,
            *FIGURES,
            *TAILS,
            *ACTIONS,
            *CODES,
            "edge_error",
            "edge_weight",
            "edge_trust",
        )
        bar = desk.bars.read(series).rows(slice(-1, None))
        assert [figures[name] for name in PRICES] == [float(getattr(bar, name)[0]) for name in PRICES]
        unknown = [name for name, figure in figures.items() if figure is None]
        assert unknown == (["edge", "edge_error"] if series.symbol == HAVEN else [])
        if series.symbol == HAVEN:
            assert figures["edge_weight"] == 0.0
        else:
            assert (figures["edge_error"], figures["edge_weight"]) == behind_edge(desk, series)
        assert (figures["gate"], figures["split"], figures["dividend"]) == (0, 1.0, 0.0)


def behind_edge(desk: Desk, series: Series) -> tuple[float, float]:
    """Standard deviation and weight behind the edge of the newest bar, by the harmoniser."""
    view = market_view(desk, series, known_by=END)
    found = edges_of(desk, view, spoken_words(desk, view))
    return float(found.error_bps[-1]), float(found.weight[-1])


def test_behind_the_edge_of_a_bar_that_a_symbol_lacks_is_nothing(desk: Desk) -> None:
    moment = END - 80 * HOUR
    opens = [desk.bars.read(one).ts for one in configured_book(desk).series]
    missing = next(ts for ts in opens[0][::-1] if ts not in opens[1] and ts < moment)
    cycle = cycle_at(desk, build_journal(desk), int(missing) + HOUR)
    assert cycle.decision is not None
    first, second = (cycle.decision.inputs[symbol] for symbol in SYMBOLS)
    assert cycle.bar == missing
    assert first["edge_error"] is not None
    assert (second["edge"], second["edge_error"], second["edge_weight"]) == (None, None, None)


def written(journal: Journal) -> dict[str, Any]:
    """All of it but who was at work."""
    return {name: rows for name, rows in journal.tables().items() if name != "leases"}


def test_a_book_of_an_older_keel_is_not_continued(desk: Desk) -> None:
    journal = build_journal(desk)
    cycle_at(desk, journal, END - HOUR)
    with journal.engine.begin() as connection:
        positions = {symbol: [1.0] * 5 for symbol in SYMBOLS}
        old = json.dumps({"accounts": {"swing": [1.0] * 7}, "positions": {"swing": positions}, "records": {}})
        connection.exec_driver_sql("UPDATE decisions SET state_after = ?", (old,))
    before = written(journal)
    with pytest.raises(Refused, match="point KEEL_HOME to a new folder"):
        cycle_at(desk, journal, END)
    assert written(journal) == before
    with pytest.raises(Refused, match="point KEEL_HOME to a new folder"):
        hold_against_backtest(desk, journal)


def test_a_state_with_a_figure_that_is_no_number_is_not_recorded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Run:
        run = run_backtest(*arguments)
        run.state.book[0, 5] = float("nan")
        return run

    monkeypatch.setattr("tasks.session.cycle.run_backtest", broken)
    journal = build_journal(desk)
    with pytest.raises(Damaged, match=r"\(swing AAA/USDT atr=nan\)"):
        cycle_at(desk, journal, END)
    assert journal.tables()["decisions"] == []


def test_a_cycle_that_begins_while_another_one_works_is_refused(desk: Desk) -> None:
    journal = build_journal(desk)
    at = desk.at(entry_moment(desk))
    broker = build_broker(at, journal)
    assert isinstance(broker, PaperBroker)
    impatient = replace(broker, writing=replace(broker.writing, patience=0))
    said: list[str] = []

    def checkpoint(label: str) -> None:
        if label == "decided":
            with pytest.raises(Refused) as refused:
                run_cycle(at, build_journal(desk), impatient, lambda _: None)
            said.append(str(refused.value))

    cycle = run_cycle(at, journal, broker, checkpoint)
    assert said == ["another cycle of this process is still at work; wait for its end"]
    assert not cycle.repeated
    assert len(journal.tables()["decisions"]) == 1


def test_a_cycle_that_lost_its_lease_writes_nothing_more(desk: Desk) -> None:
    """It stood still for so long that another process took over."""
    journal = build_journal(desk)
    at = desk.at(END - HOUR)

    def checkpoint(label: str) -> None:
        if label == "decided":
            other = Holder("elsewhere", "boot", 1, 1)
            assert Leases(journal.engine).take("orders", other, at.clock.now(), HOUR, lambda _: True) is not None

    with pytest.raises(Refused):
        run_cycle(at, journal, build_broker(at, journal), checkpoint)
    assert journal.tables()["decisions"] == journal.tables()["orders"] == []


def test_the_stop_flag_forbids_entries(desk: Desk) -> None:
    journal = build_journal(desk)
    journal.set_stop("drill", 1)
    cycle = cycle_at(desk, journal, entry_moment(desk))
    assert cycle.decision is not None
    assert cycle.decision.intents == ()
    refused = {(one.system, one.symbol) for one in cycle.refused if one.reason is Reason.REFUSED_STOPPED}
    assert {("long", symbol) for symbol in SYMBOLS} <= refused
    assert {system for system, _ in refused} == {"swing", "long"}


def test_a_stale_bar_is_not_acted_on_and_leaves_no_decision(desk: Desk) -> None:
    journal = build_journal(desk)
    cycle = cycle_at(desk, journal, END + 5 * HOUR)
    assert cycle.decision is None
    assert {one.reason for one in cycle.refused} == {Reason.REFUSED_STALE}
    assert [(one.system, one.symbol) for one in cycle.refused] == configured_book(desk).rows
    assert journal.tables()["decisions"] == []
    assert len(journal.tables()["alerts_outbox"]) == 1


def test_one_missing_bar_is_still_fresh_by_default(desk: Desk) -> None:
    assert cycle_at(desk, build_journal(desk), END + HOUR).decision is not None


def test_the_book_never_goes_back(desk: Desk) -> None:
    journal = build_journal(desk)
    cycle_at(desk, journal, END)
    with pytest.raises(Refused, match="already decided"):
        cycle_at(desk, journal, END - 3 * HOUR)


def test_nothing_closed_yet_is_bad_input(desk: Desk) -> None:
    with pytest.raises(BadInput, match="had closed by"):
        cycle_at(desk, build_journal(desk), START)


def test_without_a_model_the_book_holds_cash_and_says_why(desk: Desk) -> None:
    shutil.rmtree(desk.home / "state" / "models")
    cycle = cycle_at(desk, build_journal(desk), END)
    assert {(one.system, one.symbol): one.reason for one in cycle.refused} == {
        ("swing", symbol): Reason.REFUSED_NO_PREDICTION for symbol in SYMBOLS
    }
    assert cycle.decision is not None
    assert {(one.system, one.reason) for one in cycle.decision.intents} == {("long", Reason.ENTER_WEIGHT)}


@pytest.mark.parametrize(("name", "left"), [("booster.ubj", "momentum"), ("card.json", None)])
def test_a_tampered_model_gives_no_signal_and_an_alert(desk: Desk, name: str, left: str | None) -> None:
    """Models whose files are untouched go on speaking."""
    for path in (desk.home / "state" / "models").rglob(name):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    for series in configured_book(desk).series:  # a bar after the training, for which the booster itself has to speak
        newest = desk.bars.read(series).rows(slice(-1, None))
        merge(desk.bars, series, replace(newest, ts=newest.ts + HOUR))
    journal = build_journal(desk)
    cycle = cycle_at(desk, journal, END + HOUR)
    assert cycle.decision is not None
    alerts = [one["text"] for one in journal.tables()["alerts_outbox"]]
    if left is None:
        assert {one.system for one in cycle.decision.intents} == {"long"}
        assert {one.reason for one in cycle.refused} == {Reason.REFUSED_NO_PREDICTION}
        assert len(alerts) == 2 * len(SYMBOLS)
    else:
        heard = [versions_in(text) for text in cycle.decision.models.values()]
        assert {tuple(name for name, one in of.items() if one != NONE) for of in heard} == {(left,)}
        assert len(alerts) == len(SYMBOLS)


def test_a_damaged_part_of_the_lake_stops_the_cycle_before_it_decides(desk: Desk) -> None:
    part = sorted((desk.lake.root / "bars").rglob("*.parquet"))[0]
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(bytes(content))
    journal = build_journal(desk)
    with pytest.raises(Damaged, match="checksum"):
        cycle_at(desk, journal, END)
    assert journal.tables()["decisions"] == []


def test_a_dry_run_goes_the_whole_way_and_changes_nothing(desk: Desk) -> None:
    journal = build_journal(desk)
    moment = entry_moment(desk)
    with scratch_journal(desk.home) as scratch:
        assert cycle_at(desk, scratch, moment).decision is not None
    assert all(not rows for rows in journal.tables().values())
