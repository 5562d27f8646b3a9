"""Alpaca: stocks and coins, its test account, and an id that is already there."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from wires.alpaca import AlpacaWire
from wires.base import Fault, Problem, Sent
from wires.cases import STOCKS, Case, account_at, case_named, order_of, placed

from models.types import BadInput, Unavailable
from models.types.failures import NotSent
from models.types.wire import OrderKind, Role
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.alpaca.dialect import DIALECT, error_code
from tasks.adapters.brokers.alpaca.orders import report, symbol_of
from tasks.adapters.brokers.failures import Verdict

COINS = case_named("alpaca coins")
STOP: dict[str, Any] = {"is_buy": False, "stop": Decimal("90.00"), "role": Role.STOP}


@pytest.fixture
def wire() -> AlpacaWire:
    """Its wire."""
    return AlpacaWire()


@pytest.fixture
def account(wire: AlpacaWire, tmp_path: Path) -> CcxtAccount:
    """The account at it."""
    return account_at(STOCKS, wire, tmp_path)


def test_the_test_account_is_asked_at_its_own_address(wire: AlpacaWire, tmp_path: Path) -> None:
    account = account_at(STOCKS, wire, tmp_path, sandbox=True)
    account.submit(order_of(STOCKS, OrderKind.MARKET))
    account.quote("SPY")
    assert {sent.host for sent in wire.sent} == {"paper-api.alpaca.markets", "data.alpaca.markets"}
    assert "api.alpaca.markets" not in account.line.dialect.venue.hosts


@pytest.mark.parametrize("name", ["kraken", "coinbase", "bitget"])
def test_a_venue_without_a_test_account_refuses_one(name: str, tmp_path: Path) -> None:
    case = case_named(name)
    with pytest.raises(BadInput, match="has no test account"):
        account_at(case, case.wire(), tmp_path, sandbox=True)


@pytest.mark.parametrize(
    ("case", "kind", "stop", "body"),
    [
        (STOCKS, OrderKind.MARKET, None, {"type": "limit", "time_in_force": "ioc", "limit_price": "101"}),
        (STOCKS, OrderKind.LIMIT, None, {"type": "limit", "time_in_force": "gtc", "limit_price": "101"}),
        (STOCKS, OrderKind.STOP, "90.00", {"type": "stop", "time_in_force": "gtc", "stop_price": "90"}),
        (COINS, OrderKind.MARKET, None, {"type": "limit", "time_in_force": "ioc", "limit_price": "101"}),
        (
            COINS,
            OrderKind.STOP,
            "90.00",
            {"type": "stop_limit", "time_in_force": "gtc", "stop_price": "90", "limit_price": "101"},
        ),
    ],
)
def test_orders_on_the_wire(
    case: Case, kind: OrderKind, stop: str | None, body: dict[str, str], wire: AlpacaWire, account: CcxtAccount
) -> None:
    account.submit(order_of(case, kind, stop=None if stop is None else Decimal(stop)))
    [sent] = placed(case, wire)
    common = {"symbol": case.symbol, "side": "buy", "qty": "2", "client_order_id": "a1b2c3-20231114T2213-0-1"}
    assert sent.body == {**common, **body}


def test_a_stop_of_coins_needs_a_worst_price(wire: AlpacaWire, account: CcxtAccount) -> None:
    with pytest.raises(NotSent, match="only with a worst price"):
        account.submit(order_of(COINS, OrderKind.STOP, limit=None, **STOP))
    assert placed(COINS, wire) == []


def test_parts_of_a_share_are_not_ordered(wire: AlpacaWire, account: CcxtAccount) -> None:
    with pytest.raises(NotSent):
        account.submit(order_of(STOCKS, OrderKind.MARKET, quantity=Decimal("1.5")))
    assert placed(STOCKS, wire) == []


def test_an_id_that_is_already_there_is_no_refusal() -> None:
    twice = error_code(json.dumps({"code": 40010001, "message": "client_order_id must be unique"}))
    assert DIALECT.verdicts[twice] is Verdict.AMBIGUOUS
    assert error_code(json.dumps({"code": 40010001, "message": "invalid order type"})) not in DIALECT.verdicts


def test_the_fee_of_coins_is_taken_out_of_what_was_received(wire: AlpacaWire, account: CcxtAccount) -> None:
    account.submit(order_of(COINS, OrderKind.MARKET))
    account.submit(order_of(COINS, OrderKind.MARKET, "a-2", is_buy=False, limit=Decimal("99.00")))
    bought, sold = account.trades("BTC/USD", 0)
    assert (bought.fee, bought.fee_asset) == (Decimal("0.0050"), "BTC")
    assert (sold.fee, sold.fee_asset) == (Decimal("0.5000"), "USD")


def test_fills_of_another_symbol_are_not_of_this_one(wire: AlpacaWire, account: CcxtAccount) -> None:
    account.submit(order_of(COINS, OrderKind.MARKET))
    account.submit(order_of(STOCKS, OrderKind.MARKET, "a-2"))
    assert [trade.symbol for trade in account.trades("SPY", 0)] == ["SPY"]
    wire.floor.orders[0].market = "BTCUSD"
    assert [trade.symbol for trade in account.trades("BTC/USD", 0)] == ["BTC/USD"]


def test_a_stock_that_is_not_tradable_opens_nothing(wire: AlpacaWire, account: CcxtAccount) -> None:
    assert account.rules("SPY").is_trading
    wire.tradable = False
    assert not account.rules("SPY", fresh=True).is_trading


def test_pairs_without_the_stroke_are_pairs() -> None:
    names = ("BTCUSD", "ETHUSDT", "USDTUSD", "SOLBTC", "LINK/USDC")
    told = [symbol_of({"symbol": name, "asset_class": "crypto"}) for name in names]
    assert told == ["BTC/USD", "ETH/USDT", "USDT/USD", "SOL/BTC", "LINK/USDC"]


def test_a_state_that_is_new_is_not_guessed(wire: AlpacaWire, account: CcxtAccount) -> None:
    account.submit(order_of(STOCKS, OrderKind.LIMIT, limit=Decimal("99.00")))
    row = account.line.client.exchange.find_by_cid(None, "a1b2c3-20231114T2213-0-1")
    with pytest.raises(KeyError):
        report("alpaca", {**row, "status": "brand_new"}, 0)


NO_SUCH_KEY = (401, {"code": 40110000, "message": "request is not authorized"})
# Its gateway has no code for it.
FORBIDDEN = (403, {"message": "forbidden."})
NOT_ALLOWED = (403, {"code": 40310000, "message": "account is not allowed to trade"})


@dataclass
class RefusingWire(AlpacaWire):
    """Answers whatever has `part` in its path with `reply`, its status and body."""

    part: str = "nothing yet"
    reply: tuple[int, object] = NO_SUCH_KEY

    def answer(self, sent: Sent) -> object:
        if self.part in sent.path:
            raise Problem(*self.reply)
        return super().answer(sent)


@pytest.mark.parametrize("said", [NO_SUCH_KEY, FORBIDDEN, NOT_ALLOWED])
@pytest.mark.parametrize(
    ("part", "sandbox"),
    # A test account is not asked what its key may do.
    [("/v2/assets", False), ("/v2/clock", False), ("/v2/account", False), ("/v2/assets", True), ("/v2/clock", True)],
)
def test_keys_that_are_refused_are_told_at_whatever_is_asked_first(
    part: str, sandbox: bool, said: tuple[int, object], tmp_path: Path
) -> None:
    account = account_at(STOCKS, RefusingWire(part=part, reply=said), tmp_path, sandbox)
    with pytest.raises(BadInput, match="alpaca refused the keys; set others with keel secrets set alpaca"):
        account.rights()


@pytest.mark.parametrize("kind", [403, 503, "timeout", "html"])
@pytest.mark.parametrize("part", ["/v2/assets", "/v2/account"])
def test_a_venue_out_of_reach_does_not_refuse_keys(part: str, kind: Any, wire: AlpacaWire, tmp_path: Path) -> None:
    """With 403 a page for people comes from somebody on the way."""
    wire.lasting = [(part, Fault(kind))]
    with pytest.raises(Unavailable):
        account_at(STOCKS, wire, tmp_path).rights()


def test_only_who_asks_for_the_rights_is_told_of_the_keys(tmp_path: Path) -> None:
    """To a cycle it is a venue that does not answer: it goes on with the others."""
    account = account_at(STOCKS, RefusingWire(part="/v2/assets", reply=FORBIDDEN), tmp_path)
    for ask in (account.balances, account.open_orders, lambda: account.quote("SPY"), lambda: account.rules("SPY")):
        with pytest.raises(Unavailable):
            ask()


@pytest.mark.parametrize("said", [NO_SUCH_KEY, FORBIDDEN])
def test_an_order_whose_keys_are_refused_never_was_and_halts(said: tuple[int, object], tmp_path: Path) -> None:
    wire = RefusingWire()
    account = account_at(STOCKS, wire, tmp_path)
    account.rules("SPY")
    wire.part, wire.reply = "/v2/orders", said
    with pytest.raises(NotSent) as failed:
        account.submit(order_of(STOCKS, OrderKind.MARKET))
    assert failed.value.halts
