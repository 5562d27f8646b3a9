"""Kraken: ids that are UUIDs, a deadline for every order, and answers that have to be read back."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from wires.base import Fault
from wires.cases import CID, account_at, case_named, foreign, order_of, placed
from wires.kraken import KrakenWire

from models.types import Unavailable
from models.types.failures import Ambiguous, NotSent, Rejected
from models.types.wire import OrderKind, OrderState
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.failures import Verdict
from tasks.adapters.brokers.kraken.verdicts import VERDICTS, error_code

CASE = case_named("kraken")
RESTING = order_of(CASE, OrderKind.LIMIT, limit=Decimal("99.00"))


@pytest.fixture
def wire() -> KrakenWire:
    """Its wire."""
    return KrakenWire()


@pytest.fixture
def account(wire: KrakenWire, tmp_path: Path) -> CcxtAccount:
    """The account at it."""
    return account_at(CASE, wire, tmp_path)


def test_the_id_on_the_wire_is_a_uuid_of_the_client_order_id(account: CcxtAccount) -> None:
    assert UUID(account.wire_id(CID)).version == 5


def test_the_engine_refuses_an_order_after_the_time_in_which_it_may_arrive(
    wire: KrakenWire, account: CcxtAccount
) -> None:
    account.submit(RESTING)
    [sent] = placed(CASE, wire)
    deadline = datetime.fromisoformat(sent.body["deadline"]).timestamp() * 1_000_000
    assert RESTING.created_at + 2_000_000 < deadline <= RESTING.created_at + account.sends_within


def test_an_order_that_cannot_be_read_back_is_ambiguous_though_it_was_accepted(
    wire: KrakenWire, account: CcxtAccount
) -> None:
    wire.faults.append(("/QueryOrders", Fault(503)))
    with pytest.raises(Ambiguous):
        account.submit(RESTING)
    assert account.keeps_ids
    assert len(wire.floor.orders) == 1
    report = account.find(RESTING)
    assert report is not None
    assert report.state is OrderState.OPEN


def test_a_server_that_does_not_choose_by_client_id_says_nothing_about_it(
    wire: KrakenWire, account: CcxtAccount
) -> None:
    foreign(CASE, wire, "by-hand")
    wire.deaf = True
    with pytest.raises(Unavailable):
        account.find(RESTING)


def test_an_order_that_ends_between_two_questions_is_found(wire: KrakenWire, account: CcxtAccount) -> None:
    account.submit(RESTING)
    wire.floor.orders[0].state = "canceled"
    report = account.find(RESTING)
    assert report is not None
    assert (report.state, report.why) == (OrderState.CANCELED, "User requested")


def test_fees_are_asked_for_in_the_quote_asset(wire: KrakenWire, account: CcxtAccount) -> None:
    account.submit(order_of(CASE, OrderKind.MARKET))
    assert placed(CASE, wire)[0].body["oflags"] == "fciq"
    [trade] = account.trades(CASE.symbol, 0)
    assert (trade.fee, trade.fee_asset) == (Decimal("0.20050"), "USD")


def test_a_nonce_that_is_refused_once_is_a_new_plan_and_twice_a_halt(wire: KrakenWire, account: CcxtAccount) -> None:
    account.rules(CASE.symbol)
    for halts in (False, True):
        wire.refusing = "clock"
        with pytest.raises(NotSent) as error:
            account.submit(RESTING)
        assert error.value.halts == halts


@pytest.mark.parametrize(
    "status", ["cancel_only", "post_only", "limit_only", "reduce_only", "maintenance", "brand_new"]
)
def test_only_online_is_trading(status: str, wire: KrakenWire, account: CcxtAccount) -> None:
    assert account.rules(CASE.symbol).is_trading
    wire.status = status
    rules = account.rules(CASE.symbol, fresh=True)
    assert not rules.is_trading
    assert rules.status == status


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("EOrder:Insufficient funds", Verdict.REJECTED),
        ("EGeneral:Invalid arguments:volume minimum not met", Verdict.REJECTED),
        ("EOrder:Rate limit exceeded", Verdict.TURNED_AWAY),
        ("EService:Deadline elapsed", Verdict.TURNED_AWAY),
        ("EAPI:Invalid signature", Verdict.HALTS),
        ("EAPI:Invalid nonce", Verdict.CLOCK),
    ],
)
def test_errors_come_with_status_200_and_are_known_by_their_text(said: str, verdict: Verdict) -> None:
    assert VERDICTS[error_code(f'{{"error": ["{said}"]}}')] is verdict


@pytest.mark.parametrize(
    "said", ["EService:Unavailable", "EService:Timeout", "EGeneral:Internal error", "EOrder:New one"]
)
def test_an_error_of_the_service_or_an_unknown_one_may_be_an_order(said: str) -> None:
    assert error_code(f'{{"error": ["{said}"]}}') not in VERDICTS


def test_a_warning_is_no_error() -> None:
    assert error_code('{"error": ["WGeneral:Danger"]}') == ""


def test_a_refused_order_is_not_looked_for(wire: KrakenWire, account: CcxtAccount) -> None:
    wire.refusing = "insufficient"
    with pytest.raises(Rejected, match="EOrder:Insufficient funds"):
        account.submit(RESTING)
    assert wire.of("/QueryOrders") == []


def test_an_order_is_read_by_the_venues_id_where_that_is_known(wire: KrakenWire, account: CcxtAccount) -> None:
    known = replace(RESTING, exchange_id=account.submit(RESTING).exchange_id)
    asked = len(wire.sent)
    assert account.find(known) is not None
    assert [sent.path.rsplit("/", 1)[1] for sent in wire.sent[asked:]] == ["QueryOrders"]
