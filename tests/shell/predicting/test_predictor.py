"""The predictor: heavy models speak ahead of the cycle, once per bar, and what goes wrong is said and alerted."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from heavy_home import COUNT, END, HEAVY_HOME, LEARNT, SERIES, TRAINED, rules, settle_heavy
from processes import ROOT

import tasks.adapters.networks
from data.journal import Journal
from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD
from models.types import Unavailable, iso
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.learning.speaking import usable_card, words_of
from tasks.session.market import market_view
from tasks.session.predicting import Predictor, predict_round


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    settle_heavy(home, "momentum", "lstm")
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = shutil.copytree(template, tmp_path / "home")
    for name, value in (HEAVY_HOME | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def desk(home: Path) -> Desk:
    return build_desk().at(END)


@pytest.fixture
def journal(desk: Desk) -> Iterator[Journal]:
    made = build_journal(desk)
    yield made
    made.engine.dispose()


def stored(desk: Desk) -> Predictions:
    card = usable_card(desk, SERIES, "lstm")
    assert card is not None
    return desk.predictions.read(SERIES, "lstm", card.version)


def heard(desk: Desk) -> Predictions:
    """What is stored about bars after the training."""
    said = stored(desk)
    new = said.ts >= LEARNT
    return Predictions(*(getattr(said, name)[new] for name in Predictions.__slots__))


def alerts(journal: Journal) -> list[str]:
    return [row["text"] for row in journal.tables()["alerts_outbox"]]


def network_file(desk: Desk) -> Path:
    (path,) = (desk.home / "state" / "models").rglob("network.keras")
    return path


def cycle_at(desk: Desk, journal: Journal, moment: int):
    at = desk.at(moment)
    return run_cycle(at, journal, build_broker(at, journal), no_checkpoint)


def test_a_round_speaks_about_every_closed_bar_once(desk, journal):
    (word,) = predict_round(desk, journal)
    assert (word.series, word.model, word.bars, word.late, word.trouble) == (
        SERIES,
        "lstm",
        COUNT - TRAINED,
        False,
        None,
    )
    assert word.newest == END - HOUR
    said = heard(desk)
    assert said.ts.tolist() == list(range(LEARNT, END, HOUR))
    assert (said.fold == FINAL_FOLD).all()
    assert (said.seen_until == LEARNT - HOUR).all()
    assert np.isfinite(said.edge_bps).all()
    (again,) = predict_round(desk, journal)
    assert (again.bars, again.version) == (0, word.version)
    assert alerts(journal) == []
    assert word.as_json() == {
        "series": str(SERIES),
        "model": "lstm",
        "version": word.version,
        "bars": 12,
        "newest": iso(END - HOUR),
        "late": False,
        "trouble": None,
    }


def test_bar_by_bar_gives_the_bits_of_research(desk, journal):
    for moment in range(LEARNT + HOUR, END + HOUR, HOUR):
        (word,) = predict_round(desk.at(moment), journal)
        assert (word.bars, word.newest) == (1, moment - HOUR)
    live, view = heard(desk), market_view(desk, SERIES)
    research = words_of(desk, view, usable_card(desk, SERIES, "lstm"), slice(TRAINED, COUNT))
    for name in Predictions.__slots__:
        assert getattr(live, name).tobytes() == getattr(research, name).tobytes(), name


def test_a_cycle_that_was_faster_did_not_hear_it_and_a_later_word_changes_nothing(desk, journal):
    moment = LEARNT + 3 * HOUR
    assert cycle_at(desk, journal, moment).decision is not None
    late = heard(desk)
    assert late.ts[late.fold == LATE_FOLD].tolist() == [moment - HOUR]
    (word,) = predict_round(desk.at(moment), journal)
    # It speaks about the bars before, on which nobody decides any more; of the last it was not heard.
    assert (word.bars, word.late) == (2, True)
    assert "too late" in word.sentence
    after = heard(desk)
    assert after.fold.tolist() == [FINAL_FOLD, FINAL_FOLD, LATE_FOLD]
    assert np.isnan(after.edge_bps[-1])
    (again,) = predict_round(desk.at(moment), journal)
    assert (again.bars, again.late) == (0, True)
    # The store itself takes no second word about a bar.
    card, view = usable_card(desk, SERIES, "lstm"), market_view(desk, SERIES, known_by=moment)
    desk.predictions.append(SERIES, "lstm", card.version, words_of(desk, view, card, slice(TRAINED, TRAINED + 3)))
    assert [getattr(heard(desk), name).tobytes() for name in Predictions.__slots__] == [
        getattr(after, name).tobytes() for name in Predictions.__slots__
    ]


def test_a_cycle_hears_what_was_said_before_it(desk, journal):
    moment = LEARNT + HOUR
    predict_round(desk.at(moment), journal)
    decision = cycle_at(desk, journal, moment).decision
    assert (heard(desk).fold == FINAL_FOLD).all()
    assert f"lstm={usable_card(desk, SERIES, 'lstm').version}" in decision.models["AAA/USDT"]
    predict_round(desk.at(moment + HOUR), journal)
    assert heard(desk).ts.size == 2


def test_a_damaged_network_is_said_and_alerted_once(desk, journal):
    body = network_file(desk).read_bytes()
    network_file(desk).write_bytes(body[:-100] + b"\0" + body[-99:])
    for _ in range(2):
        (word,) = predict_round(desk, journal)
        assert (word.version, word.bars) == (None, 0)
        assert "network.keras" in word.trouble
    assert alerts(journal) == [word.trouble]
    assert heard(desk).ts.size == 0
    network_file(desk).write_bytes(body)
    assert predict_round(desk, journal)[0].bars == COUNT - TRAINED


@pytest.mark.parametrize("name", ["card.json", "../current"])
def test_a_damaged_card_or_pointer_is_said_and_alerted(desk, journal, name):
    path = network_file(desk).parent / name
    path = path if path.exists() else next(network_file(desk).parent.parent.glob("current*"))
    path.write_bytes(path.read_bytes().replace(b'"', b"'", 1))
    (word,) = predict_round(desk, journal)
    assert (word.bars, word.version) == (0, None)
    assert alerts(journal) == [word.trouble]


def test_a_missing_network_is_said_and_alerted(desk, journal):
    network_file(desk).unlink()
    (word,) = predict_round(desk, journal)
    assert (word.bars, word.version) == (0, None)
    assert alerts(journal) == [word.trouble]


def test_a_model_that_was_deleted_is_a_trouble_and_one_that_was_never_trained_is_none(desk, journal):
    shutil.rmtree(network_file(desk).parent.parent)
    (deleted,) = predict_round(desk, journal)
    assert alerts(journal) == [deleted.trouble]
    shutil.rmtree(desk.lake.folder("predictions", SERIES) / "model=lstm")
    (word,) = predict_round(desk, journal)
    assert (word.version, word.bars, word.trouble) == (None, 0, None)
    assert "keel train --model lstm" in word.sentence
    assert len(alerts(journal)) == 1


def test_nobody_is_asked_when_the_router_lets_no_heavy_model_speak(home, journal, monkeypatch):
    monkeypatch.setenv("KEEL_ROUTER__RULES", rules("momentum"))
    assert predict_round(build_desk().at(END), journal) == ()


class Time:
    """A clock that goes on by an hour whenever somebody waits, until `last`; `between` is called before that."""

    def __init__(self, desk: Desk, now: int, last: int) -> None:
        self.desk, self.now, self.last = desk, now, last
        self.between = lambda: None

    def follow(self) -> Desk:
        return self.desk.at(self.now)

    def stopped(self, seconds: float) -> bool:
        assert seconds > 0.0
        self.between()
        self.now += HOUR
        return self.now > self.last


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the networks that were loaded."""
    found, original = [], tasks.adapters.networks.network_of

    def counted(body: bytes) -> object:
        found.append(len(body))
        return original(body)

    monkeypatch.setattr(tasks.adapters.networks, "network_of", counted)
    monkeypatch.setattr("tasks.session.speaker_files.network_of", counted, raising=False)
    return found


