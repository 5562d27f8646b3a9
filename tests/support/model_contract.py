"""The one contract of models: what every kind has to keep to. A new kind needs a line in KINDS_UNDER_CONTRACT.

Every check takes a Case and raises AssertionError, or ValueError where Keel itself refuses. They are held against
planted faults too, so that each of them is known to see what it is for.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from invariance import assert_prefix_invariant
from markets import random_bars, same_bits

from models.alpha import ALPHA_SCORES, AlphaInputs, AlphaKind
from models.features import Features, compute_features
from models.predictors import (
    BoostingSettings,
    Core,
    Kind,
    Labels,
    Predictions,
    WalkSettings,
    fit_speaker,
    label_bars,
    require_purged,
    speak,
    walk,
)
from models.predictors.boosting import XgboostKind
from models.predictors.recurrent import RecurrentKind, RecurrentSettings
from models.predictors.stacked import StackedKind, stacked_inputs
from models.predictors.walking import first_usable
from models.types import CALENDARS, Bars, FloatArray, IntArray
from models.types.speakers import ALPHAS, MODELS

COUNT = 900
WALK = WalkSettings(horizon=3, embargo=3, folds=3)
SEEN = ("return_1", "return_5", "rsi_14", "atr_relative", "stochastic")
HEARD = ("momentum", "xgboost")
BOOSTING = BoostingSettings(
    rounds=8, max_depth=3, learning_rate=0.2, min_child_weight=5.0, subsample=0.7, colsample=0.7, seed=7, threads=1
)
RECURRENT = RecurrentSettings(window=4, units=3, epochs=2, batch=64, learning_rate=0.01, dropout=0.2, seed=7)

Driver = Callable[[Kind, IntArray, FloatArray, Labels], Predictions]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind, and the inputs (n_bars, n_inputs) that it has of bars."""

    kind: Kind
    inputs_of: Callable[[Bars], FloatArray]

    @property
    def inputs(self) -> FloatArray:
        """Of the market; nobody can write into them."""
        return frozen(self.inputs_of(market()))

    def core(self, inputs: FloatArray, labels: Labels) -> Core:
        """Fitted on the first two thirds of the market, which a gap parts in two."""
        return self.kind.fit(inputs, labels, *rows_of(self.kind, inputs))


@lru_cache(1)
def market() -> Bars:
    """What all are tested on."""
    return frozen_fields(random_bars(12, COUNT))


@lru_cache(1)
def labels() -> Labels:
    """Of the market."""
    return frozen_fields(labels_of(market()))


def labels_of(bars: Bars) -> Labels:
    """Of any bars, by a volatility that needs no time to be known."""
    return label_bars(bars, WALK.horizon, np.full(len(bars), 0.01), 0.5, None)


