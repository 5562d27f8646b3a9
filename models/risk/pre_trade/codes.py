"""What an order is held against."""

from enum import IntEnum


class Check(IntEnum):
    """A limit of the check before a trade."""

    FINITE = 1
    LOT = 2
    TICK = 3
    STOP_SIDE = 4
    HELD = 5
    COLLAR = 6
    GATE = 7
    LADDER = 8
    SHORTS = 9
    MIN_NOTIONAL = 10
    SIZE_RANGE = 11
    PROFILE_POSITION = 12
    ASSET_CLASS = 13
    POSITION_RISK = 14
    PORTFOLIO_RISK = 15
    LEVERAGE = 16
    CASH = 17
    CAPITAL = 18
    VAR = 19
    POSITIONS = 20
    TRADES = 21
    BALANCE = 22

    @property
    def text(self) -> str:
        """What a person reads before the figures."""
        return _TEXTS[self]


_TEXTS: dict[Check, str] = {
    Check.FINITE: "units, price or stop of the order are no usable number",
    Check.LOT: "base units beside the venue's lots",
    Check.TICK: "a price beside the venue's ticks",
    Check.STOP_SIDE: "a stop on the wrong side of the price",
    Check.HELD: "more is sold than is held",
    Check.COLLAR: "the order's price is too far from its reference",
    Check.GATE: "an entry on a bar that is closed to entries",
    Check.LADDER: "an entry while a stop is in force",
    Check.SHORTS: "sold short where the venue lends nothing",
    Check.MIN_NOTIONAL: "worth less than the venue's smallest order",
    Check.SIZE_RANGE: "worth less than the smallest position of the symbol",
    Check.PROFILE_POSITION: "the position is larger than the profile allows",
    Check.ASSET_CLASS: "the position is larger than its symbol and asset class allow",
    Check.POSITION_RISK: "the position may lose more at its stop than the profile allows",
    Check.PORTFOLIO_RISK: "all positions may lose more at their stops than the profile allows",
    Check.LEVERAGE: "all positions are worth more than the leverage allows",
    Check.CASH: "more is bound and paid than is free",
    Check.CAPITAL: "all positions are worth more than the capital in use",
    Check.VAR: "the value at risk is above its cap",
    Check.POSITIONS: "more positions than the account may have",
    Check.TRADES: "more entries than the account may order in a day",
    Check.BALANCE: "cash and positions are not what the equity says",
}
