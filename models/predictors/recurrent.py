"""A recurrent network by Keras on JAX: the log-odds that the price rises first, from the newest rows of the inputs.

An LSTM (Hochreiter and Schmidhuber, Neural Computation 9(8), 1997) reads a window of rows that ends with the bar's own,
and a dense unit makes a logit of what it remembers.

A score must have the same bits in research, where thousands of rows are asked for, and live, where one is. So the
network is always called with BATCH windows, zeros where nobody asks, and the window of row i always stands at position
i modulo BATCH: the same compiled program does the same sums for it whoever stands beside it, because no output of the
network depends on another window. Measured with jax 0.10.2 on a CPU, 1 to 256 units and 1 to 100 inputs: neither the
position nor the others changed a bit, nor did the number of threads, nor batches of 8 to 1024 windows; a batch of one
is compiled to other sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from models.predictors.labels import Labels
from models.predictors.networks import (
    Single,
    Weights,
    architecture,
    configuration_of,
    logits_by,
    network_with,
    training_by,
    weights_of,
)
from models.types import BadInput, BoolArray, Damaged, FloatArray, IntArray

if TYPE_CHECKING:
    import keras

# Windows per call of the network: few enough that one row takes less than a millisecond.
BATCH = 64
# Standardised inputs are cut here, so that one wild bar does not drive the network out of all that it has seen.
WINSOR = 5.0
# A deviation below this share of the mean is no deviation.
ROUNDING = 1e-12
# Late rows on which each epoch is judged, and those among which each input is shuffled for its importance.
JUDGED, SHUFFLED = 2048, 512


@dataclass(frozen=True, slots=True)
class RecurrentSettings:
    """`window` in bars; `units` of the recurrent layer; `batch` in windows per step; `dropout` is the share of the
    layer's outputs that is left out in training; weights, order and dropout come from `seed`.
    """

    window: int
    units: int
    epochs: int
    batch: int
    learning_rate: float
    dropout: float
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class RecurrentCore:
    """A network with what its inputs are standardised by.

    Attributes:
        center, scale: shape (n_inputs,), mean and standard deviation of the rows that it learnt from; zero for the
            scale of a constant input, which counts for nothing.
        network: windows (n, window, n_inputs) -> logits (n, 1), float32.
        importance: shares of the rise in loss on late rows when an input is shuffled, shape (n_inputs,).
        curves: mean loss in nats by epoch, `learnt` (with dropout, while the weights moved) and `held_out`.
        window: rows that a score reads, its own included.
        configuration: the network's architecture as text, which takes longer to ask for than a score.
    """

    center: FloatArray
    scale: FloatArray
    network: keras.Model
    importance: FloatArray
    curves: dict[str, FloatArray]
    window: int
    configuration: str

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        """Log-odds of each of `rows`, shape (n_rows,); NaN where a row of its window is not all known or not there."""
        start, stop, _ = rows.indices(len(inputs))
        first = max(start - self.window + 1, 0)
        part = standardised(inputs[first:stop], self.center, self.scale)
        logits = logits_by(self.configuration)
        weights = weights_of(self.network)
        wanted = start - first + np.flatnonzero(complete(part, self.window)[start - first :])
        # Every call is under way before the first answer is waited for.
        said = [(at, logits(weights, block)) for at, block in _calls(part, wanted, first, self.window)]
        out = np.full(max(stop - start, 0), np.nan)
        for at, answer in said:
            out[at + first - start] = np.asarray(answer)[(at + first) % BATCH]
        return out

    def as_lists(self) -> dict[str, Any]:
        """Everything but the network and the curves, for a JSON file."""
        return {
            "center": self.center.tolist(),
            "scale": self.scale.tolist(),
            "importance": self.importance.tolist(),
            "window": self.window,
        }

    @classmethod
    def from_lists(cls, fields: Mapping[str, Any], network: keras.Model) -> RecurrentCore:
        """From what `as_lists` gave, and the network.

        Raises:
            Damaged: they do not belong together.
        """
        center, scale, importance = (np.array(fields[one], np.float64) for one in ("center", "scale", "importance"))
        shapes = (None, fields["window"], center.size), (None, 1)
        found = tuple(network.input_shape), tuple(network.output_shape)
        if found != shapes or not center.shape == scale.shape == importance.shape == (center.size,):
            raise Damaged(
                f"the network reads and gives {found}, its figures are those of {shapes}; train the model again"
            )
        return cls(center, scale, network, importance, {}, fields["window"], configuration_of(network))


@dataclass(frozen=True, slots=True)
class RecurrentKind:
    """Learns a RecurrentCore; see models.predictors.kind."""

    settings: RecurrentSettings
    name: ClassVar[str] = "lstm"
    gives_odds: ClassVar[bool] = True
    learns: ClassVar[bool] = True
    takes_gaps: ClassVar[bool] = False

    @property
    def reach(self) -> int:
        """Bars that a score reads, its own included."""
        return self.settings.window

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> RecurrentCore:
        """Learn from the rows `early`; each epoch is judged on rows of `late`, and none is left out for it.

        Raises:
            BadInput: no row of `early` has a window of known inputs and a label.
        """
        settings = self.settings
        center, scale = _moments(inputs[early])
        last = max(early.max(initial=-1), late.max(initial=-1))
        lesson = Lesson(standardised(inputs[: last + 1], center, scale), labels.rose, labels.weight, settings.window)
        early, late = lesson.usable(early), lesson.usable(late)
        if not early.size:
            raise BadInput(
                f"no bar of the training has {settings.window} bars of known inputs and a label; bring more bars, or "
                "set model.lstm.window lower"
            )
        configuration = architecture(settings.window, inputs.shape[1], settings.units, settings.dropout, settings.seed)
        weights, curves = _learn(configuration, lesson, early, _spread(late, JUDGED), settings)
        return RecurrentCore(
            center=center,
            scale=scale,
            network=network_with(configuration, weights),
            importance=_importance(configuration, weights, lesson, _spread(late, SHUFFLED), settings.seed),
            curves=curves,
            window=settings.window,
            configuration=configuration,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What there is to learn: standardised `inputs` (n_rows, n_inputs), and each row's label and weight."""

    inputs: Single
    rose: FloatArray
    weight: FloatArray
    window: int

    def usable(self, rows: IntArray) -> IntArray:
        """Those of the rows that have a window of known inputs, a label and a weight."""
        known = complete(self.inputs, self.window)
        return rows[known[rows] & np.isfinite(self.rose[rows]) & (self.weight[rows] > 0.0)]

    def windows(self, rows: IntArray) -> Single:
        """Shape (n, window, n_inputs)."""
        return _windows(self.inputs, rows, self.window)

    def answers(self, rows: IntArray) -> tuple[Single, Single]:
        """Labels and weights, shape (n,)."""
        return self.rose[rows].astype(np.float32), self.weight[rows].astype(np.float32)


