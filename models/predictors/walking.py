"""Walk-forward training: fold after fold, each on its past alone, and then on everything."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.predictors.judging import FoldScore, fold_score
from models.predictors.kind import Kind
from models.predictors.labels import Labels
from models.predictors.predictions import FINAL_FOLD, Predictions
from models.predictors.speaker import Speaker, fit_speaker, speak
from models.predictors.splits import walk_forward_splits
from models.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class WalkSettings:
    """`horizon` and `embargo` in bars, `folds` of the walk-forward."""

    horizon: int
    embargo: int
    folds: int


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What a training leaves behind.

    Attributes:
        final: the speaker for bars after the series' last.
        folds: the speakers of the folds.
        walk_forward: what the folds' speakers said about their test blocks, nobody's elsewhere; whole series.
        in_sample: what `final` says about the bars that it learnt from: for comparison only.
        scores: of each fold.
    """

    final: Speaker
    folds: tuple[Speaker, ...]
    walk_forward: Predictions
    in_sample: Predictions
    scores: tuple[FoldScore, ...]


def walk(
    kind: Kind,
    ts: IntArray,
    inputs: FloatArray,
    labels: Labels,
    settings: WalkSettings,
    report: Callable[[str], None],
) -> Walked:
    """Train `kind` on a series: `ts` (n_bars,) UTC microseconds, `inputs` (n_bars, n_inputs), NaN where unknown.

    Bars before the first whose inputs are all known (any of them, for a kind that takes NaN for an answer) are neither
    trained on nor predicted. `report` hears one line per fold.

    Raises:
        BadInput: too few bars for the folds.
    """
    begin = first_usable(kind, inputs)
    splits = walk_forward_splits(len(ts) - begin, settings.folds, settings.horizon, settings.embargo)
    walk_forward, speakers, scores = Predictions.none(ts), [], []
    for number, split in enumerate(splits):
        fit_rows = slice(begin, begin + split.train_stop)
        test_rows = slice(begin + split.test_start, begin + split.test_stop)
        speaker = fit_speaker(kind, inputs, labels, fit_rows, settings.horizon)
        seen = int(ts[fit_rows.stop - 1])
        said = speak(speaker, ts, inputs, test_rows, number, seen)
        fill(walk_forward, test_rows, said)
        learnt = speak(speaker, ts, inputs, fit_rows, number, seen)
        scores.append(fold_score(number, learnt, said, labels, fit_rows, test_rows))
        speakers.append(speaker)
        report(f"{kind.name} fold {number + 1} of {len(splits)}: {scores[-1].sentence}")
    everything = slice(begin, len(ts))
    final = fit_speaker(kind, inputs, labels, everything, settings.horizon)
    in_sample = Predictions.none(ts)
    fill(in_sample, everything, speak(final, ts, inputs, everything, FINAL_FOLD, int(ts[-1])))
    return Walked(final, tuple(speakers), walk_forward, in_sample, tuple(scores))


def first_usable(kind: Kind, inputs: FloatArray) -> int:
    """Row of the first bar that the kind can be trained on; n_bars where there is none."""
    known = np.isfinite(inputs)
    rows = known.any(axis=1) if kind.takes_gaps else known.all(axis=1)
    return int(np.argmax(rows)) if rows.any() else len(inputs)


def fill(into: Predictions, rows: slice, part: Predictions) -> None:
    """Write `part` over those rows of `into`."""
    for name in Predictions.__slots__[1:]:
        getattr(into, name)[rows] = getattr(part, name)
