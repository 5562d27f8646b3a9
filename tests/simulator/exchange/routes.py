"""Every endpoint: who may ask, what it weighs, and the parameters it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange import market_data, records, trading
from exchange.wire import LogEntry

if TYPE_CHECKING:
    from exchange.exchange import Exchange

Act = Callable[["Exchange", Mapping[str, str], LogEntry], object]
SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
ORDER = (
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice"
    " newOrderRespType selfTradePreventionMode"
)
TICKER = "symbol symbols symbolStatus"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `for_all` is its weight when no symbol is named and it may be left out."""

    act: Act
    weight: int
    reads: frozenset[str]
    security: Literal["NONE", "USER_DATA", "TRADE"] = "NONE"
    for_all: int | None = None

    def weight_of(self, given: Mapping[str, str]) -> int:
        """What such a request counts."""
        if self.for_all is None or "symbol" in given or "symbols" in given:
            return self.weight
        return self.for_all


def _open(act: Act, weight: int, reads: str, for_all: int | None = None) -> Route:
    return Route(act, weight, frozenset(reads.split()), for_all=for_all)


def _read(act: Act, weight: int, reads: str, for_all: int | None = None) -> Route:
    return Route(act, weight, frozenset(reads.split()) | SIGNED, "USER_DATA", for_all)


def _trade(act: Act, weight: int, reads: str) -> Route:
    return Route(act, weight, frozenset(reads.split()) | SIGNED, "TRADE")


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): _open(market_data.ping, 1, ""),
    ("GET", "/api/v3/time"): _open(market_data.server_time, 1, ""),
    ("GET", "/api/v3/exchangeInfo"): _open(
        market_data.exchange_info, 20, "symbol symbols permissions showPermissionSets symbolStatus"
    ),
    ("GET", "/api/v3/depth"): _open(market_data.depth, 5, "symbol limit symbolStatus"),
    ("GET", "/api/v3/klines"): _open(market_data.klines, 2, "symbol interval startTime endTime limit"),
    ("GET", "/api/v3/ticker/24hr"): _open(market_data.day_ticker, 2, f"{TICKER} type", 80),
    ("GET", "/api/v3/ticker/bookTicker"): _open(market_data.book_ticker, 2, TICKER, 4),
    ("GET", "/api/v3/ticker/price"): _open(market_data.price_ticker, 2, TICKER, 4),
    ("GET", "/sapi/v1/system/status"): _open(market_data.system_status, 1, ""),
    ("GET", "/api/v3/account"): _read(records.account, 20, "omitZeroBalances"),
    ("GET", "/api/v3/order"): _read(records.query_order, 4, "symbol orderId origClientOrderId"),
    ("GET", "/api/v3/openOrders"): _read(records.open_orders, 6, "symbol", 80),
    ("GET", "/api/v3/allOrders"): _read(records.all_orders, 20, "symbol orderId startTime endTime limit"),
    ("GET", "/api/v3/myTrades"): _read(records.my_trades, 20, "symbol orderId startTime endTime fromId limit"),
    ("GET", "/api/v3/rateLimit/order"): _read(records.order_counts, 40, ""),
    ("WS", "userDataStream.subscribe.signature"): _read(market_data.ping, 2, ""),  # said by websocket
    ("GET", "/sapi/v1/account/apiRestrictions"): _read(records.restrictions, 1, ""),
    ("POST", "/api/v3/order"): _trade(trading.new_order, 1, ORDER),
    ("POST", "/api/v3/order/test"): _trade(trading.try_order, 1, f"{ORDER} computeCommissionRates"),
    ("DELETE", "/api/v3/order"): _trade(
        trading.cancel_order, 1, "symbol orderId origClientOrderId newClientOrderId cancelRestrictions"
    ),
    ("DELETE", "/api/v3/openOrders"): _trade(trading.cancel_all, 1, "symbol"),
    ("POST", "/api/v3/order/cancelReplace"): _trade(
        trading.cancel_replace,
        1,
        f"{ORDER} cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId cancelRestrictions",
    ),
}
