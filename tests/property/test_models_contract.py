"""Every kind of model keeps the contract, and every check of it sees the fault that it is for."""

from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import model_contract as contract
import numpy as np
import pytest
from model_contract import CHECKS, KINDS_UNDER_CONTRACT, WALK, Case

import tasks.adapters.networks  # noqa: F401  (chooses Keras' backend)
from models.alpha import AlphaCore, AlphaKind
from models.predictors import Predictions, fit_speaker, speak, walk_forward_splits
from models.predictors.stacked import StackedCore
from models.predictors.walking import fill, first_usable
from models.types.speakers import MODELS


def test_every_model_is_under_contract():
    assert tuple(KINDS_UNDER_CONTRACT) == MODELS
    assert all(case.kind.name == name for name, case in KINDS_UNDER_CONTRACT.items())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("name", KINDS_UNDER_CONTRACT)
def test_it_keeps_the_contract(name, check):
    check(KINDS_UNDER_CONTRACT[name])


def tomorrow(inputs):
    """The planted look-ahead: how far the next close is from this one."""
    close = inputs.bars.close
    return np.append(close[1:] / close[:-1] - 1.0, 0.0)


@dataclass(frozen=True)
class PeepingCore(AlphaCore):
    """Reads the row behind its own."""

    def scores(self, inputs, rows):
        return np.append(inputs[1:, 0], 0.0)[rows]


@dataclass(frozen=True)
class CenteredCore(AlphaCore):
    """Puts what it is asked for in proportion to it."""

    def scores(self, inputs, rows):
        return inputs[rows, 0] - np.nanmean(inputs[rows, 0]) if len(inputs[rows]) else np.empty(0)


@dataclass(frozen=True)
class FillingCore(AlphaCore):
    """Takes nothing known for zero."""

    def scores(self, inputs, rows):
        return np.nan_to_num(inputs[rows, 0])


@dataclass(frozen=True)
class ScaledCore(AlphaCore):
    """Multiplies its input."""

    factor: float = 1.0

    def scores(self, inputs, rows):
        return inputs[rows, 0] * self.factor


@dataclass(frozen=True)
class Faulty(AlphaKind):
    """An alpha that gives another core."""

    name: str = "momentum"
    made: AlphaCore = PeepingCore()

    def fit(self, inputs, labels, early, late):
        return self.made


class ScaledByAll(Faulty):
    """Its unit is that of the whole series, the bars behind those that it learns from included."""

    def fit(self, inputs, labels, early, late):
        return ScaledCore(1.0 / np.nanstd(inputs[:, 0]))


class ScaledByHeldOut(Faulty):
    """Learns from what is held out."""

    def fit(self, inputs, labels, early, late):
        return ScaledCore(float(labels.rose[late].mean()))


class Unseeded(Faulty):
    """Draws what nobody gave it."""

    numbers: ClassVar = count(1)

    def fit(self, inputs, labels, early, late):
        return ScaledCore(float(next(self.numbers)))


class Cleaning(Faulty):
    """Cleans the caller's array where it may."""

    def fit(self, inputs, labels, early, late):
        if inputs.flags.writeable:
            inputs[late[0]] += 1.0
        return AlphaCore()


class Writing(Faulty):
    """Writes into the caller's array."""

    def fit(self, inputs, labels, early, late):
        inputs[late[0]] += 1.0
        return AlphaCore()


def faulty(kind):
    """With inputs that are as they should be."""
    return Case(kind, KINDS_UNDER_CONTRACT["momentum"].inputs_of)


