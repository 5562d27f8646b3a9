"""Figures as people read them. Each kind takes what the overview has, and gives the text of the page."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from models.types import Reason

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def money(value: float) -> str:
    """Quote currency, cents: 1,234.50."""
    return f"{_positive_zero(round(value, 2)):,.2f}"


def gain(value: float) -> str:
    """Money with its sign: +1,234.50, and 0.00 without one."""
    return f"{rounded:+,.2f}" if (rounded := _positive_zero(round(value, 2))) else "0.00"


def price(value: float) -> str:
    """Two decimals from 100 on, six significant digits below."""
    return f"{value:,.2f}" if abs(value) >= 100.0 else f"{value:.6g}"


def quantity(value: float) -> str:
    """Base units, as many digits as it has, at most eight decimals."""
    return f"{_positive_zero(round(value, 8)):,.8f}".rstrip("0").rstrip(".")


def decimal(value: str) -> str:
    """A decimal text of the journal without the zeros at its end."""
    return value.rstrip("0").rstrip(".") if "." in value else value


def share(value: float) -> str:
    """A fraction as percent: 12.3 %."""
    return f"{_positive_zero(round(100.0 * value, 1)):,.1f} %"


def basis(value: float) -> str:
    """Hundredths of a percent with their sign: +12.5."""
    return f"{_positive_zero(round(value, 1)):+,.1f}"


def number(value: float) -> str:
    """What has no unit: 1.25, 3."""
    return f"{value:,.4g}" if abs(value) < 10_000.0 else f"{value:,.0f}"


def times(value: float) -> str:
    """A multiple: 1.25 x."""
    return f"{number(value)} x"


def moment(value: str) -> str:
    """ISO 8601 of UTC as date and time to the second: 2026-11-22 20:04:05; also what says no zone is UTC."""
    at = datetime.fromisoformat(value)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}"


def age(seconds: float) -> str:
    """In the largest unit of which it has one at least: 12 s, 3 min, 5 h, 9 d."""
    if seconds < _MINUTE:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h"
    return f"{seconds // _DAY:,.0f} d"


def days(value: float) -> str:
    """An age in days: 0.5 d."""
    return f"{value:,.1f} d"


def name(value: str) -> str:
    """A name of the code for people: max_var becomes Max var."""
    text = value.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def book(value: str) -> str:
    """A book's name with its parts apart."""
    return value.replace("|", ", ")


def reason(value: str) -> str:
    """The sentence of a reason code; of an unknown one the code."""
    return Reason[value.upper()].text if value.upper() in Reason.__members__ else name(value)


def currency(symbols: Iterable[str]) -> str:
    """What the symbols are paid in where all say the same one (BTC/USDT), else the words for it."""
    quotes = {one.partition("/")[2].partition(":")[0] for one in symbols}
    return quotes.pop() if len(quotes) == 1 and "" not in quotes else "quote currency"


KINDS: dict[str, Callable[..., str]] = {
    "age": age,
    "basis": basis,
    "book": book,
    "days": days,
    "decimal": decimal,
    "gain": gain,
    "moment": moment,
    "money": money,
    "name": name,
    "number": number,
    "price": price,
    "quantity": quantity,
    "reason": reason,
    "share": share,
    "text": str,
    "times": times,
}

# What each limit is in plain words, and the kind of its figures; `source` and the settings keep its own name.
LIMITS: dict[str, tuple[str, str]] = {
    "entries_drawdown": ("Fall that pauses new entries", "share"),
    "daily_loss": ("Loss of the day", "share"),
    "weekly_loss": ("Loss of the week", "share"),
    "max_drawdown": ("Fall that stops the account", "share"),
    "max_var": ("Value at risk of one day", "share"),
    "halt_var": ("Value at risk that stops", "share"),
    "max_positions": ("Open positions", "number"),
    "max_trades": ("Entries of the day", "number"),
    "max_capital": ("Money put in", "money"),
    "max_leverage": ("Positions to equity", "times"),
    "max_portfolio_risk": ("Loss if every stop is hit", "share"),
}


def limit_words(limit: str) -> tuple[str, str]:
    """Plain words for a limit, and the kind of its figures."""
    return LIMITS.get(limit, (name(limit), "number"))


def _positive_zero(value: float) -> float:
    """Nobody reads minus zero."""
    return value + 0.0 if value else 0.0
