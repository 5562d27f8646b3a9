"""What is searched on, cut from the bars that are held back."""

from dataclasses import dataclass

import numpy as np

from models.evolution.ground import Ground
from models.evolution.translating import Terms
from models.types import IntArray, Regime


@dataclass(frozen=True, slots=True, eq=False)
class Land:
    """Attributes:
    grounds: of each symbol, all bars, the held ones too.
    begin: open of the first training bar; held_from: open from which on bars are held; UTC microseconds.
    terms: by specialist.
    """

    grounds: tuple[Ground, ...]
    begin: int
    held_from: int
    terms: dict[Regime, Terms]

    def between(self, begin: int, end: int) -> tuple[Ground, ...]:
        """The bars of each symbol that open from `begin` to before `end`; symbols with fewer than two are left out."""
        cut = []
        for one in self.grounds:
            first, last = np.searchsorted(one.panel.ts, [begin, end]).tolist()
            if last - first > 1:
                cut.append(one.rows(first, last))
        return tuple(cut)

    @property
    def opens(self) -> IntArray:
        """Opens of the training bars of all symbols, UTC microseconds, shape (n_times,)."""
        every = np.unique(np.concatenate([one.panel.ts for one in self.grounds]))
        return every[(every >= self.begin) & (every < self.held_from)]
