"""The words everybody shares: arrays, series, bars, regimes, reasons, orders and errors."""

from models.types.arrays import BoolArray, FloatArray, IntArray, among
from models.types.bars import Bars
from models.types.books import Book, MarketTrades
from models.types.breakers import Breaker, LadderEvent, Level
from models.types.calendars import CALENDARS, Calendar, bars_per_day, bars_per_week, bars_per_year
from models.types.errors import BadInput, Damaged, KeelError, Refused, Unavailable
from models.types.instruments import Instrument
from models.types.orders import Fill, Intent, Leg, Refusal, Switch, intents_sha256
from models.types.reasons import Bound, Reason
from models.types.regimes import Cause, Regime
from models.types.series import Series
from models.types.stages import Stage
from models.types.timeframes import TIMEFRAMES, bar_micros
from models.types.times import from_micros, iso, parse_time, to_micros

__all__ = [
    "CALENDARS",
    "TIMEFRAMES",
    "BadInput",
    "Bars",
    "Book",
    "BoolArray",
    "Bound",
    "Breaker",
    "Calendar",
    "Cause",
    "Damaged",
    "Fill",
    "FloatArray",
    "Instrument",
    "IntArray",
    "Intent",
    "KeelError",
    "LadderEvent",
    "Leg",
    "Level",
    "MarketTrades",
    "Reason",
    "Refusal",
    "Refused",
    "Regime",
    "Series",
    "Stage",
    "Switch",
    "Unavailable",
    "among",
    "bar_micros",
    "bars_per_day",
    "bars_per_week",
    "bars_per_year",
    "from_micros",
    "intents_sha256",
    "iso",
    "parse_time",
    "to_micros",
]
