"""Why a decision is what it is: integer codes in compiled code, sentences for people."""

from enum import IntEnum


class Reason(IntEnum):
    """What the step did for a symbol at a bar. Stored in the journal: append, never renumber."""

    HOLD_FLAT = 0
    HOLD_POSITION = 1
    HOLD_ORDER = 2
    HOLD_WEIGHT = 3
    HOLD_WITHDRAWN = 4
    ENTER_EDGE = 10
    ENTER_WEIGHT = 11
    ADD_WEIGHT = 12
    ENTER_ADOPTED = 13
    EXIT_EDGE = 20
    EXIT_STOP = 21
    EXIT_TARGET = 22
    EXIT_TIME = 23
    EXIT_SWITCH = 24
    REDUCE_WEIGHT = 25
    EXIT_WEIGHT = 26
    REDUCE_EXPOSURE = 27
    EXIT_FLATTEN = 28
    REDUCE_RISK = 29
    REDUCE_STRESS = 30
    REFUSED_NO_BAR = 40
    REFUSED_BAD_PRICE = 41
    REFUSED_WARM_UP = 42
    REFUSED_NO_PREDICTION = 43
    REFUSED_STALE = 44
    REFUSED_STOPPED = 45
    REFUSED_DATA = 46
    REFUSED_NOT_LISTED = 47
    REFUSED_DAILY_LOSS = 50
    REFUSED_DRAWDOWN = 51
    REFUSED_MIN_NOTIONAL = 52
    REFUSED_REGIME = 53
    REFUSED_SHORTS = 54
    REFUSED_LEVELS = 55
    REFUSED_TRADES = 56
    REFUSED_TICK = 57
    REFUSED_QUIET = 58
    REFUSED_NO_TREND = 59
    REFUSED_NO_PULLBACK = 60
    REFUSED_NO_RANGE = 61
    REFUSED_INSIDE_RANGE = 62
    REFUSED_NOBODY = 63
    REFUSED_WEEKLY_LOSS = 64
    REFUSED_VAR = 65
    REFUSED_STRATEGY = 66
    REFUSED_ENTRIES_DRAWDOWN = 67
    REFUSED_POSITIONS = 68
    REFUSED_TRADES_TODAY = 69
    REFUSED_SIZE_RANGE = 70
    REFUSED_MARKET_CLOSED = 71
    REFUSED_VOLATILITY = 72
    REFUSED_COLLAR = 73
    REFUSED_NOT_ALLOWED = 74
    REFUSED_PERSON = 75
    REFUSED_STRESS = 76
    REFUSED_FROZEN = 77
    REFUSED_EXTERNAL = 78
    REFUSED_UNGUARDED = 79

    @property
    def is_refusal(self) -> bool:
        """Whether something that might have been done was not done."""
        return self >= Reason.REFUSED_NO_BAR

    @property
    def text(self) -> str:
        """One sentence for people."""
        return _TEXTS[self]


# Decisions that open a position, and those that buy; every other order leaves (a part of) one.
ENTERING = (Reason.ENTER_EDGE, Reason.ENTER_WEIGHT, Reason.ENTER_ADOPTED)
BUYING = (*ENTERING, Reason.ADD_WEIGHT)

