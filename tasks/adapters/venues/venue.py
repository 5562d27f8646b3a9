"""What is declared of a venue before anything is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Venue:
    """One source.

    Attributes:
        name: its name in the lake, and in ccxt where ccxt knows it.
        hosts: every host that it may be asked at.
        spacing_ms: time between two requests of cost 1, all processes together.
        burst_ms: so much spacing that was not used is kept, and lets requests go at once.
        options: what ccxt is told about it.
    """

    name: str
    hosts: frozenset[str]
    spacing_ms: float
    burst_ms: float = 0.0
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
