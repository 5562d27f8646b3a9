"""Fits in the lake: what was found first stands, wherever it is asked for again."""

import json
from pathlib import Path

import numpy as np
import pytest
from tail_fits_made import made_fit

from data.lake import Lake
from data.tail_fits import FitRecord, TailFitStore
from models.tails import Garch, fit_key
from models.types import BadInput, Damaged
from tasks.session.tails import RecordedFits

pytestmark = pytest.mark.risk

WINDOW = np.random.default_rng(1).normal(0.0, 2.0, 100)
KEY = fit_key(WINDOW)


@pytest.fixture
def store(tmp_path: Path) -> TailFitStore:
    return TailFitStore(Lake(tmp_path / "lake"))


def path_of(store: TailFitStore) -> Path:
    return store.lake.root / "tail_fits" / KEY[:2] / f"{KEY}.json"


class Counted:
    """A fit that counts how often it is made."""

    def __init__(self, found: Garch | None) -> None:
        self.found, self.made = found, 0

    def __call__(self, _: object) -> Garch | None:
        self.made += 1
        return self.found


def test_nothing_then_something(store):
    assert store.find(KEY) is None
    assert list(store.files()) == []
    kept = store.keep(KEY, {"mu": 0.1, "beta": 1.0 / 3.0})
    assert store.find(KEY) == kept == FitRecord({"mu": 0.1, "beta": 1.0 / 3.0})
    assert list(store.files()) == [(KEY, path_of(store))]


def test_a_search_that_found_nothing_is_recorded_too(store):
    store.keep(KEY, None)
    assert store.find(KEY) == FitRecord(None)


def test_what_was_found_first_stands(store):
    store.keep(KEY, {"mu": 1.0})
    assert store.keep(KEY, {"mu": 2.0}) == FitRecord({"mu": 1.0})
    assert store.find(KEY) == FitRecord({"mu": 1.0})


def test_a_changed_file_is_not_used(store):
    store.keep(KEY, {"mu": 1.0})
    path = path_of(store)
    path.write_text(path.read_text().replace("1.0", "1.5"))
    with pytest.raises(Damaged, match="checksum"):
        store.find(KEY)
    store.drop(KEY)
    store.drop(KEY)
    assert store.find(KEY) is None


def test_nor_is_the_file_of_another_window(store):
    other = fit_key(WINDOW[1:])
    store.keep(other, {"mu": 1.0})
    path_of(store).parent.mkdir(parents=True, exist_ok=True)
    (store.lake.root / "tail_fits" / other[:2] / f"{other}.json").rename(path_of(store))
    with pytest.raises(Damaged, match="another window"):
        store.find(KEY)


@pytest.mark.parametrize("key", ["", "ab", "../" + KEY, KEY.upper(), KEY[:-1] + "g"])
def test_a_key_is_64_digits(store, key):
    with pytest.raises(BadInput, match="hexadecimal"):
        store.find(key)


def test_a_window_is_fitted_once_in_all_processes(store):
    first, second = Counted(made_fit(WINDOW)), Counted(None)
    found = RecordedFits(store, first)
    assert [found(WINDOW), found(WINDOW)] == [made_fit(WINDOW)] * 2
    assert RecordedFits(store, second)(WINDOW) == made_fit(WINDOW)  # to the bit: floats are written in full
    assert (first.made, second.made) == (1, 0)
    assert json.loads(path_of(store).read_text())["body"]["parameters"] == made_fit(WINDOW)._asdict()


def test_another_window_is_another_fit(store):
    fit = Counted(made_fit(WINDOW))
    found = RecordedFits(store, fit)
    for window in (WINDOW, WINDOW[1:], WINDOW + 1e-9):
        found(window)
    assert fit.made == 3


def test_a_fit_that_failed_is_not_tried_again(store):
    fit = Counted(None)
    assert RecordedFits(store, fit)(WINDOW) is None
    assert RecordedFits(store, fit)(WINDOW) is None
    assert fit.made == 1


def test_a_damaged_fit_is_made_again(store):
    RecordedFits(store, made_fit)(WINDOW)
    path_of(store).write_text("{")
    fit = Counted(made_fit(WINDOW))
    assert RecordedFits(store, fit)(WINDOW) == made_fit(WINDOW)
    assert fit.made == 1
    assert store.find(KEY) == FitRecord(made_fit(WINDOW)._asdict())


def test_a_lake_that_cannot_be_written_still_answers(store):
    (store.lake.root / "tail_fits" / ".lock").mkdir(parents=True)
    fit = Counted(made_fit(WINDOW))
    found = RecordedFits(store, fit)
    assert [found(WINDOW), found(WINDOW)] == [made_fit(WINDOW)] * 2
    assert fit.made == 1
