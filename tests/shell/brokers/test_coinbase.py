"""Coinbase: the native client order id, refusals with status 200, and orders found among pages."""

import base64
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from wires.base import Fault
from wires.cases import CID, account_at, case_named, foreign, order_of, placed
from wires.coinbase import CoinbaseWire

from models.types import Unavailable
from models.types.failures import Ambiguous, NotSent
from models.types.wire import OrderKind, Role
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.coinbase.orders import trade
from tasks.adapters.brokers.coinbase.verdicts import VERDICTS, error_code
from tasks.adapters.brokers.failures import Verdict

CASE = case_named("coinbase")
RESTING = order_of(CASE, OrderKind.LIMIT, limit=Decimal("99.00"))


@pytest.fixture
def wire() -> CoinbaseWire:
    """Its wire."""
    return CoinbaseWire()


@pytest.fixture
def account(wire: CoinbaseWire, tmp_path: Path) -> CcxtAccount:
    """The account at it."""
    return account_at(CASE, wire, tmp_path)


def test_ccxt_drops_the_unified_id_and_ours_goes_out_all_the_same(wire: CoinbaseWire, account: CcxtAccount) -> None:
    exchange = account.line.client.exchange
    exchange.create_order(CASE.symbol, "limit", "buy", "1", "50.00", {"clientOrderId": CID})
    assert placed(CASE, wire)[0].body["client_order_id"] != CID
    account.submit(RESTING)
    assert placed(CASE, wire)[1].body["client_order_id"] == CID


def test_a_token_is_signed_with_the_time_of_the_admission(wire: CoinbaseWire, account: CcxtAccount) -> None:
    account.rules(CASE.symbol)
    account.line.clock.sleep(50_000_000)
    account.submit(RESTING)
    [sent] = placed(CASE, wire)
    claims = _claims(sent.headers["Authorization"])
    assert claims["exp"] * 1_000_000 <= RESTING.created_at + account.sends_within
    account.balances()
    assert _claims(wire.of("/accounts")[-1].headers["Authorization"])["iat"] > claims["iat"] + 40


def test_a_private_key_in_one_line_signs(tmp_path: Path, wire: CoinbaseWire) -> None:
    one_line = CASE.secret().replace("\n", "\\n")
    account = account_at(replace(CASE, secret=lambda: one_line), wire, tmp_path)
    assert account.balances()


def test_an_order_is_found_on_a_later_page(wire: CoinbaseWire, account: CcxtAccount) -> None:
    account.submit(RESTING)
    for n in range(250):
        foreign(CASE, wire, f"by-hand-{n}")
    assert account.find(RESTING) is not None
    assert len(wire.of("/historical/batch")) == 3


def test_a_page_that_is_missing_is_unknown(wire: CoinbaseWire, account: CcxtAccount) -> None:
    account.submit(RESTING)
    for n in range(250):
        foreign(CASE, wire, f"by-hand-{n}")
    wire.lasting.append(("/historical/batch", Fault("empty", reached=False)))
    with pytest.raises(Unavailable):
        account.find(RESTING)


def test_an_order_without_a_worst_price_is_not_sent(wire: CoinbaseWire, account: CcxtAccount) -> None:
    figures: dict[str, Any] = {"is_buy": False, "stop": Decimal(90), "limit": None, "role": Role.STOP}
    with pytest.raises(NotSent, match="only with a worst price"):
        account.submit(order_of(CASE, OrderKind.STOP, **figures))
    assert placed(CASE, wire) == []


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"error": "INSUFFICIENT_FUND"}, Verdict.REJECTED),
        ({"error": "UNKNOWN_FAILURE_REASON", "preview_failure_reason": "PREVIEW_NEW_ONE"}, Verdict.REJECTED),
        ({"error": "UNKNOWN_FAILURE_REASON", "new_order_failure_reason": "INVALID_REQUEST"}, Verdict.REJECTED),
        ({"error": "UNKNOWN_FAILURE_REASON"}, Verdict.AMBIGUOUS),
        ({}, Verdict.AMBIGUOUS),
    ],
)
def test_a_refusal_with_status_200_is_known_by_its_reason(said: dict[str, str], verdict: Verdict) -> None:
    assert VERDICTS[error_code(json.dumps({"success": False, "error_response": said}))] is verdict


def test_a_reason_that_is_new_may_be_an_order() -> None:
    body = json.dumps({"success": False, "error_response": {"error": "BRAND_NEW_REASON"}})
    assert error_code(body) not in VERDICTS


@pytest.mark.parametrize("flag", ["is_disabled", "trading_disabled", "cancel_only", "post_only", "auction_mode"])
def test_a_flag_closes_the_market(flag: str, wire: CoinbaseWire, account: CcxtAccount) -> None:
    assert account.rules(CASE.symbol).is_trading
    wire.product = {flag: True}
    assert not account.rules(CASE.symbol, fresh=True).is_trading
    wire.product = {flag: None}
    assert not account.rules(CASE.symbol, fresh=True).is_trading


def test_the_right_to_transfer_is_the_right_to_withdraw(wire: CoinbaseWire, account: CcxtAccount) -> None:
    wire.can_transfer = True
    rights = account.rights()
    assert (rights.can_withdraw, rights.can_transfer) == (True, True)
    assert rights.address_restricted is None


def test_a_cancellation_that_is_refused_for_another_reason_is_ambiguous(
    wire: CoinbaseWire, account: CcxtAccount
) -> None:
    account.submit(RESTING)
    wire.failure_reason = "COMMANDER_REJECTED_CANCEL_ORDER"
    with pytest.raises(Ambiguous):
        account.cancel(RESTING)


def test_an_entry_that_takes_a_fill_back_is_not_booked_as_one() -> None:
    with pytest.raises(ValueError, match="REVERSAL"):
        trade("coinbase", {"trade_type": "REVERSAL"})


def _claims(authorization: str) -> dict[str, Any]:
    middle = authorization.removeprefix("Bearer ").split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims
