"""What the exchange pushes: order updates, balances, trades and changes of the book, as the streams write them."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from exchange.account import Account
from exchange.book import Level
from exchange.orders import AT_MARKET, ZERO, Order, Trade
from exchange.symbols import plain

KEPT = 10_000
STRATEGY = {"strategyId": "j", "strategyType": "J"}


Payload = dict[str, Any]
Listener = Callable[[Payload], None]


class Events:
    """The last events, and who wants to hear of the next ones."""

    def __init__(self) -> None:
        self.kept: deque[Payload] = deque(maxlen=KEPT)
        self.listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls it with each event, in order, as it happens; the answer ends that."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, event: Payload) -> None:
        self.kept.append(event)
        for listener in tuple(self.listeners):
            listener(event)


def execution_report(
    order: Order, execution: str, now_ms: int, number: int, trade: Trade | None = None, cancel_id: str | None = None
) -> Payload:
    """The executionReport of what just happened to an order; `number` is unique to it."""
    report: Payload = {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": order.client_id if cancel_id is None else cancel_id,
        "S": order.side,
        "o": order.type,
        "f": order.time_in_force,
        "q": plain(order.quantity),
        "p": plain(order.price),
        "P": plain(order.stop_price),
        "F": plain(ZERO),
        "g": -1,
        "C": "" if cancel_id is None else order.client_id,
        "x": execution,
        "X": order.status,
        "r": "NONE",
        "i": order.id,
        "l": plain(trade.quantity if trade else ZERO),
        "z": plain(order.executed),
        "L": plain(trade.price if trade else ZERO),
        "n": plain(trade.commission) if trade else "0",
        "N": trade.commission_asset if trade else None,
        "T": now_ms,
        "t": trade.id if trade else -1,
        "I": number,
        "w": order.is_open and order.working_ms is not None and order.type not in AT_MARKET,
        "m": trade.is_maker if trade else False,
        "M": trade is not None,
        "O": order.created_ms,
        "Z": plain(order.quote_done),
        "Y": plain(trade.quote if trade else ZERO),
        "Q": plain(order.quote_quantity),
        "V": "NONE",
    }
    if order.working_ms is not None:
        report["W"] = order.working_ms
    if execution == "EXPIRED":
        report["eR"] = order.expiry_reason
    for name, value in order.strategy:
        report[STRATEGY[name]] = value
    return report


def position(account: Account, assets: set[str], now_ms: int) -> Payload:
    """The outboundAccountPosition of the assets that may have changed."""
    balances = [
        {"a": asset, "f": plain(account.free[asset]), "l": plain(account.locked[asset])} for asset in sorted(assets)
    ]
    return {"e": "outboundAccountPosition", "E": now_ms, "u": now_ms, "B": balances}


def balance_update(asset: str, delta: str, now_ms: int) -> Payload:
    """A deposit, or a withdrawal."""
    return {"e": "balanceUpdate", "E": now_ms, "a": asset, "d": delta, "T": now_ms}


def depth_update(symbol: str, now_ms: int, first: int, last: int, bids: list[Level], asks: list[Level]) -> Payload:
    """The depthUpdate from update `first` to `last`; a quantity of zero takes its level away."""
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "s": symbol,
        "U": first,
        "u": last,
        "b": [[plain(price), plain(quantity)] for price, quantity in bids],
        "a": [[plain(price), plain(quantity)] for price, quantity in asks],
    }


def tape_trade(symbol: str, now_ms: int, number: int, price: Decimal, quantity: Decimal, is_buy: bool) -> Payload:
    """The trade event of one match, whoever it was; `m`: the buyer was the maker."""
    texts = {"p": plain(price), "q": plain(quantity)}
    return {"e": "trade", "E": now_ms, "s": symbol, "t": number, **texts, "T": now_ms, "m": not is_buy, "M": True}


def kline(symbol: str, now_ms: int, interval: str, row: list[Any], is_closed: bool, last_trade: int) -> Payload:
    """The kline event of a bar, from its row on the klines endpoint."""
    opened, first_price, high, low, close, volume, closes, quote, trades, bought, bought_quote, _ = row
    first = last_trade - trades + 1
    bar = {
        **{
            "t": opened,
            "T": closes,
            "s": symbol,
            "i": interval,
            "f": first,
            "L": last_trade,
            "o": first_price,
            "h": high,
        },
        **{
            "l": low,
            "c": close,
            "v": volume,
            "n": trades,
            "x": is_closed,
            "q": quote,
            "V": bought,
            "Q": bought_quote,
            "B": "0",
        },
    }
    return {"e": "kline", "E": now_ms, "s": symbol, "k": bar}
