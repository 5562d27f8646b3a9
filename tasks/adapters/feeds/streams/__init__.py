"""Streams of bars, trades and order books."""

from tasks.adapters.feeds.streams.ccxt_stream import CcxtStream
from tasks.adapters.feeds.streams.exchange import build_stream_exchange
from tasks.ports import KINDS, Kind, OutOfStep, Stream, Subscription

__all__ = ["KINDS", "CcxtStream", "Kind", "OutOfStep", "Stream", "Subscription", "build_stream_exchange"]