def standardised(inputs: FloatArray, center: FloatArray, scale: FloatArray) -> Single:
    """Inputs (n, n_inputs) in standard deviations, cut at WINSOR; zero where the scale is, NaN where not finite."""
    spread = np.where(scale > 0.0, scale, np.inf)
    known = np.where(np.isfinite(inputs), inputs, np.nan)
    return np.clip((known - center) / spread, -WINSOR, WINSOR).astype(np.float32)


def complete(inputs: Single, window: int) -> BoolArray:
    """Whether all inputs of the row and of the window - 1 rows before it are known, shape (n,)."""
    out = np.zeros(len(inputs), bool)
    if len(inputs) >= window:
        holes = np.concatenate([[0], np.cumsum(np.isnan(inputs).any(axis=1))])
        out[window - 1 :] = holes[window:] == holes[:-window]
    return out


def _learn(
    configuration: str, lesson: Lesson, early: IntArray, judged: IntArray, settings: RecurrentSettings
) -> tuple[Weights, dict[str, FloatArray]]:
    """The weights after all epochs, and the learning curves.

    An epoch takes whole batches only, of one compiled shape: rows that are left over wait for another epoch's order.
    Fewer rows than one batch are filled up with rows that weigh nothing.
    """
    training = training_by(configuration, settings.learning_rate)
    weights, state = training.start, training.state
    learnt, held_out = [], []
    for epoch in range(settings.epochs):
        losses = []
        for rows, real in _batches(early, settings.batch, np.random.default_rng(settings.seed + epoch)):
            rose, weight = lesson.answers(rows)
            weights, state, loss = training.step(weights, state, lesson.windows(rows), rose, weight * real)
            losses.append(loss)
        learnt.append(float(np.mean([float(one) for one in losses])))
        held_out.append(_loss(_logits(configuration, weights, lesson.windows(judged)), *lesson.answers(judged)))
    curves = {"learnt": np.array(learnt), "held_out": np.array(held_out)}
    return weights, {name: curve for name, curve in curves.items() if np.isfinite(curve).all()}


