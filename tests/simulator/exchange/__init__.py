"""A spot exchange on the loopback, by Binance's official documents. Test support: it never imports the product."""

from exchange.clocks import Clock, ManualClock, WallClock
from exchange.exchange import Exchange
from exchange.faults import FaultPlan, Rule
from exchange.memory import MemorySession
from exchange.orders import Order, Trade
from exchange.refusals import ApiError
from exchange.replies import Reply
from exchange.shapes import Shape
from exchange.symbols import Symbol
from exchange.tape import Tape
from exchange.wire import LogEntry

__all__ = [
    "ApiError",
    "Clock",
    "Exchange",
    "FaultPlan",
    "LogEntry",
    "ManualClock",
    "MemorySession",
    "Order",
    "Reply",
    "Rule",
    "Shape",
    "Symbol",
    "Tape",
    "Trade",
    "WallClock",
]
