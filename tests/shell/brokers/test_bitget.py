"""Bitget: the unified account, orders that are over and still found, windows of 30 days."""

from decimal import Decimal
from pathlib import Path

import pytest
from wires.bitget import BitgetWire
from wires.cases import CID, account_at, case_named, foreign, order_of, placed
from wires.floor import START_MS

from models.types import Unavailable
from models.types.wire import OrderKind, OrderState
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.bitget.verdicts import VERDICTS, error_code
from tasks.adapters.brokers.failures import Verdict

CASE = case_named("bitget")
DAY = 24 * 3_600 * 1_000_000


@pytest.fixture
def wire() -> BitgetWire:
    """Its wire."""
    return BitgetWire()


@pytest.fixture
def account(wire: BitgetWire, tmp_path: Path) -> CcxtAccount:
    """The account at it."""
    return account_at(CASE, wire, tmp_path)


def test_an_order_that_is_over_is_found_where_the_id_is_forgotten(wire: BitgetWire, account: CcxtAccount) -> None:
    wire.forgetful = True
    order = order_of(CASE, OrderKind.MARKET)
    account.submit(order)
    report = account.find(order)
    assert report is not None
    assert (report.cid, report.state) == (CID, OrderState.FILLED)


def test_none_is_said_only_after_the_history_was_read(wire: BitgetWire, account: CcxtAccount) -> None:
    assert account.find(order_of(CASE, OrderKind.MARKET)) is None
    assert len(wire.of("/order-info")) == 1
    assert len(wire.of("/history-orders")) >= 1


def test_the_passphrase_goes_along(wire: BitgetWire, account: CcxtAccount) -> None:
    account.balances()
    assert wire.of("/assets")[0].headers["ACCESS-PASSPHRASE"] == "CANARY-PASS"


def test_an_order_is_signed_with_the_time_of_its_admission(wire: BitgetWire, account: CcxtAccount) -> None:
    account.rules(CASE.symbol)
    account.line.clock.sleep(5_000_000)
    order = order_of(CASE, OrderKind.MARKET)
    account.submit(order)
    [sent] = placed(CASE, wire)
    ahead = account.line.ahead_ms()
    assert int(sent.headers["ACCESS-TIMESTAMP"]) == order.created_at // 1000 - ahead
    account.balances()
    assert int(wire.of("/assets")[-1].headers["ACCESS-TIMESTAMP"]) >= START_MS + 5000 - ahead


def test_fills_of_two_months_come_in_windows(wire: BitgetWire, account: CcxtAccount) -> None:
    resting = foreign(CASE, wire)
    wire.floor.now -= 45 * 24 * 3_600_000
    wire.floor.fill(resting, Decimal("0.5"), Decimal("50.00"))
    wire.floor.now += 45 * 24 * 3_600_000
    wire.floor.fill(resting, Decimal("0.5"), Decimal("50.00"))
    assert len(account.trades(CASE.symbol, START_MS * 1000 - 60 * DAY)) == 2


def test_fills_that_the_venue_has_forgotten_are_not_none(account: CcxtAccount) -> None:
    with pytest.raises(Unavailable, match="90 days"):
        account.trades(CASE.symbol, START_MS * 1000 - 100 * DAY)


@pytest.mark.parametrize("status", ["listed", "limit_open", "offline", "restrictedAPI", "brand_new"])
def test_only_online_is_trading(status: str, wire: BitgetWire, account: CcxtAccount) -> None:
    assert account.rules(CASE.symbol).is_trading
    wire.status = status
    assert not account.rules(CASE.symbol, fresh=True).is_trading


def test_no_limit_on_the_quantity_is_none(account: CcxtAccount) -> None:
    assert account.rules(CASE.symbol).most_quantity is None


def test_what_is_said_of_a_key() -> None:
    assert VERDICTS[error_code('{"code": "40037", "msg": "Apikey does not exist"}')] is Verdict.HALTS
    assert VERDICTS[error_code('{"code": "40786", "msg": "Duplicate clientOid"}')] is Verdict.AMBIGUOUS
    assert VERDICTS[error_code('{"code": "40008", "msg": "Request timestamp expired"}')] is Verdict.CLOCK
    assert error_code('{"code": "00000", "msg": "success"}') == ""
