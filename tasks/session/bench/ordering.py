"""From a bar's close to an order on the wire, in a session that is warm, and durable admits a second."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import requests

from models.types import Bars
from models.types.timeframes import HOUR
from tasks.session.bench.exchange import SYMBOL as WIRE_SYMBOL
from tasks.session.bench.exchange import small_exchange
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_desk import CAPITAL, AheadClock, LiveDesk, live_desk, trading_live
from tasks.session.bench.loopback import Loopback, first_order, on_loopback
from tasks.session.bench.minutes import minute_bars
from tasks.session.bench.signalling import SERIES, settle
from tasks.session.cycle import run_cycle
from tasks.session.intake import take_in_archive

# Two years of hours, of which the models have seen most.
BARS = 17_520
WARM_UP, CYCLES = 10, 200
MOST_CYCLES = 3 * CYCLES
SECOND = 1_000_000
OWN_TARGET, WHOLE_TARGET = 100.0, 1000.0
# Of a bar's close: wide enough that every bar is rebalanced, and no wider than the gates let pass.
SWING = 0.003


class Way(NamedTuple):
    """Of one order, milliseconds: from the bar to its first byte at the exchange, and how much of that was waited for
    the venue's budget of requests; the same for a bare request.
    """

    whole: float
    paced: float
    bare: float