def _batches(rows: IntArray, size: int, rng: np.random.Generator) -> Iterator[tuple[IntArray, Single]]:
    """The rows in random order by batches of `size`, with ones; where there are fewer, zeros for what is repeated."""
    order = rng.permutation(rows)
    real = np.ones(max(order.size, size), np.float32)
    real[order.size :] = 0.0
    order = np.resize(order, real.size)
    for start in range(0, order.size - size + 1, size):
        yield order[start : start + size], real[start : start + size]


def _importance(configuration: str, weights: Weights, lesson: Lesson, rows: IntArray, seed: int) -> FloatArray:
    """By how much the loss on `rows` rises when one input's windows are dealt out among them anew (Breiman, Machine
    Learning 45(1), 2001), as shares that sum to one; all zero where nothing rises.
    """
    windows, answers = lesson.windows(rows), lesson.answers(rows)
    before = _loss(_logits(configuration, weights, windows), *answers)
    rise = np.zeros(windows.shape[2])
    rng = np.random.default_rng(seed)
    for column in range(rise.size if rows.size else 0):
        dealt = windows.copy()
        dealt[:, :, column] = windows[rng.permutation(rows.size), :, column]
        rise[column] = max(_loss(_logits(configuration, weights, dealt), *answers) - before, 0.0)
    return rise / rise.sum() if rise.sum() > 0.0 else rise


def _loss(logits: FloatArray, rose: Single, weight: Single) -> float:
    """Weighted mean of the cross-entropy, nats; NaN of no rows."""
    if not logits.size:
        return float("nan")
    return float(np.average(np.logaddexp(0.0, logits) - rose * logits, weights=weight.astype(np.float64)))


def _logits(configuration: str, weights: Weights, windows: Single) -> FloatArray:
    """Logits of any number of windows, by calls of BATCH."""
    logits = logits_by(configuration)
    padded = np.zeros((-(-len(windows) // BATCH) * BATCH, *windows.shape[1:]), np.float32)
    padded[: len(windows)] = windows
    said = [logits(weights, padded[start : start + BATCH]) for start in range(0, len(padded), BATCH)]
    return np.concatenate([np.empty(0), *(np.asarray(one, np.float64) for one in said)])[: len(windows)]


def _calls(part: Single, rows: IntArray, first: int, window: int) -> Iterator[tuple[IntArray, Single]]:
    """The ascending `rows` of `part` by calls of the network, and what it is called with; `part` begins with the
    series' row `first`.
    """
    places = rows + first
    for at in np.split(rows, np.flatnonzero(np.diff(places // BATCH)) + 1) if rows.size else ():
        block = np.zeros((BATCH, window, part.shape[1]), np.float32)
        block[(at + first) % BATCH] = _windows(part, at, window)
        yield at, block


def _windows(inputs: Single, rows: IntArray, window: int) -> Single:
    found: Single = inputs[rows[:, None] + np.arange(1 - window, 1)]
    return found


def _moments(inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the known figures of each input; zero where there are none, and a deviation that
    is but the mean's rounding is zero.
    """
    known = np.isfinite(inputs)
    count = np.maximum(known.sum(axis=0), 1)
    center = np.where(known, inputs, 0.0).sum(axis=0) / count
    scale = np.sqrt(np.square(np.where(known, inputs - center, 0.0)).sum(axis=0) / count)
    return center, np.where(scale > ROUNDING * np.abs(center), scale, 0.0)


def _spread(rows: IntArray, most: int) -> IntArray:
    """At most so many of the rows, evenly."""
    return rows[:: max(-(-rows.size // most), 1)]