def test_a_session_speaks_as_bars_close_and_loads_a_network_once(desk, journal, loads):
    said, time = [], Time(desk, LEARNT, LEARNT + 4 * HOUR)
    predictor = Predictor(time.follow, journal, said.append)
    predictor.round()
    # Ready before the first bar comes.
    assert len(loads) == 1
    assert heard(desk).ts.size == 0
    session = predictor.run(time.stopped)
    assert (session.bars, session.rounds, len(loads)) == (4, 6, 1)
    assert heard(desk).ts.tolist() == [LEARNT + k * HOUR for k in range(4)]
    assert len(said) == 5
    assert "1 bars until" in said[-1]
    assert session.as_json()["models"][0]["bars"] == 1


def test_a_session_looks_at_nothing_where_nothing_is_new(desk, journal, monkeypatch):
    time = Time(desk, END, END)
    predictor = Predictor(time.follow, journal, lambda _: None)
    predictor.round()
    monkeypatch.setattr("tasks.session.predicting.rounds.market_view", None)
    predictor.round()
    assert predictor.session.rounds == 2


def test_a_session_goes_on_after_a_round_that_failed_and_says_so_once(desk, journal, monkeypatch):
    said, time, fails = [], Time(desk, LEARNT, LEARNT + 3 * HOUR), [True]
    original = type(desk.predictions).append

    def append(*arguments):
        if fails:
            raise Unavailable("the disk is full")
        original(*arguments)

    monkeypatch.setattr(type(desk.predictions), "append", append)
    time.between = lambda: fails.clear() if time.now == LEARNT + 2 * HOUR else None
    session = Predictor(time.follow, journal, said.append).run(time.stopped)
    assert said.count("the disk is full") == 1
    assert session.bars == 3
    assert heard(desk).ts.size == 3


def test_a_session_whose_network_is_damaged_on_the_way_falls_silent(desk, journal):
    said, time = [], Time(desk, LEARNT + HOUR, LEARNT + 3 * HOUR)
    time.between = lambda: network_file(desk).write_bytes(b"gone") if time.now == LEARNT + 2 * HOUR else None
    session = Predictor(time.follow, journal, said.append).run(time.stopped)
    assert session.bars == 2
    assert "network.keras" in said[-1]
    assert len(alerts(journal)) == 1


def test_keel_predict_wants_one_of_two_manners(keel):
    for arguments in ((), ("--once", "--session")):
        outcome = keel("predict", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "keel predict --once" in outcome.sentence


def test_keel_predict_once_says_what_was_said(keel, home, monkeypatch):
    for name, value in (HEAVY_HOME | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    found = keel("predict", "--once", "--json").json
    assert (found["rounds"], found["bars"]) == (1, 12)
    assert found["seconds"] > 0.0
    assert found["models"][0]["series"] == str(SERIES)
    shown = keel("predict", "--once")
    assert (shown.code, shown.err) == (0, "")
    assert "lstm" in shown.out
    monkeypatch.setenv("KEEL_ROUTER__RULES", rules("momentum"))
    assert "needs this process" in keel("predict", "--once").out


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_a_session_ends_cleanly_when_it_is_asked_to(home, ending):
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "predict", "--session", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stderr:
            if "12 bars until" in line:
                break
        process.send_signal(ending)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert '"bars": 12' in out
