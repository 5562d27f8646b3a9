"""Fits as the lake has them; those that it has not are made, and kept there."""

from dataclasses import dataclass, field

from data.tail_fits import FitRecord, TailFitStore
from models.tails import Fit, Garch, fit_garch, fit_key
from models.types import Damaged, FloatArray, Unavailable


@dataclass(frozen=True, slots=True)
class RecordedFits:
    """Give the parameters of a window of log returns in percent; a window that was asked for is not read again."""

    store: TailFitStore
    make: Fit = fit_garch
    known: dict[str, Garch | None] = field(default_factory=dict)

    def __call__(self, returns: FloatArray) -> Garch | None:
        """As `fit_garch`."""
        key = fit_key(returns)
        if key not in self.known:
            record = self._stored(key)
            if record is None:
                record = self._made(key, returns)
            self.known[key] = None if record.parameters is None else Garch(**record.parameters)
        return self.known[key]

    def _stored(self, key: str) -> FitRecord | None:
        try:
            return self.store.find(key)
        except Damaged:  # the window it was made from is at hand: it is made again
            self.store.drop(key)
            return None

    def _made(self, key: str, returns: FloatArray) -> FitRecord:
        found = self.make(returns)
        parameters = None if found is None else found._asdict()
        try:
            return self.store.keep(key, parameters)
        except Unavailable:  # a lake that cannot be written is read as it is, as features are
            return FitRecord(parameters)
