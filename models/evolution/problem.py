"""One search: a specialist on the training bars of one fold, as courses that its genomes run."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from models.engine import Course, Panel, Parameters, course_of
from models.engine.panel import EDGE, OSCILLATOR, RANGE_HIGH, RANGE_LOW, RANGE_WIDTH, REGIME
from models.evidence.splits import group_of_rows
from models.evolution.ground import Ground
from models.evolution.settings import SearchSettings
from models.evolution.translating import STRUCTURAL, Terms, names_of
from models.execution.dearer import dearer
from models.types import FloatArray, Instrument, IntArray, Regime

RANGES = [RANGE_LOW, RANGE_HIGH, RANGE_WIDTH, OSCILLATOR]
# The whole training window counts as the fold of this number.
WHOLE = 0


@dataclass(frozen=True, eq=False)
class Problem:
    """Attributes:
    fold: WHOLE, or the number of a walk-forward fold, from 1.
    grounds: the training bars of each symbol.
    """

    specialist: Regime
    fold: int
    grounds: tuple[Ground, ...]
    terms: Terms
    settings: SearchSettings
    _courses: dict[tuple[int, int, float], Course] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Of the search, for people and files."""
        specialist = self.specialist.name.lower()
        return specialist if self.fold == WHOLE else f"{specialist}-fold-{self.fold}"

    @cached_property
    def bars(self) -> int:
        """Bars of the specialist's regime, all symbols."""
        return sum(int((one.panel.regime[:, 0] == self.specialist).sum()) for one in self.grounds)

    @property
    def pooled(self) -> float:
        """Weight of the general population in the fitness, 0..1: partial pooling, see `fitness`."""
        return max(0.0, 1.0 - self.bars / max(1, self.settings.least_bars))

    def course(self, symbol: int, variant: int) -> Course:
        """What the genomes of one variant run on in one symbol: bars of other regimes have no edge."""
        return self._course(symbol, variant, float(self.specialist))

    def general(self, symbol: int, variant: int) -> Course:
        """The same with the edges of every bar: what the general population trades on."""
        return self._course(symbol, variant, -1.0)

    def variants_of(self, genes: FloatArray) -> IntArray:
        """Which variant of the market each row of `genes` (n, 8) sees, shape (n,)."""
        if self.specialist not in STRUCTURAL:
            return np.zeros(genes.shape[0], np.int64)
        name, values = STRUCTURAL[self.specialist]
        column = genes[:, names_of(self.specialist).index(name)]
        return np.asarray(np.abs(column[:, None] - np.array(values)).argmin(axis=1))

    def released(self) -> None:
        """Forget the courses: they are made anew when they are wanted."""
        self._courses.clear()

    def __getstate__(self) -> dict[str, object]:
        """Without the courses, which are many times as large as what they are made of."""
        return {name: value for name, value in self.__dict__.items() if name != "bars"} | {"_courses": {}}

    def _course(self, symbol: int, variant: int, regime: float) -> Course:
        key = symbol, variant, regime
        if key not in self._courses:
            ground = self.grounds[symbol]
            panel = seen(ground, self.specialist, variant, regime >= 0.0)
            groups = group_of_rows(panel.ts.size, self.settings.groups, self.settings.purge, self.settings.embargo)
            same = self._courses.get((symbol, 0, regime)) if self.specialist is Regime.RANGING else None
            tables = None if same is None else same.tables
            self._courses[key] = course_of(panel, ground.parameters, ground.capital, groups, tables)
        return self._courses[key]


def seen(ground: Ground, specialist: Regime, variant: int, masked: bool = True) -> Panel:
    """The ground's panel as the specialist's genomes of one variant see it; `masked`: only bars of their regime have an
    edge, so that nothing is entered on others.
    """
    figures, codes = ground.panel.figures.copy(), ground.panel.codes.copy()
    if specialist is Regime.RANGING:
        figures[:, 0, RANGES] = ground.ranges[variant]
    if specialist is Regime.CRISIS:
        codes[:, 0, REGIME] = ground.labels[variant]
    if masked:
        figures[codes[:, 0, REGIME] != specialist, 0, EDGE] = np.nan
    return ground.panel._replace(figures=figures, codes=codes)


def at_costs(parameters: Parameters, multiple: float) -> Parameters:
    """The parameters with everything that trading costs times `multiple`, see `dearer`."""
    rows = [dearer(Instrument(*row), multiple) for row in parameters.instruments.tolist()]
    return replace(parameters, instruments=np.array(rows, np.float64))
