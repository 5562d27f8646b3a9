"""The benches of orders: the exchange that they are timed on, the clock that waits for nothing, and small runs."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from binance_accounts import an_order, open_on

from data.journal import Leases
from models.types import Bars
from models.types.timeframes import HOUR
from models.types.wire import OrderKind, OrderState, Role
from tasks.adapters.brokers import CcxtAccount, binance, opening
from tasks.bootstrap import build_desk
from tasks.session.bench import BENCHES, Workplace, admitting, cold_cycle, exchange, ordering, reconciling
from tasks.session.bench.exchange import BASE, QUOTE, small_exchange
from tasks.session.bench.live_bars import hourly_bars, hours_until
from tasks.session.bench.live_desk import MACHINE, SECOND, AheadClock
from tasks.session.bench.loopback import Arrival, Loopback, first_order, on_loopback
from tasks.session.bench.signalling import SERIES
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

PRICE, MONEY = Decimal(40_000), Decimal(1_000)


@pytest.fixture(autouse=True)
def few_markets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules of thousands take ccxt a while."""
    monkeypatch.setattr(exchange, "MARKETS", 3)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with on_loopback(small_exchange(MACHINE.now, PRICE, MONEY)) as found:
        yield found


@pytest.fixture
def account(loopback: Loopback, tmp_path: Path) -> CcxtAccount:
    return open_on(loopback.url, tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path, None, lambda folder: build_desk(folder=folder))


def test_what_is_at_market_is_filled_and_moves_the_money(loopback: Loopback, account: CcxtAccount) -> None:
    bought = an_order(MACHINE.now(), "a-1")
    report = account.submit(bought)
    assert (report.state, report.filled, report.value) == (OrderState.FILLED, Decimal("0.001"), Decimal(40))
    assert account.find(bought) == replace(report, trades=(), at=report.at, kind=report.kind)
    assert {name: one.free for name, one in account.balances().items()} == {BASE: Decimal("0.001"), QUOTE: Decimal(960)}
    (trade,) = account.trades("BTC/USDT", 0)
    assert (trade.exchange_id, trade.quantity, trade.price) == (report.exchange_id, Decimal("0.001"), PRICE)
    account.submit(an_order(MACHINE.now(), "a-2", role=Role.EXIT, is_buy=False, limit=Decimal(39_600)))
    assert loopback.exchange.owned == {BASE: Decimal(0), QUOTE: MONEY}


def test_a_stop_rests_binds_what_it_sells_and_is_cancelled_once(account: CcxtAccount) -> None:
    account.submit(an_order(MACHINE.now(), "a-1"))
    changes = {"kind": OrderKind.STOP, "role": Role.STOP, "is_buy": False, "limit": None, "stop": Decimal(30_000)}
    stop = an_order(MACHINE.now(), "a-s1", **changes)
    assert account.submit(stop).state is OrderState.OPEN
    assert [one.cid for one in account.open_orders()] == ["a-s1"]
    assert account.balances()[BASE].locked == Decimal("0.001")
    cancelled = account.cancel(stop)
    assert cancelled is not None
    assert (cancelled.cid, cancelled.state) == ("a-s1", OrderState.CANCELED)
    assert account.cancel(stop) is None
    assert account.open_orders() == []
    assert account.find(an_order(MACHINE.now(), "never")) is None


def test_after_forgetting_the_account_is_as_at_the_start(loopback: Loopback, account: CcxtAccount) -> None:
    account.submit(an_order(MACHINE.now(), "a-1"))
    assert loopback.exchange.owned[BASE]
    loopback.forget()
    assert loopback.exchange.owned == {BASE: Decimal(0), QUOTE: MONEY}
    assert (account.trades("BTC/USDT", 0), account.find(an_order(MACHINE.now(), "a-1"))) == ([], None)


def test_what_it_does_not_know_it_says(loopback: Loopback) -> None:
    status, body = loopback.exchange.answer("GET", "/api/v3/klines", {})
    assert status == 404
    assert "klines" in body