_TEXTS: dict[Reason, str] = {
    Reason.HOLD_FLAT: "no position, and the edge does not pay for the round trip",
    Reason.HOLD_POSITION: "the position stays: no exit rule fired",
    Reason.HOLD_ORDER: "an order of an earlier bar waits to be filled",
    Reason.HOLD_WEIGHT: "what is held is within its band around the wanted weight",
    Reason.HOLD_WITHDRAWN: "a waiting entry was withdrawn: a stop is in force",
    Reason.ENTER_EDGE: "the blended edge pays for the round trip",
    Reason.ENTER_WEIGHT: "the wanted weight is not held yet",
    Reason.ADD_WEIGHT: "less is held than the wanted weight",
    Reason.ENTER_ADOPTED: "a person took in what was there before",
    Reason.EXIT_EDGE: "the blended edge turned against the position",
    Reason.EXIT_STOP: "the stop level was reached",
    Reason.EXIT_TARGET: "the profit target was reached",
    Reason.EXIT_TIME: "the position was held as long as its specialist allows",
    Reason.EXIT_SWITCH: "its specialist is no longer in charge, and leaves",
    Reason.REDUCE_WEIGHT: "more is held than the wanted weight",
    Reason.EXIT_WEIGHT: "nothing is to be held of it in this regime",
    Reason.REDUCE_EXPOSURE: "the specialist that took over allows less exposure",
    Reason.EXIT_FLATTEN: "a stop is in force that sells every position",
    Reason.REDUCE_RISK: "the value at risk of all positions is brought back to its cap",
    Reason.REDUCE_STRESS: "a stress test found the account beyond its limit with as much of it",
    Reason.REFUSED_NO_BAR: "the symbol has no bar at this time",
    Reason.REFUSED_BAD_PRICE: "a price of the bar is missing, not finite, not positive or outside of its high and low",
    Reason.REFUSED_WARM_UP: "volatility, a range or a reading that the rules look at is not known yet: too few bars",
    Reason.REFUSED_NO_PREDICTION: "no out-of-sample prediction for this bar: train a model, or wait for more bars",
    Reason.REFUSED_STALE: "the newest bar is too old to act on",
    Reason.REFUSED_STOPPED: "the stop flag is set: no new entries until a person releases it",
    Reason.REFUSED_DATA: "the symbol's data is blocked by a quality rule: nothing is traded on it until that is over",
    Reason.REFUSED_NOT_LISTED: "the symbol is not listed at this time, or about to be delisted",
    Reason.REFUSED_DAILY_LOSS: "the day's loss reached its limit: no new entries until the stop is released",
    Reason.REFUSED_DRAWDOWN: "the drawdown reached the profile's limit: no new entries until the stop is released",
    Reason.REFUSED_MIN_NOTIONAL: "the size rounds below the venue's smallest order",
    Reason.REFUSED_REGIME: "the settings leave an entry nothing of its size in this regime",
    Reason.REFUSED_SHORTS: "the edge points down and the venue lends nothing to sell short",
    Reason.REFUSED_LEVELS: "stop or target lies on the wrong side of the price: there is no room for the trade",
    Reason.REFUSED_TICK: "the price is below the tick: give the symbol its own in venues.<name>.instruments",
    Reason.REFUSED_TRADES: "as many positions were opened in the symbol today as the specialist allows",
    Reason.REFUSED_QUIET: "the market moves less than the specialist wants",
    Reason.REFUSED_NO_TREND: "the trend is weaker than the specialist wants",
    Reason.REFUSED_NO_PULLBACK: "the specialist waits for a pullback",
    Reason.REFUSED_NO_RANGE: "the recent range is too wide to be one",
    Reason.REFUSED_INSIDE_RANGE: "the price is too far from the edge of its range",
    Reason.REFUSED_NOBODY: "no specialist is in charge: those that may be have lost too much lately",
    Reason.REFUSED_WEEKLY_LOSS: "the week's loss reached its limit: no new entries until the stop is released",
    Reason.REFUSED_VAR: "the value at risk passed what halts trading: no new entries until the stop is released",
    Reason.REFUSED_STRATEGY: "the system's drawdown reached its limit: it is paused until the stop is released",
    Reason.REFUSED_ENTRIES_DRAWDOWN: "the drawdown reached what pauses entries: none until the stop is released",
    Reason.REFUSED_POSITIONS: "as many positions are open as the account may have",
    Reason.REFUSED_TRADES_TODAY: "as many entries were ordered today as the account may make",
    Reason.REFUSED_SIZE_RANGE: "the size is below the smallest that is allowed for the symbol",
    Reason.REFUSED_MARKET_CLOSED: "the venue has no session at this time",
    Reason.REFUSED_VOLATILITY: "the market moves far more than it usually does",
    Reason.REFUSED_COLLAR: "the price is too far from its reference",
    Reason.REFUSED_NOT_ALLOWED: "the symbol is not on the list of those that may be traded",
    Reason.REFUSED_PERSON: "a person stopped new entries",
    Reason.REFUSED_STRESS: "a stress test broke the drawdown limit: no new entries until the stop is released",
    Reason.REFUSED_FROZEN: "nobody knows what became of an order in it: nothing more is ordered until the venue says",
    Reason.REFUSED_EXTERNAL: "the venue holds or moved some of it that no order of ours explains: it is only reduced",
    Reason.REFUSED_UNGUARDED: "no guardian is heard of: nothing is opened until one watches (keel guardian)",
}


class Bound(IntEnum):
    """Which limit set the size of an entry (the tightest one). Append, never renumber."""

    NONE = 0
    PROFILE_POSITION = 1
    KELLY = 2
    POSITION_RISK = 3
    PORTFOLIO_RISK = 4
    ASSET_CLASS = 5
    CASH = 6
    LEVERAGE = 7
    SPECIALIST_SIZE = 8
    SPECIALIST_EXPOSURE = 9
    SPECIALIST_CASH = 10
    VAR = 11
    CAPITAL = 12
