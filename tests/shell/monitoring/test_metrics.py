"""What Prometheus scrapes: each figure is the overview's or the journal's, a broken part costs no other."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from journal_rows import made_decision, record
from overviews import BOOK, hand_overview
from wire_orders import NOON, allow, made_order, made_report, made_trade, open_log

from data.journal import (
    GUARDIAN,
    TRADER,
    Beat,
    Deliveries,
    Heartbeats,
    Holder,
    Holding,
    HoldingKind,
    HoldingLog,
    Journal,
    Planned,
    SessionEvent,
    SessionKind,
    SessionLog,
    SessionRun,
    open_journal,
)
from data.journal.holding_log import write_holding
from data.journal.tallies import Tallies
from models.types import Unavailable
from models.types.wire import OrderState
from tasks.adapters.holder import this_process
from tasks.monitoring.background import Background
from tasks.monitoring.bench.journals import add_decision, filled_journal
from tasks.monitoring.catalogue import METRICS
from tasks.monitoring.counted import Counts, bounds_of
from tasks.monitoring.metrics import Metrics
from tasks.monitoring.reading import read_samples
from tasks.monitoring.samples import Sample
from tasks.session.overview import Overview

pytestmark = pytest.mark.monitoring
NOW = 1_800_000_000_000_000
SECOND = 1_000_000
GONE = Holder("elsewhere", "boot", 1, 1)


def no_background() -> Background:
    return Background({}, 60.0)


@dataclass
class Bench:
    """A journal, the overview that a look gives, and the metrics of both."""

    journal: Journal
    view: Overview = field(default_factory=hand_overview)
    background: Background = field(default_factory=no_background)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = self.anew()

    def anew(self) -> Metrics:
        """As of a process that has just begun."""
        return Metrics(
            look=lambda: self.view,
            journal=lambda: self.journal,
            background=self.background,
            counts=Counts(bounds_of(1.0, 0.5)),
            now=lambda: NOW,
            build=("1", "1+a"),
            patience=30.0,
        )

    def scrape(self, metrics: Metrics | None = None) -> dict[tuple[str, ...], float]:
        """Value by name and the labels' values, in the order of the labels' names."""
        found = read_samples((metrics or self.metrics).exposition())
        return {
            (row["name"], *(row["labels"][name] for name in sorted(row["labels"]))): row["value"]
            for rows in found.values()
            for row in rows
        }


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(open_journal(tmp_path / "journal.sqlite"))


# Labels stand in the order of their names: book of symbol, book specialist symbol system, and so on.
LOOKED: dict[tuple[str, ...], float] = {
    ("edge_blended_bps", BOOK, "BTC/USDT"): 4.75,
    ("position_size_usd", BOOK, "BTC/USDT", "swing"): 3_000.0,
    ("position_size_usd", BOOK, "BTC/USDT", "long"): 500.0,
    ("position_size_usd", BOOK, "ETH/USDT", "swing"): 0.0,
    ("var_pct", BOOK, "BTC/USDT"): 0.9,
    ("keel_account_var_pct", BOOK): 1.2,
    ("keel_regime", BOOK, "trending", "BTC/USDT"): 1.0,
    ("keel_regime", BOOK, "crisis", "BTC/USDT"): 0.0,
    ("keel_regime", BOOK, "crisis", "ETH/USDT"): 1.0,
    ("keel_regime_confidence", BOOK, "BTC/USDT"): 0.8,
    ("keel_in_charge", BOOK, "trending", "BTC/USDT", "swing"): 1.0,
    ("keel_in_charge", BOOK, "crisis", "BTC/USDT", "swing"): 0.0,
    ("keel_in_charge", BOOK, "trending", "ETH/USDT", "swing"): 0.0,
    ("keel_equity_usd", BOOK): 10_000.0,
    ("keel_drawdown_ratio", BOOK): 0.031,
    ("keel_profit_usd", BOOK, BOOK, "book"): 250.5,
    ("keel_profit_usd", BOOK, "swing", "system"): 200.0,
    ("keel_trades_total", BOOK): 9.0,
    ("keel_win_ratio", BOOK, "trending"): 0.55,
    ("keel_limit_used_ratio", BOOK, "entries_drawdown", ""): 0.62,
    ("keel_limit_used_ratio", BOOK, "max_leverage", "swing"): 0.35,
    ("keel_stopped", BOOK): 1.0,
    ("keel_stop_level", BOOK): 2.0,
    ("keel_stage_info", BOOK, "paper", "exploration"): 1.0,
    ("keel_component_up", "journal", "yes"): 1.0,
    ("keel_component_up", "mlflow", "no"): 0.0,
    ("keel_component_up", "risk", "no"): 0.0,
    ("keel_available",): 1.0,
    ("keel_feed_up", "binance"): 1.0,
    ("keel_feed_up", "kraken"): 0.0,
    ("keel_feed_age_seconds", "binance"): 2.5,
    ("keel_news_source_up", "reuters"): 0.0,
    ("keel_bar_age_seconds", "BTC/USDT", "1h", "binance"): 1800.0,
    ("keel_model_age_days", "xgboost", "binance BTC/USDT 1h"): 12.5,
    ("keel_model_stale", "xgboost", "binance BTC/USDT 1h"): 0.0,
    ("keel_model_stale", "lstm", "binance BTC/USDT 1h"): 1.0,
    ("keel_alerts", "critical", "open"): 1.0,
    ("keel_alerts", "warning", "acknowledged"): 1.0,
    ("keel_alerts", "warning", "open"): 0.0,
    ("keel_build_info", "1+a", "1"): 1.0,
}
UNKNOWN = (
    ("edge_blended_bps", BOOK, "ETH/USDT"),
    ("var_pct", BOOK, "ETH/USDT"),
    ("keel_regime_confidence", BOOK, "ETH/USDT"),
    ("keel_win_ratio", BOOK, "crisis"),
    ("keel_limit_used_ratio", BOOK, "max_trades", ""),
    ("keel_feed_age_seconds", "kraken"),
    ("keel_feed_up", "news/reuters"),
    ("keel_bar_age_seconds", "ETH/USDT", "1h", "binance"),
    ("keel_model_age_days", "lstm", "binance BTC/USDT 1h"),
)


def test_every_figure_of_the_overview_is_shown_and_nothing_is_invented(bench: Bench) -> None:
    found = bench.scrape()
    assert {key: found.get(key) for key in LOOKED} == pytest.approx(LOOKED)
    assert not [key for key in UNKNOWN if key in found]


@pytest.mark.parametrize(
    ("stopped", "levels", "expected"),
    [
        (False, [], 0),
        (True, [], 1),
        (True, [("pause", "daily_loss")], 1),
        (True, [("PAUSE", "daily_loss"), ("FLATTEN", "weekly_loss")], 3),
        (True, [("pause", "EMERGENCY")], 4),
        (False, [("never heard of", "new")], 1),
    ],
)
def test_the_highest_stop_counts(bench: Bench, stopped: bool, levels: list[tuple[str, str]], expected: int) -> None:
    from tasks.session.overview import StopNow

    stops = tuple(StopNow("", level, breaker, "", "", None, "") for level, breaker in levels)
    bench.view = hand_overview(stopped=stopped, stops=stops)
    assert bench.scrape()["keel_stop_level", BOOK] == expected


def test_a_required_part_that_is_down_is_no_availability(bench: Bench) -> None:
    from tasks.session.overview import Part

    bench.view = hand_overview(parts=(Part("journal", True, True, ""), Part("guardian", False, True, "silent")))
    assert bench.scrape()["keel_available",] == 0.0


def test_the_journal_is_counted_once_however_often_it_is_scraped(bench: Bench) -> None:
    for bar in range(3):
        record(bench.journal, made_decision(bar, book=BOOK))
    expected = {
        ("keel_switches_total", BOOK, "specialist", "B"): 3.0,  # those of A are the first ones of their symbol
        ("keel_refusals_total", BOOK, "refused_stale"): 3.0,
        ("keel_refusals_total", BOOK, "refused_nobody"): 3.0,
    }
    assert ("keel_switches_total", BOOK, "specialist", "A") not in bench.scrape()
    for _ in range(2):
        found = bench.scrape()
        assert {key: found[key] for key in expected} == expected
    record(bench.journal, made_decision(3, book=BOOK))
    assert bench.scrape()["keel_switches_total", BOOK, "specialist", "B"] == 4.0
    assert bench.scrape(bench.anew()) == pytest.approx(bench.scrape() | _seconds(bench.scrape(bench.anew())))


def _seconds(found: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """What no two scrapes have in common."""
    return {("keel_look_seconds",): pytest.approx(found["keel_look_seconds",], abs=1.0)}  # type: ignore[dict-item]


def test_what_is_counted_in_steps_is_what_is_counted_at_once(tmp_path: Path) -> None:
    grown = Bench(filled_journal(tmp_path / "grown.sqlite", BOOK, 100))
    for number in range(100, 260):
        add_decision(grown.journal, BOOK, number)
        if number % 7 == 0:
            grown.scrape()
    grown.scrape()
    whole = Bench(filled_journal(tmp_path / "whole.sqlite", BOOK, 260))
    counted = [name for name, one in METRICS.items() if one.kind != "gauge"]
    step, once = grown.scrape(), whole.scrape()
    assert {key: one for key, one in step.items() if key[0].startswith(tuple(counted))} == pytest.approx(
        {key: one for key, one in once.items() if key[0].startswith(tuple(counted))}
    )
    assert once["keel_fills_total", BOOK] == 26.0
    assert once["keel_switches_total", BOOK, "model", "S0/USDT"] == 5.0
    assert once["keel_switches_total", BOOK, "specialist", "S0/USDT"] == 5.0
    assert once["keel_routed_total", BOOK, "momentum"] == 1300.0
    assert once["keel_route_seconds_count", BOOK] == 1300.0


def test_a_histogram_holds_what_the_journal_has(bench: Bench) -> None:
    log = SessionLog(bench.journal.engine)
    mine = log.begin(SessionRun("c", BOOK, "paper", "1000", "r", this_process(), NOW, None))
    for seconds in (0.04, 0.05, 0.9, 1.0, 1.2, 700.0):
        log.note(SessionEvent(mine, NOW, SessionKind.DECIDED, "", NOW, seconds))
    log.note(SessionEvent(mine, NOW, SessionKind.SKIPPED, "stale", NOW, None))
    found = bench.scrape()
    within = {bound: found["keel_cycle_seconds_bucket", BOOK, bound] for bound in ("0.05", "1.0", "2.5", "+Inf")}
    assert within == {"0.05": 2.0, "1.0": 4.0, "2.5": 5.0, "+Inf": 6.0}
    assert found["keel_cycle_seconds_sum", BOOK] == pytest.approx(703.19)
    assert found["keel_sessions_running", BOOK] == 1.0


def test_an_order_is_timed_until_its_venue_first_says_something(bench: Bench) -> None:
    log = open_log(bench.journal)
    for number, answered in enumerate((NOON + 40_000, NOON + 700_000)):
        order = made_order(f"w{number}")
        log.admit(order, allow, NOON)
        log.mark(order.cid, OrderState.UNKNOWN, "no answer yet", NOON + 10_000)
        assert bench.scrape().get(("keel_order_seconds_count", "binance"), 0.0) == number
        log.absorb(made_report(OrderState.OPEN, order), answered)
        assert bench.scrape()["keel_order_seconds_count", "binance"] == number + 1
        log.absorb(
            made_report(OrderState.FILLED, order, "0.30", (made_trade(number, order, "0.30"),)), answered + SECOND
        )
    log.admit(made_order("w9"), lambda *_: "too large", NOON)
    found = bench.scrape()
    within = {bound: found["keel_order_seconds_bucket", bound, "binance"] for bound in ("0.025", "0.05", "0.5", "1.0")}
    assert within == {"0.025": 0.0, "0.05": 1.0, "0.5": 1.0, "1.0": 2.0}
    assert found["keel_order_seconds_sum", "binance"] == pytest.approx(0.74)
    assert found["keel_orders_total", "entry", "binance"] == 2.0
    assert (found["keel_orders", "filled", "binance"], found["keel_orders", "open", "binance"]) == (2.0, 0.0)


def test_a_session_whose_process_is_gone_does_not_run(bench: Bench) -> None:
    log = SessionLog(bench.journal.engine)
    mine = this_process()
    gone = Holder(mine.host, mine.boot, mine.pid, mine.started - 1)
    log.begin(SessionRun("c", BOOK, "paper", "1000", "r", gone, NOW, None))
    assert bench.scrape()["keel_sessions_running", BOOK] == 0.0


def test_alerts_are_counted_by_key_though_the_outbox_forgets(bench: Bench) -> None:
    bench.journal.raise_alert(f"large loss {BOOK} swing BTC/USDT 1", "warning", "lost", NOW)
    bench.journal.raise_alert(f"manual review {BOOK} status c1 rejected", "error", "look", NOW)
    bench.journal.raise_alert(f"trip {BOOK} 1 VAR REDUCE", "critical", "var", NOW)
    found = bench.scrape()
    assert found["keel_large_losses_total", BOOK] == found["keel_execution_failures_total", BOOK] == 1.0
    assert found["keel_alerts_raised_total", "var-breach", "critical"] == 1.0
    with bench.journal.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alerts_outbox WHERE key LIKE 'large loss%'")
    bench.journal.raise_alert(f"large loss {BOOK} swing BTC/USDT 2", "warning", "lost", NOW - 1)
    assert bench.scrape()["keel_large_losses_total", BOOK] == 2.0


def test_an_alert_is_undelivered_a_minute_after_it_was_due(bench: Bench) -> None:
    for number in range(3):
        bench.journal.raise_alert(f"large loss {BOOK} swing BTC/USDT {number}", "warning", "lost", NOW - 60 * SECOND)
    bench.journal.raise_alert("fresh", "warning", "just raised", NOW - 59 * SECOND)
    assert bench.scrape()["keel_alerts_undelivered",] == 3.0
    deliveries = Deliveries(bench.journal.engine)
    alerts = deliveries.unrouted()
    morning = NOW + 3600 * SECOND  # until the quiet hours are over
    due = [morning, NOW - 60 * SECOND, NOW - 59 * SECOND, NOW]
    deliveries.route(alerts, [Planned(one.key, "log", 0, at) for one, at in zip(alerts, due, strict=True)], NOW)
    assert bench.scrape()["keel_alerts_undelivered",] == 1.0


def test_what_others_brought_is_a_mismatch_until_somebody_looked(bench: Bench) -> None:
    log = open_log(bench.journal)
    log.admit(made_order("w1"), allow, NOON)
    held = HoldingLog(bench.journal.engine)
    assert bench.scrape()["keel_holdings_unexplained", "binance"] == 0.0
    external = Holding("binance", "BTC", HoldingKind.EXTERNAL, Decimal(1), None, NOON, "brought", "others")
    with bench.journal.engine.begin() as connection:
        write_holding(connection, external)
    assert bench.scrape()["keel_holdings_unexplained", "binance"] == 1.0
    with bench.journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE holdings SET cleared_at = 1")
    assert held.open_of("binance") == []
    assert bench.scrape()["keel_holdings_unexplained", "binance"] == 0.0


def test_signs_of_life_are_overdue_after_their_promise(bench: Bench) -> None:
    beats = Heartbeats(bench.journal.engine)
    beats.beat(Beat(TRADER, GONE, NOW - 5 * SECOND, NOW - 1, "cycle"))
    beats.beat(Beat(GUARDIAN, GONE, NOW - 2 * SECOND, None, BOOK))
    found = bench.scrape()
    assert found["keel_heartbeat_age_seconds", "trader"] == 5.0
    assert (found["keel_heartbeat_overdue", "trader"], found["keel_heartbeat_overdue", "guardian"]) == (1.0, 0.0)


def _raises(error: Exception) -> Callable[[], Overview]:
    def look() -> Overview:
        raise error

    return look


def test_a_look_that_takes_long_gives_the_text_of_before_for_a_while(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, busy = bench.metrics.exposition(), threading.Event()

    def look() -> Overview:
        busy.wait(30.0)
        return hand_overview(equity=77.0)

    bench.metrics.look, bench.metrics.patience = look, 0.05
    assert bench.metrics.exposition() == before
    monkeypatch.setattr("tasks.monitoring.metrics.OLDEST_S", 0.0)
    asked = threading.Thread(target=lambda: texts.append(bench.metrics.exposition()))
    texts: list[bytes] = []
    asked.start()
    asked.join(0.3)
    assert texts == []  # too old: it waits
    busy.set()
    asked.join(30.0)
    assert b"keel_equity_usd{book=" in texts[0]
    assert b"} 77.0" in texts[0]


def test_many_scrapes_at_once_are_one_look(bench: Bench) -> None:
    looks: list[int] = []

    def look() -> Overview:
        looks.append(1)
        time.sleep(0.2)
        return bench.view

    bench.metrics.look = look
    both = [threading.Thread(target=bench.metrics.exposition) for _ in range(8)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(looks) <= 2


@pytest.mark.parametrize("error", [Unavailable("no journal"), RuntimeError("a bug")])
def test_a_look_that_fails_costs_only_its_own_figures(bench: Bench, error: Exception) -> None:
    record(bench.journal, made_decision(0, book=BOOK))
    bench.metrics.look = _raises(error)
    found = bench.scrape()
    assert found["keel_component_up", "overview", "no"] == 0.0
    assert found["keel_available",] == 0.0
    assert found["keel_refusals_total", BOOK, "refused_stale"] == 1.0


def test_a_journal_that_cannot_be_read_keeps_its_counters(bench: Bench) -> None:
    record(bench.journal, made_decision(0, book=BOOK))
    before = bench.scrape()
    bench.metrics.journal = _raises(Unavailable("locked"))  # type: ignore[assignment]
    found = bench.scrape()
    assert found["keel_component_up", "journal figures", "no"] == 0.0
    assert found["keel_equity_usd", BOOK] == 10_000.0
    assert "keel_journal_bytes" not in {key[0] for key in found}
    kept = ("keel_refusals_total", BOOK, "refused_stale")
    assert found[kept] == before[kept] == 1.0


def test_what_could_not_be_counted_yet_is_no_zero(bench: Bench) -> None:
    """Else all that ever happened is a step, and an alert, once the journal can be read."""
    bench.journal.raise_alert(f"large loss {BOOK} a", "warning", "lost", NOW)
    opened = bench.metrics.journal
    bench.metrics.journal = _raises(Unavailable("locked"))  # type: ignore[assignment]
    counted = ("keel_large_losses_total", "keel_fills_total", "keel_switches_total", "keel_cycle_seconds_count")
    assert not [key for key in bench.scrape() if key[0] in counted]
    bench.metrics.journal = opened
    found = bench.scrape()
    assert found["keel_large_losses_total", BOOK] == 1.0
    assert found["keel_fills_total", BOOK] == found["keel_execution_failures_total", BOOK] == 0.0


def test_one_part_of_the_journal_that_cannot_be_counted_costs_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(bench.journal, made_decision(0, book=BOOK))
    bench.journal.raise_alert(f"large loss {BOOK} a", "warning", "lost", NOW)

    def broken(*_: object) -> dict[str, int]:
        raise ValueError("not JSON")

    with monkeypatch.context() as patch:
        patch.setattr(Tallies, "refused", broken)
        found = bench.scrape()
        assert found["keel_component_up", "counted decisions", "no"] == 0.0
        assert found["keel_large_losses_total", BOOK] == 1.0
        assert ("keel_switches_total", BOOK, "specialist", "B") not in found
    found = bench.scrape()  # it catches up, and counts nothing twice
    assert found["keel_switches_total", BOOK, "specialist", "B"] == 1.0
    assert ("keel_component_up", "counted decisions", "no") not in found


def test_the_background_shows_its_last_answer_and_loses_what_fails(bench: Bench) -> None:
    answers: list[object] = [[Sample("keel_flow_runs", ("trade", "failed"), 2.0)], Unavailable("prefect is down")]

    def source() -> list[Sample]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    bench.background.sources = {"flow runs": source}
    bench.background.ask()
    assert bench.scrape()["keel_flow_runs", "trade", "failed"] == 2.0
    bench.background.ask()
    found = bench.scrape()
    assert ("keel_flow_runs", "trade", "failed") not in found
    assert found["keel_component_up", "flow runs", "no"] == 0.0


def test_a_background_that_never_answers_holds_no_scrape(bench: Bench) -> None:
    never = threading.Event()

    def source() -> list[Sample]:
        never.wait(30.0)
        return []

    bench.background.sources = {"flow runs": source}
    bench.background.start()
    assert bench.scrape()["keel_equity_usd", BOOK] == 10_000.0
    never.set()
    bench.background.stop()


def test_a_journal_restored_from_before_counts_on_from_there(tmp_path: Path) -> None:
    bench = Bench(filled_journal(tmp_path / "later.sqlite", BOOK, 100))
    before = bench.scrape()
    bench.journal = filled_journal(tmp_path / "before.sqlite", BOOK, 60)
    found = bench.scrape()
    assert [key for key in before if key[0].endswith("_total") and found[key] != before[key]] == []
    add_decision(bench.journal, BOOK, 60)
    found = bench.scrape()
    for key, more in (
        (("keel_routed_total", BOOK, "momentum"), 5.0),
        (("keel_refusals_total", BOOK, "refused_stale"), 2.0),
        (("keel_fills_total", BOOK), 1.0),
    ):
        assert found[key] == before[key] + more


@pytest.mark.parametrize("key", ["large loss ", "manual review ", "large loss  x"])
def test_an_alert_of_no_book_is_counted_once(bench: Bench, key: str) -> None:
    bench.journal.raise_alert(f"large loss {BOOK} a", "warning", "lost", NOW)
    bench.journal.raise_alert(key, "warning", "of whom?", NOW)
    first, second = bench.scrape(), bench.scrape()
    assert ("keel_component_up", "counted alerts", "no") not in second
    assert first["keel_large_losses_total", BOOK] == second["keel_large_losses_total", BOOK] == 1.0


@pytest.mark.parametrize("name", ['a"b\\', "a\nkeel_available 1", "\u00e4\u6f22\U0001f600", "a\ud800b", "{}=,", "\x00"])
def test_a_hostile_name_is_a_label_and_nothing_else(bench: Bench, name: str) -> None:
    feed = replace(bench.view.feeds[0], feed=name)
    bench.view = replace(bench.view, feeds=(feed,))
    found = bench.scrape()
    assert found["keel_feed_up", name.replace("\ud800", "?")] == 1.0
    assert found["keel_available",] == 1.0
    assert len([key for key in found if key[0] == "keel_feed_up"]) == 1


def test_a_scrape_writes_nothing_and_needs_no_lock(bench: Bench) -> None:
    record(bench.journal, made_decision(0, book=BOOK))
    with bench.journal.engine.begin() as connection:  # a writer in the middle of its transaction
        connection.exec_driver_sql("UPDATE decisions SET models = '{}'")
        before = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        assert bench.scrape()["keel_refusals_total", BOOK, "refused_stale"] == 1.0
        assert connection.exec_driver_sql("PRAGMA data_version").scalar_one() == before


def test_labels_are_bounded_however_many_orders_there_are(tmp_path: Path) -> None:
    few = Bench(filled_journal(tmp_path / "few.sqlite", BOOK, 200))
    many = Bench(filled_journal(tmp_path / "many.sqlite", BOOK, 2000))
    assert few.scrape().keys() == many.scrape().keys()
