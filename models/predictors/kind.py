"""What every kind of model is to the driver that trains it: what learns, and what gives scores."""

from typing import Protocol

from models.predictors.labels import Labels
from models.types import FloatArray, IntArray


class Core(Protocol):
    """What was learnt, before calibration."""

    @property
    def importance(self) -> FloatArray:
        """How much each input counts, shape (n_inputs,), summing to one; all zero where the kind cannot say."""

    @property
    def curves(self) -> dict[str, FloatArray]:
        """Loss by round or epoch, by name (`learnt`, `held_out`), shape (n_rounds,); empty without rounds."""

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        """Score of each of `rows`, shape (n_rows,): log-odds that the price rises first where the kind `gives_odds`,
        else any figure that is greater the more it is expected to rise; zero promises nothing. NaN where an input that
        it needs is NaN. `inputs` (n_bars, n_inputs) is the whole series: a score may read rows at or before its own.
        A row's bits do not depend on the other rows that are asked for.
        """


class Kind(Protocol):
    """How one kind of model learns."""

    @property
    def name(self) -> str:
        """One of models.types.speakers.MODELS."""

    @property
    def gives_odds(self) -> bool:
        """Whether its scores are log-odds."""

    @property
    def learns(self) -> bool:
        """Whether `fit` learns anything; a formula does not, and is calibrated on all rows."""

    @property
    def takes_gaps(self) -> bool:
        """Whether it has a score where some of its inputs are NaN, and none only where all are."""

    @property
    def reach(self) -> int:
        """Bars that a score reads, its own included."""

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> Core:
        """Learn from the rows `early`; `late` are rows after them, purged, for a learning curve, never for fitting.

        `inputs` (n_bars, n_inputs) is the whole series; rows after those two are not read. The same arguments give the
        same bits.
        """