def test_an_order_arrives_after_it_was_sent_and_before_its_answer(loopback: Loopback, account: CcxtAccount) -> None:
    account.rules("BTC/USDT")
    begun = time.perf_counter_ns()
    account.submit(an_order(MACHINE.now(), "a-1"))
    ended = time.perf_counter_ns()
    sent = first_order(loopback.arrivals)
    assert sent is not None
    assert begun < sent.at < ended
    assert sent.asked["newClientOrderId"] == "a-1"


def test_the_first_order_is_the_first_that_trades() -> None:
    asked = [("GET", {}), ("POST", {"stopPrice": "9"}), ("POST", {"price": "1"}), ("POST", {"price": "2"})]
    arrivals = [Arrival(at, 0, method, "/api/v3/order", given) for at, (method, given) in enumerate(asked)]
    found = first_order(arrivals)
    assert found is not None
    assert found.at == 2
    assert first_order(arrivals[:2]) is None


def test_whoever_waits_on_the_clock_is_later_at_once() -> None:
    clock = AheadClock()
    clock.set(1000 * SECOND)
    clock.sleep(3600 * SECOND)
    clock.sleep(-5)
    assert clock.ahead + MACHINE.now() >= 4600 * SECOND
    assert 4600 * SECOND <= clock.now() < 4700 * SECOND


def test_hours_end_where_they_should() -> None:
    ts = hours_until(10 * HOUR + 17, 3)
    assert ts.tolist() == [8 * HOUR, 9 * HOUR, 10 * HOUR]
    bars = hourly_bars(ts)
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()


def test_every_figure_of_orders_is_run_by_the_bench() -> None:
    assert {"order", "cold_order", "orders_journal", "reconcile"} <= set(BENCHES)


def test_the_way_of_an_order_counts_its_pauses(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"BARS": 2000, "WARM_UP": 1, "CYCLES": 2, "MOST_CYCLES": 6}
    for name, size in sizes.items():
        monkeypatch.setattr(ordering, name, size)
    monkeypatch.setattr(ordering, "settle", _bars_alone)
    figure = ordering.bench_order(place)
    assert (figure.name, figure.unit) == ("order", "ms")
    assert figure.ratio > 1.0
    # At a venue that lets nothing go at once and is a hundred times as slow a list of all open orders alone is good for
    # a pause of 80 s, which no load of this machine comes near.
    venue = binance.DIALECT.venue
    slow = replace(binance.DIALECT, venue=replace(venue, spacing_ms=100.0 * venue.spacing_ms, burst_ms=0.0))
    monkeypatch.setattr(opening, "DIALECTS", {**opening.DIALECTS, "binance": slow})
    assert ordering.bench_order(place).value > figure.value + 60_000.0


def test_too_few_orders_are_no_figure(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"BARS": 100, "MOST_CYCLES": 0}.items():
        monkeypatch.setattr(ordering, name, size)
    monkeypatch.setattr(ordering, "settle", _bars_alone)
    with pytest.raises(AssertionError, match="too few"):
        ordering.bench_order(place)


def test_orders_are_admitted_beside_a_reader(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admitting, "ADMITS", 5)
    figure = admitting.bench_admits(place)
    assert (figure.name, figure.unit) == ("orders_journal", "orders/s")
    assert figure.value > 0.0


def test_a_reader_that_does_not_start_is_no_figure(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admitting, "READER", "pass")
    with pytest.raises(RuntimeError, match="reader"):
        admitting.bench_admits(place)


def test_an_order_that_the_journal_refuses_is_no_figure(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leases, "take", lambda *_: None)
    with pytest.raises(AssertionError, match="holder"):
        admitting.bench_admits(place)


def test_open_orders_are_reconciled_and_left_alone(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"ORDERS": 4, "ROUNDS": 1}.items():
        monkeypatch.setattr(reconciling, name, size)
    figure = reconciling.bench_reconcile(place)
    assert (figure.name, figure.unit, figure.met) == ("reconcile", "s", True)
    assert figure.value > 0.0


@pytest.mark.slow
def test_a_cold_cycle_orders(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_cycle, "BARS", 4000)
    monkeypatch.setattr(cold_cycle, "ROUNDS", 1)
    figure = cold_cycle.bench_cold_order(place)
    assert (figure.name, figure.unit) == ("cold_order", "s")
    assert figure.value > 0.0


def _bars_alone(desk: Desk, bars: Bars) -> None:
    take_in_archive(desk, SERIES, bars)