@pytest.mark.parametrize(
    ("case", "check", "why"),
    [
        (Case(AlphaKind("momentum"), contract.seen_by_alpha(tomorrow)), contract.check_prefix, "inputs: bar"),
        (faulty(Faulty(made=PeepingCore())), contract.check_prefix, "scores: bar"),
        (faulty(Faulty(made=CenteredCore())), contract.check_rows_are_independent, "scores of"),
        (faulty(Faulty(made=FillingCore())), contract.check_unknown_inputs, "row 0 has the score 0.0"),
        (faulty(ScaledByAll()), contract.check_fit_reads_no_later_rows, "scores: "),
        (faulty(ScaledByHeldOut()), contract.check_late_rows_are_not_learnt_from, "scores: "),
        (faulty(Unseeded()), contract.check_the_same_seed_gives_the_same_bits, "scores: "),
        (faulty(Cleaning()), contract.check_it_mutates_nothing, "its inputs have changed"),
        (faulty(Writing()), contract.check_it_mutates_nothing, "read-only"),
        (faulty(Faulty("nobody", AlphaCore())), contract.check_what_it_says_of_itself, "no model is called nobody"),
    ],
    ids=lambda one: one.__name__ if callable(one) and hasattr(one, "__name__") else None,
)
def test_a_planted_fault_is_caught(case, check, why):
    with pytest.raises((AssertionError, ValueError), match=why):
        check(case)


def test_a_planted_look_ahead_is_worth_catching():
    """It would look like the best of all models, and nothing but the contract speaks against it."""
    bars, labels = contract.market(), contract.labels()
    inputs = contract.seen_by_alpha(tomorrow)(bars)
    said = contract.by_walk(AlphaKind("momentum"), bars.ts, inputs, labels)
    known = said.spoken & np.isfinite(labels.outcome_bps)
    assert (said.seen_until < bars.ts)[said.spoken].all()
    assert np.mean((said.probability > 0.5)[known] == (labels.rose > 0.5)[known]) > 0.6


def overlapping(kind, ts, inputs, labels):
    """The planted overlap: trains on every bar before the block, however far their labels reach into it."""
    begin, out = first_usable(kind, inputs), Predictions.none(ts)
    for fold, split in enumerate(walk_forward_splits(len(ts) - begin, WALK.folds, WALK.horizon, 0)):
        start = begin + split.test_start
        # As if each label ended with its own bar.
        short = np.arange(ts.size)
        speaker = fit_speaker(
            kind, inputs, replace(labels, rose_end=short, outcome_end=short), slice(begin, start), WALK.horizon
        )
        test = slice(start, begin + split.test_stop)
        fill(out, test, speak(speaker, ts, inputs, test, fold, int(ts[start - 1])))
    return out


@pytest.mark.parametrize("name", ["reversion", "xgboost", "meta"])
def test_a_planted_overlap_is_caught_by_the_ends_of_the_labels(name):
    with pytest.raises(ValueError, match=r"training row .* has a label that ends at row"):
        contract.check_training_rows_are_purged(KINDS_UNDER_CONTRACT[name], overlapping)


@pytest.mark.parametrize("name", ["reversion", "xgboost", "meta"])
def test_a_planted_overlap_is_caught_by_what_it_says(name):
    with pytest.raises(AssertionError, match="of fold 2: "):
        contract.check_training_is_blind(KINDS_UNDER_CONTRACT[name], overlapping)


def standardised_as_a_whole(kind, ts, inputs, labels):
    """The planted leak of a transform: inputs are put in proportion to those of the whole series before the folds."""
    whole = (inputs - np.nanmean(inputs, axis=0)) / np.nanstd(inputs, axis=0)
    return contract.by_walk(kind, ts, whole, labels)


@pytest.mark.parametrize("name", ["reversion", "xgboost", "meta"])
def test_a_transform_that_was_fitted_to_the_whole_series_is_caught(name):
    with pytest.raises(AssertionError, match="of fold 1: "):
        contract.check_later_inputs_shape_no_fold(KINDS_UNDER_CONTRACT[name], standardised_as_a_whole)


def test_a_file_that_loses_a_bit_is_caught(monkeypatch):
    exact = StackedCore.as_lists
    monkeypatch.setattr(StackedCore, "as_lists", lambda core: exact(core) | {"offset": np.float32(core.offset).item()})
    with pytest.raises(AssertionError):
        contract.check_it_survives_files(KINDS_UNDER_CONTRACT["meta"])
