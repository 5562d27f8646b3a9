"""What an action does to the price: the factor that makes the bars on both sides of it comparable."""

from collections.abc import Iterable

from models.actions.action import CorporateAction
from models.types import BadInput


def price_factor(known: Iterable[CorporateAction], previous_close: float) -> float:
    """Factor of prices before an ex-date, given the actions of that date: (1 - cash / previous close) / ratio.

    `previous_close` is the last close before the ex-date as traded; cash is per share as traded before it, so that a
    split of the same date does not change what a dividend is worth. Source: Yahoo Finance help, "What is the adjusted
    close?" (SLN28256), after the standards of the Center for Research in Security Prices.

    Raises:
        BadInput: the dividends are not smaller than the previous close.
    """
    cash, ratio = 0.0, 1.0
    for one in known:
        cash += one.cash
        ratio *= one.ratio
        if cash >= previous_close:
            raise BadInput(f"{one} is not less than the previous close of {previous_close!r}; correct the action")
    return (1.0 - cash / previous_close) / ratio


def share_factor(known: Iterable[CorporateAction]) -> float:
    """New shares per old one."""
    ratio = 1.0
    for one in known:
        ratio *= one.ratio
    return ratio
