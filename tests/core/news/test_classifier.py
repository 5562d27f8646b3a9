"""The classifier learns what it is shown, comes back from its archive to the bit, and loads nothing else."""

import io
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier

from models.news.classifier import fit, unpacked
from models.types import Damaged

RNG = np.random.default_rng(4)
WORDS = {-1: "glim fesk", 0: "table chair", 1: "blorb wunk"}  # no lexicon knows them
CLASSES = RNG.integers(-1, 2, 300)
GROUPS = np.arange(300)
TEXTS = [f"{WORDS[int(one)].split()[RNG.integers(2)]} item {RNG.integers(40)} of {RNG.integers(40)}" for one in CLASSES]


@pytest.fixture(scope="module")
def model():
    return fit("trained-0", TEXTS, CLASSES, GROUPS)


def test_it_learns_words_that_no_lexicon_has(model):
    assert np.mean(model.classes(TEXTS) == CLASSES) > 0.99
    bad, neutral, good = (model.tone(WORDS[one]).score for one in (-1, 0, 1))
    assert bad < -0.5 < 0.5 < good
    assert abs(neutral) < 0.2


def test_probabilities_are_some_and_the_tone_is_their_difference(model):
    found = model.probabilities(TEXTS[:20])
    assert np.allclose(found.sum(axis=1), 1.0)
    assert [tone.score for tone in model.tones(TEXTS[:20])] == (found[:, 2] - found[:, 0]).tolist()
    assert {tone.scorer for tone in model.tones(TEXTS[:20])} == {"trained-0"}


def test_one_by_one_is_as_in_a_batch(model):
    assert [model.tone(text) for text in TEXTS[:20]] == model.tones(TEXTS[:20])


def test_calibration_changes_no_class(model):
    plain = fit("plain", TEXTS, CLASSES, GROUPS, calibrated=False)
    strange = [f"item {one} blorb fesk chair" for one in range(30)]
    assert plain.classes(TEXTS + strange).tolist() == model.classes(TEXTS + strange).tolist()
    assert not np.allclose(plain.probabilities(TEXTS), model.probabilities(TEXTS))


def test_the_same_training_makes_the_same_model(model):
    again = fit("trained-0", TEXTS, CLASSES, GROUPS)
    assert np.array_equal(again.probabilities(TEXTS), model.probabilities(TEXTS))


def test_an_archive_gives_the_same_bits(model):
    back = unpacked("trained-0", model.packed())
    assert np.array_equal(back.probabilities(TEXTS), model.probabilities(TEXTS))


def foreign():
    return skops.io.dumps({"words": print, "pieces": RandomForestClassifier(), "judge": np.random.default_rng})


def empty_zip():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("schema.json", "{}")
    return body.getvalue()


@pytest.mark.parametrize("archive", [b"", b"garbage", b"\x80\x04K\x01.", empty_zip(), foreign(), skops.io.dumps({})])
def test_nothing_else_is_loaded(archive):
    with pytest.raises(Damaged, match="trained-0 is no classifier of ours"):
        unpacked("trained-0", archive)


def test_no_text_makes_no_tone(model):
    assert model.tones([]) == []