def rows_of(kind: Kind, inputs: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows to learn from and rows behind them, as fit_speaker would have them."""
    known = np.isfinite(inputs).any(axis=1)
    begin = first_usable(kind, inputs)
    early, late = np.arange(begin, 500), np.arange(510, 600)
    return early[known[early]], late[known[late]]


def features_of(bars: Bars) -> Features:
    """Those that a series has by default."""
    return frozen_fields(compute_features(bars, CALENDARS["24/7"], "4h", 5, 20, np.full(len(bars), np.nan)))


def seen_by_alpha(score: Callable[[AlphaInputs], FloatArray]) -> Callable[[Bars], FloatArray]:
    """The score itself, of bars, and of a book and news that are not always there."""

    def inputs_of(bars: Bars) -> FloatArray:
        imbalance = with_holes(np.random.default_rng(1).uniform(-1.0, 1.0, (len(bars), 1)))[:, 0]
        news = with_holes(np.random.default_rng(5).uniform(-1.0, 1.0, (len(bars), 1)))[:, 0]
        return score(AlphaInputs(bars, features_of(bars), frozen(imbalance), frozen(news)))[:, None]

    return inputs_of


def seen_by_predictor(bars: Bars) -> FloatArray:
    """Some of the features, with holes."""
    features = features_of(bars)
    return with_holes(np.column_stack([features.matrix[:, features.names.index(name)] for name in SEEN]))


def heard_by_meta(bars: Bars) -> FloatArray:
    """Words of models that are often silent; those of a bar are the same however many follow."""
    drawn = np.random.default_rng(2).random((len(bars), len(HEARD), 4))
    said = {}
    for k, model in enumerate(HEARD):
        none = Predictions.none(bars.ts)
        silent = drawn[:, k, 0] < 0.3
        said[model] = replace(
            none,
            fold=np.where(silent, none.fold, 0),
            seen_until=np.where(silent, none.seen_until, bars.ts - 1),
            edge_bps=40.0 * drawn[:, k, 1] - 20.0,
            confidence=drawn[:, k, 2],
            probability=drawn[:, k, 3],
        )
    return stacked_inputs(bars.ts, said, HEARD)


def with_holes(inputs: FloatArray) -> FloatArray:
    """Now and then unknown, the same rows however many follow."""
    return np.where(np.random.default_rng(3).random(inputs.shape) < 0.01, np.nan, inputs)


# Every kind of model. Whoever writes another one adds its line here.
KINDS_UNDER_CONTRACT: dict[str, Case] = {
    **{name: Case(AlphaKind(name), seen_by_alpha(ALPHA_SCORES[name])) for name in ALPHAS},
    "xgboost": Case(XgboostKind(BOOSTING), seen_by_predictor),
    "lstm": Case(RecurrentKind(RECURRENT), seen_by_predictor),
    "meta": Case(StackedKind(1.0), heard_by_meta),
}


def check_what_it_says_of_itself(case: Case) -> None:
    """A known name, shares of importance that add up, curves of finite losses, a score where one is due."""
    inputs = case.inputs
    core = case.core(inputs, labels())
    assert case.kind.name in MODELS, f"no model is called {case.kind.name}"
    shares = core.importance
    assert shares.shape == (inputs.shape[1],), f"{shares.size} shares of importance of {inputs.shape[1]} inputs"
    assert shares.min() >= 0.0, f"shares of importance {shares}"
    assert not shares.any() or abs(shares.sum() - 1.0) < 1e-9, f"shares of importance {shares}"
    for name, curve in core.curves.items():
        assert curve.ndim == 1, f"curve {name} is {curve}"
        assert np.isfinite(curve).all(), f"curve {name} is {curve}"
    scores = core.scores(inputs, slice(600, COUNT))
    assert scores.dtype == np.float64, f"scores are {scores.dtype}"
    assert np.isfinite(scores).sum() > 200, f"{np.isfinite(scores).sum()} scores of 300"


def check_it_mutates_nothing(case: Case) -> None:
    """Bars, inputs and labels cannot be written into, and have the same bits after everything as before."""
    given, known = case.inputs_of(market()).copy(), labels_of(market())
    before = contents(given, *(getattr(known, one.name) for one in fields(known)))
    # Writable ones too: a kind that asks before it writes is still no good.
    for some, labelled in ((given, known), (frozen(given), frozen_fields(known))):
        speaker = fit_speaker(case.kind, some, labelled, slice(first_usable(case.kind, some), 600), WALK.horizon)
        speak(speaker, market().ts, some, slice(600, COUNT), 0, 0)
    assert contents(given, *(getattr(known, one.name) for one in fields(known))) == before, "its inputs have changed"


def check_the_same_seed_gives_the_same_bits(case: Case) -> None:
    """Twice fitted on the same, it says and is the same."""
    inputs = case.inputs
    one, other = (case.core(inputs, labels()) for _ in range(2))
    assert_bits("scores", one.scores(inputs, slice(None)), other.scores(inputs, slice(None)))
    assert_bits("importance", one.importance, other.importance)
    assert one.curves.keys() == other.curves.keys(), "other curves"
    for name, curve in one.curves.items():
        assert_bits(f"curve {name}", curve, other.curves[name])


def check_unknown_inputs(case: Case) -> None:
    """No score where an input that it needs is NaN (all are, for a kind that takes gaps), a score everywhere else; and
    what is unknown elsewhere changes no other row.
    """
    inputs = case.inputs
    core = case.core(inputs, labels())
    scores = core.scores(inputs, slice(None))
    expected = speaks(case.kind, inputs)
    differing = np.flatnonzero(np.isfinite(scores) != expected)
    assert not differing.size, f"row {differing[0]} has the score {scores[differing[0]]} of {inputs[differing[0]]}"
    torn = inputs.copy()
    torn[650::50] = np.nan
    touched = np.isnan(torn).all(axis=1) & np.isfinite(inputs).any(axis=1)
    touched = np.convolve(touched, np.ones(case.kind.reach), "full")[:COUNT] > 0.0
    again = core.scores(frozen(torn), slice(None))
    assert np.isnan(again[650::50]).all(), "a row of which nothing is known has a score"
    assert_bits("other rows", again[~touched], scores[~touched])


def check_prefix(case: Case) -> None:
    """Neither the inputs nor the scores of a bar change when later bars are removed."""
    core = case.core(case.inputs, labels())

    def said(bars: Bars) -> dict[str, FloatArray | IntArray]:
        inputs = frozen(case.inputs_of(bars))
        return {"inputs": inputs, "scores": core.scores(inputs, slice(None))}

    for cut in (640, 777, COUNT - 1):
        assert_prefix_invariant(said, market(), cut)


def check_fit_reads_no_later_rows(case: Case) -> None:
    """What was learnt does not change when the rows behind those that were given are others, or gone."""
    inputs, known = case.inputs, labels()
    early, late = rows_of(case.kind, inputs)
    stop = int(late[-1]) + 1
    expected = case.core(inputs, known)
    rng = np.random.default_rng(5)
    others = np.where(np.arange(COUNT)[:, None] < stop, inputs, 100.0 * rng.standard_normal(inputs.shape))
    turned = np.where(np.arange(COUNT) < stop, known.rose, 1.0 - known.rose)
    for part, labelled in (
        (frozen(others), replace(known, rose=turned, weight=np.where(np.arange(COUNT) < stop, known.weight, 9.0))),
        (frozen(inputs[:stop]), Labels(*(getattr(known, one.name)[:stop] for one in fields(known)))),
    ):
        found = case.kind.fit(part, labelled, early, late)
        assert_bits("scores", found.scores(inputs, slice(None)), expected.scores(inputs, slice(None)))


def check_late_rows_are_not_learnt_from(case: Case) -> None:
    """What it says is the same whatever happened on the rows that are held out."""
    inputs, known = case.inputs, labels()
    early, late = rows_of(case.kind, inputs)
    turned = known.rose.copy()
    turned[late] = 1.0 - turned[late]
    found = case.kind.fit(inputs, replace(known, rose=turned), early, late)
    assert_bits("scores", found.scores(inputs, slice(None)), case.core(inputs, known).scores(inputs, slice(None)))


def check_rows_are_independent(case: Case) -> None:
    """A row has the same bits alone as among any others."""
    inputs = case.inputs
    core = case.core(inputs, labels())
    together = core.scores(inputs, slice(None))
    for rows in (slice(0, COUNT), slice(300, 301), slice(301, 430), slice(COUNT - 1, COUNT), slice(COUNT - 7, COUNT)):
        assert_bits(f"scores of {rows}", core.scores(inputs, rows), together[rows])
    alone = np.concatenate([core.scores(inputs, slice(t, t + 1)) for t in range(600, COUNT, 7)])
    assert_bits("rows alone", alone, together[600::7])
    assert core.scores(inputs, slice(5, 5)).shape == (0,), "scores of no rows"


def check_it_survives_files(case: Case) -> None:
    """Its files give a speaker that says the same, to the bit; and none of them is a pickle."""
    from tasks.session.speaker_files import files_of, speaker_of

    inputs, ts = case.inputs, market().ts
    begin = first_usable(case.kind, inputs)
    speaker = fit_speaker(case.kind, inputs, labels(), slice(begin, 600), WALK.horizon)
    files = files_of(case.kind.name, speaker)
    pickles = [name for name, body in files.items() if name.endswith((".pkl", ".pickle")) or body[:1] == b"\x80"]
    assert not pickles, f"{pickles} may run code when they are read"
    again = speaker_of(case.kind.name, files)
    one, other = (speak(some, ts, inputs, slice(begin, COUNT), 2, 7) for some in (speaker, again))
    assert one.spoken.any(), "it says nothing"
    for name in Predictions.__slots__:
        assert_bits(name, getattr(other, name), getattr(one, name))
    assert files_of(case.kind.name, again) == files, "its files are others once they were read"


def by_walk(kind: Kind, ts: IntArray, inputs: FloatArray, known: Labels) -> Predictions:
    """The driver that the product has."""
    return walk(kind, ts, inputs, known, WALK, lambda _: None).walk_forward


@dataclass(slots=True)
class Watched:
    """A kind that remembers which rows it was given to learn from, and to be judged and calibrated on."""

    kind: Kind
    given: list[tuple[IntArray, IntArray]]

    def __getattr__(self, name: str) -> object:
        return getattr(self.kind, name)

    def fit(self, inputs: FloatArray, known: Labels, early: IntArray, late: IntArray) -> Core:
        self.given.append((early, late))
        return self.kind.fit(inputs, known, early, late)


def check_training_rows_are_purged(case: Case, driver: Driver = by_walk) -> None:
    """No label of a row that a fold was given reaches into its test block, nor one to learn from into one to calibrate
    on; between them and the block lies the embargo.
    """
    watched = Watched(case.kind, [])
    said = driver(watched, market().ts, case.inputs, labels())
    assert said.fold.max() == WALK.folds - 1, f"the last fold is {said.fold.max()}"
    for fold, (early, late) in enumerate(watched.given[: WALK.folds]):
        block = np.flatnonzero(said.fold == fold)
        require_purged(labels(), np.concatenate([early, late]), int(block[0]))
        if early.size:
            require_purged(labels(), early, int(late[0]))
        assert late[-1] < block[0] - WALK.embargo, f"fold {fold} has no embargo before its block"
        assert (said.seen_until[block] < market().ts[block]).all(), f"fold {fold} has seen what it predicts"


def check_training_is_blind(case: Case, driver: Driver = by_walk) -> None:
    """A fold says the same whatever happens from its test block on: its inputs are given, the market behind them is
    another one, and so are all labels that reach into it. The inputs know better than they should, so that every kind
    has something to say that could change.
    """
    bars, inputs = market(), hinted(case.inputs)
    said = driver(case.kind, bars.ts, inputs, labels())
    fold = WALK.folds - 1
    block = np.flatnonzero(said.fold == fold)
    assert said.confidence[block].min() > 0.0, f"fold {fold} says nothing"
    other = driver(case.kind, bars.ts, inputs, labels_of(turned_from(bars, int(block[0]))))
    for name in ("edge_bps", "confidence", "probability", "familiarity"):
        assert_bits(f"{name} of fold {fold}", getattr(other, name)[block], getattr(said, name)[block])


def check_later_inputs_shape_no_fold(case: Case, driver: Driver = by_walk) -> None:
    """A fold says the same whatever the inputs are behind its test block: nothing was fitted to the whole series."""
    bars, inputs = market(), hinted(case.inputs)
    said = driver(case.kind, bars.ts, inputs, labels())
    fold = WALK.folds - 2
    block = np.flatnonzero(said.fold == fold)
    later = np.array(inputs)
    later[block[-1] + 1 :] = 3.0 * later[block[-1] + 1 :] + 1.0
    other = driver(case.kind, bars.ts, frozen(later), labels())
    for name in ("edge_bps", "confidence", "probability", "familiarity"):
        assert_bits(f"{name} of fold {fold}", getattr(other, name)[block], getattr(said, name)[block])


def hinted(inputs: FloatArray) -> FloatArray:
    """The inputs, each with as much again of what comes of its bar."""
    outcome = np.nan_to_num(labels().outcome_bps)
    return frozen(inputs + np.nanstd(inputs, axis=0) * (outcome / outcome.std())[:, None])


def turned_from(bars: Bars, row: int) -> Bars:
    """The bars, which from that row on do the opposite of what they did."""
    pivot = bars.close[row - 1] ** 2
    columns = {"open": bars.open, "high": bars.low, "low": bars.high, "close": bars.close}
    behind = np.arange(len(bars)) >= row
    return replace(
        bars,
        **{name: np.where(behind, pivot / column, getattr(bars, name)) for name, column in columns.items()},
    )


CHECKS = (
    check_what_it_says_of_itself,
    check_it_mutates_nothing,
    check_the_same_seed_gives_the_same_bits,
    check_unknown_inputs,
    check_prefix,
    check_fit_reads_no_later_rows,
    check_late_rows_are_not_learnt_from,
    check_rows_are_independent,
    check_it_survives_files,
    check_training_rows_are_purged,
    check_training_is_blind,
    check_later_inputs_shape_no_fold,
)


def speaks(kind: Kind, inputs: FloatArray) -> np.ndarray:
    """Whether a score is due, shape (n_bars,)."""
    known = np.isfinite(inputs)
    if kind.takes_gaps:
        return known.any(axis=1)
    whole = np.convolve(known.all(axis=1), np.ones(kind.reach), "full")[: len(inputs)]
    return whole == kind.reach


def frozen(array: np.ndarray) -> np.ndarray:
    """A copy of the same layout that cannot be written into."""
    copy = array.copy(order="A")
    copy.flags.writeable = False
    return copy


def frozen_fields(columns):
    """The dataclass with every array frozen."""
    arrays = {one.name: getattr(columns, one.name) for one in fields(columns)}
    return replace(columns, **{name: frozen(one) for name, one in arrays.items() if isinstance(one, np.ndarray)})


def contents(*arrays: np.ndarray) -> list[bytes]:
    """Their bytes."""
    return [one.tobytes() for one in arrays]


def assert_bits(name: str, found: np.ndarray, expected: np.ndarray) -> None:
    """Equal to the bit."""
    if same_bits(found, expected):
        return
    assert found.shape == expected.shape, f"{name}: shape {found.shape}, not {expected.shape}"
    assert found.dtype == expected.dtype, f"{name}: {found.dtype}, not {expected.dtype}"
    # NaN are equal here, so that their number is told apart from their bits.
    at = np.flatnonzero(~((found == expected) | (np.isnan(found) & np.isnan(expected))))
    assert at.size, f"{name}: other bits of NaN or of zero"
    raise AssertionError(f"{name}: {at.size} differ, the first at {at[0]}: {found[at[0]]}, not {expected[at[0]]}")
