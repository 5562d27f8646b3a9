"""What a person confirms: capital, the caps of the last gate, symbols, and whether it is real money."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from data.journal import LiveAct
from models.orders import GateCaps

FIGURES = ("order_value", "day_value", "orders_per_minute", "collar", "stale")


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of live trading at one venue; `capital` in quote currency."""

    capital: Decimal
    caps: GateCaps
    is_sandbox: bool

    def as_gate(self) -> dict[str, Any]:
        """As the journal keeps them; figures are strings."""
        figures = {name: str(getattr(self.caps, name)) for name in FIGURES}
        return figures | {"symbols": sorted(self.caps.symbols), "sandbox": self.is_sandbox}


def confirmed_terms(act: LiveAct) -> Terms:
    """What a confirmation was about."""
    gate = act.gate
    caps = GateCaps(
        symbols=frozenset(gate["symbols"]),
        order_value=Decimal(gate["order_value"]),
        day_value=Decimal(gate["day_value"]),
        orders_per_minute=int(gate["orders_per_minute"]),
        collar=Decimal(gate["collar"]),
        stale=int(gate["stale"]),
    )
    return Terms(act.capital, caps, gate["sandbox"])


def raised(confirmed: Terms, now: Terms) -> tuple[str, ...]:
    """What is beyond that which was confirmed, each in words; nothing where all of it is within."""
    return tuple(_raised(confirmed, now))


def tightest(one: GateCaps, other: GateCaps) -> GateCaps:
    """The smaller of each cap."""
    figures = {name: min(getattr(one, name), getattr(other, name)) for name in FIGURES}
    return replace(one, symbols=one.symbols & other.symbols, **figures)


def _raised(confirmed: Terms, now: Terms) -> Iterator[str]:
    if now.is_sandbox != confirmed.is_sandbox:
        yield f"it was confirmed for {'a test account' if confirmed.is_sandbox else 'real money'}"
    if now.capital > confirmed.capital:
        yield f"capital {now.capital} is above {confirmed.capital}"
    for name in FIGURES:
        found, allowed = getattr(now.caps, name), getattr(confirmed.caps, name)
        if found > allowed:
            yield f"{name} {found} is above {allowed}"
    new = sorted(now.caps.symbols - confirmed.caps.symbols)
    if new:
        yield f"{', '.join(new)} was not among the symbols"
