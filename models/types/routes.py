"""Rules that say which models speak for an instrument, and when."""

from dataclasses import dataclass

from models.types.regimes import Regime


@dataclass(frozen=True, slots=True)
class Rule:
    """The models that speak where it applies; of what is left empty every instrument, class, horizon or regime will do.

    Attributes:
        name: of the rule, for people and the switch log.
        models: names, each once.
        instruments: symbols.
        classes: asset classes.
        horizons: bars that an edge is expected over.
    """

    name: str
    models: tuple[str, ...]
    instruments: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    horizons: tuple[int, ...] = ()
    regimes: tuple[Regime, ...] = ()

    def applies(self, symbol: str, asset_class: str, horizon: int, regime: Regime) -> bool:
        """Whether it speaks of this instrument, over this horizon, in this regime."""
        return (
            (not self.instruments or symbol in self.instruments)
            and (not self.classes or asset_class in self.classes)
            and (not self.horizons or horizon in self.horizons)
            and (not self.regimes or regime in self.regimes)
        )

    def covers(self, other: "Rule") -> bool:
        """Whether it applies wherever the other one does."""
        pairs: tuple[tuple[tuple[object, ...], tuple[object, ...]], ...] = (
            (self.instruments, other.instruments),
            (self.classes, other.classes),
            (self.horizons, other.horizons),
            (self.regimes or tuple(Regime), other.regimes or tuple(Regime)),
        )
        return all(not own or (bool(others) and set(others) <= set(own)) for own, others in pairs)
