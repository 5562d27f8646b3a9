"""Ticker events of the market streams, made of the event they follow from and of the REST ticker."""

from typing import Any

Message = dict[str, Any]
_MINI = {"c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}
_QUOTE = {"b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty"}
_MORE = {
    **{"p": "priceChange", "P": "priceChangePercent", "w": "weightedAvgPrice", "x": "prevClosePrice", "Q": "lastQty"},
    **{"O": "openTime", "C": "closeTime", "F": "firstId", "L": "lastId", "n": "count"},
}


def mini(event: Message, ticker: Message) -> Message:
    """The last 24 hours, without a quote."""
    return _head("24hrMiniTicker", event) | _renamed(_MINI, ticker)


def whole(event: Message, ticker: Message) -> Message:
    """The last 24 hours with everything."""
    return _head("24hrTicker", event) | _renamed(_MINI | _MORE | _QUOTE, ticker)


def book(event: Message, ticker: Message) -> Message:
    """The best bid and ask; the only event that does not name itself."""
    return {"u": event["u"], "s": event["s"]} | _renamed(_QUOTE, ticker)


def _head(name: str, event: Message) -> Message:
    return {"e": name, "E": event["E"], "s": event["s"]}


def _renamed(names: dict[str, str], ticker: Message) -> Message:
    return {short: ticker[name] for short, name in names.items()}
