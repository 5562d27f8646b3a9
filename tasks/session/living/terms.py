"""What a person confirms: whose account, how much, by which caps and protection, and whether it is real money."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from data.journal import LiveAct
from models.orders import GateCaps
from models.types import Damaged

FIGURES = ("order_value", "day_value", "orders_per_minute", "collar", "stale")
OWN_FIGURES = ("order_collar", "disaster_stop", "slice_notional")
MALFORMED = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of live trading at one venue.

    Attributes:
        capital, slice_notional: in quote currency.
        order_collar: farthest from the reference that a market order may be filled, fraction.
        disaster_stop: distance of the stop where the rules have none, fraction of the entry.
        profile: of risk.
        url: what stands in for the venue; None is the venue itself.
        key: fingerprint of the API key; empty where it is not known.
    """

    capital: Decimal
    caps: GateCaps
    is_sandbox: bool
    profile: str
    order_collar: Decimal
    disaster_stop: Decimal
    slice_notional: Decimal
    url: str | None
    key: str

    def as_gate(self) -> dict[str, Any]:
        """As the journal keeps them; figures are strings."""
        figures = {name: str(getattr(self.caps, name)) for name in FIGURES}
        own = {name: str(getattr(self, name)) for name in OWN_FIGURES}
        whose = {"profile": self.profile, "sandbox": self.is_sandbox, "url": self.url, "key": self.key}
        return figures | own | {"symbols": sorted(self.caps.symbols)} | whose


def confirmed_terms(act: LiveAct) -> Terms:
    """What a confirmation was about.

    Raises:
        Damaged: the journal's row does not say.
    """
    try:
        return _read(act)
    except MALFORMED as error:
        raise damaged(act.venue, error) from error


def damaged(venue: str, error: Exception) -> Damaged:
    """Of a confirmation at the venue that cannot be read: nothing is taken for confirmed."""
    return Damaged(
        f"the confirmation of live trading at {venue} cannot be read ({type(error).__name__}); "
        f"find out who wrote to the journal, and say keel live confirm --venue {venue} anew"
    )


def raised(confirmed: Terms, now: Terms) -> tuple[str, ...]:
    """What is beyond that which was confirmed, each in words; nothing where all of it is within."""
    return (*_elsewhere(confirmed, now), *_raised(confirmed, now))


def tightest(one: GateCaps, other: GateCaps) -> GateCaps:
    """The smaller of each cap."""
    figures = {name: min(getattr(one, name), getattr(other, name)) for name in FIGURES}
    return replace(one, symbols=one.symbols & other.symbols, **figures)


def _read(act: LiveAct) -> Terms:
    gate = act.gate
    caps = GateCaps(
        symbols=frozenset(_text(one) for one in _list(gate["symbols"])),
        order_value=_figure(gate["order_value"]),
        day_value=_figure(gate["day_value"]),
        orders_per_minute=int(_text(gate["orders_per_minute"])),
        collar=_figure(gate["collar"]),
        stale=int(_text(gate["stale"])),
    )
    if not isinstance(gate["sandbox"], bool):
        raise TypeError("sandbox is not true or false")
    return Terms(
        capital=_figure(str(act.capital)),
        caps=caps,
        is_sandbox=gate["sandbox"],
        profile=_text(gate["profile"]),
        order_collar=_figure(gate["order_collar"]),
        disaster_stop=_figure(gate["disaster_stop"]),
        slice_notional=_figure(gate["slice_notional"]),
        url=None if gate["url"] is None else _text(gate["url"]),
        key=_text(gate["key"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _figure(value: object) -> Decimal:
    figure = Decimal(_text(value))
    if not figure.is_finite():
        raise ValueError("not a finite figure")
    return figure


def _elsewhere(confirmed: Terms, now: Terms) -> Iterator[str]:
    if now.is_sandbox != confirmed.is_sandbox:
        yield f"it was confirmed for {'a test account' if confirmed.is_sandbox else 'real money'}"
    if now.url != confirmed.url:
        yield f"it was confirmed for {confirmed.url or 'the venue itself'}, not for {now.url or 'the venue itself'}"
    if now.key != confirmed.key:
        yield f"it was confirmed with another key ({confirmed.key})"
    if now.profile != confirmed.profile:
        yield f"profile {now.profile} is not the confirmed {confirmed.profile}"


def _raised(confirmed: Terms, now: Terms) -> Iterator[str]:
    if now.capital > confirmed.capital:
        yield f"capital {now.capital} is above {confirmed.capital}"
    for name in FIGURES:
        yield from _above(name, getattr(now.caps, name), getattr(confirmed.caps, name))
    for name in OWN_FIGURES:
        yield from _above(name, getattr(now, name), getattr(confirmed, name))
    new = sorted(now.caps.symbols - confirmed.caps.symbols)
    if new:
        yield f"{', '.join(new)} was not among the symbols"


def _above(name: str, found: Decimal, allowed: Decimal) -> Iterator[str]:
    if found > allowed:
        yield f"{name} {found} is above {allowed}"
