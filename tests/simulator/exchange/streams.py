"""What websocket clients hear: the exchange's events by topic, each with what the fault plan says of it.

A fault is looked up once for an event that somebody listens to, and holds for all who do. "gap" does not send it,
"replay_last" sends it twice, "out_of_order" sends it after the next one, "delay:<ms>" sends it and all behind it that
much later, "drop" tears the connection down instead, "mute" keeps silent on it from now on although it stays open.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exchange import tickers
from exchange.candles import MINUTE
from exchange.events import kline
from exchange.exchange import Exchange

ACCOUNT = "account"  # the topic of the owner's own events
OWNERS = ("executionReport", "outboundAccountPosition", "balanceUpdate")
Message = dict[str, Any]
Post = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A text, and the seconds that it and all behind it wait."""

    text: str
    wait_s: float = 0.0


@dataclass(eq=False, slots=True)
class Listener:
    """One websocket: `topics` by the way an event of them is wrapped, and what waits to be sent."""

    tear: Callable[[], None]
    topics: dict[str, Callable[[Message], Message]] = field(default_factory=dict)
    outbox: "asyncio.Queue[Outgoing]" = field(default_factory=asyncio.Queue)
    held: list[str] = field(default_factory=list)
    muted: bool = False

    def say(self, message: Message, wait_s: float = 0.0) -> None:
        """To be sent after all that was said before."""
        if self.muted:
            return
        self.outbox.put_nowait(Outgoing(json.dumps(message), wait_s))
        for text in self.held:
            self.outbox.put_nowait(Outgoing(text))
        self.held.clear()

    def hear(self, topic: str, event: Message, fault: str) -> None:
        """The event comes, or what the fault makes of it."""
        message = self.topics[topic](event)
        if fault in ("drop", "mute"):
            self.muted = True
            if fault == "drop":
                self.tear()
        elif fault == "out_of_order":
            self.held.append(json.dumps(message))
        elif fault.startswith("delay:"):
            self.say(message, int(fault.removeprefix("delay:")) / 1000)
        elif fault != "gap":
            for _ in range(2 if fault == "replay_last" else 1):
                self.say(message)


class Streams:
    """All listeners of an exchange. `post` runs an act where the listeners live; events may come from any thread."""

    def __init__(self, exchange: Exchange, post: Post) -> None:
        self.exchange, self.post = exchange, post
        self.listeners: list[Listener] = []
        self.minute = 0
        self.leave = exchange.subscribe(self.on_event)

    def on_event(self, event: Message) -> None:
        """Everybody who wants to know will hear it, and what follows from it, in the order in which it happened."""
        for name, topics, one in self._news(event):
            self.post(lambda name=name, topics=topics, one=one: self._tell(name, topics, one))  # type: ignore[misc]

    def look_at_bars(self) -> None:
        """Tells the bars that were closed by the time alone, without a trade after them."""
        with self.exchange.lock:
            now = self.exchange.now_ms()
            minute, self.minute = self.minute, now // MINUTE
            if minute == self.minute:
                return
            for name, market in self.exchange.markets.items():
                for interval, row, is_closed in market.candles.news(now):
                    if is_closed:
                        self.on_event(kline(name, now, interval, row, is_closed, market.prints))

    def act(self, fault: str) -> None:
        """Drop all connections now, or mute them.

        Raises:
            ValueError: another word.
        """
        if fault not in ("drop", "mute"):
            raise ValueError(f"connections cannot be made to {fault!r}; there are drop and mute")
        for listener in tuple(self.listeners):
            listener.muted = True
            if fault == "drop":
                listener.tear()

    def _news(self, event: Message) -> Iterator[tuple[str, tuple[str, ...], Message]]:
        name = str(event["e"])
        if name in OWNERS:
            yield name, (ACCOUNT,), event
            return
        prefix = str(event["s"]).lower()
        if name == "kline":
            yield name, (f"{prefix}@kline_{event['k']['i']}",), event
        elif name == "trade":
            yield name, (f"{prefix}@trade",), event
            yield from self._ticker("24hrMiniTicker", f"{prefix}@miniTicker", tickers.mini, event)
            yield from self._ticker("24hrTicker", f"{prefix}@ticker", tickers.whole, event)
        else:
            yield name, (f"{prefix}@depth", f"{prefix}@depth@100ms"), event
            yield from self._ticker("bookTicker", f"{prefix}@bookTicker", tickers.book, event)

    def _ticker(
        self, name: str, topic: str, form: Callable[[Message, Message], Message], event: Message
    ) -> Iterator[tuple[str, tuple[str, ...], Message]]:
        # Made only where it is wanted: each costs a look at the whole day.
        if any(topic in listener.topics for listener in tuple(self.listeners)):
            yield name, (topic,), form(event, self.exchange.ticker(event["s"]))

    def _tell(self, name: str, topics: tuple[str, ...], event: Message) -> None:
        pairs = [(one, topic) for one in self.listeners for topic in topics if topic in one.topics and not one.muted]
        fault = self.exchange.stream_fault(name) if pairs else ""
        for listener, topic in pairs:
            listener.hear(topic, event, fault)
