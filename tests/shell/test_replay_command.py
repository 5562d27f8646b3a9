"""`keel replay`: the paper path over the newest bars, held against the backtest, beside the account and not in it."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stormy import HAVEN, STORMY, settle_in_storms
from synthetic import START, SYMBOLS

from models.engine import State, System, first_state
from models.types import iso
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, journal_place, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.settlement import bars_since

COUNT = 3000
Keel = Callable[..., Any]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    before = dict(os.environ)
    settle_in_storms(home, COUNT)
    os.environ.clear()
    os.environ.update(before)
    return home


@pytest.fixture
def home(template: Path, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(template, keel_home)
    for name, value in STORMY.items():
        monkeypatch.setenv(name, value)
    return keel_home


def test_equal_to_the_bit_is_exit_code_0(home: Path, keel: Keel) -> None:
    outcome = keel("replay", "--last", 90, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert (found["bars"], found["missed"], found["first_difference"], found["equal"]) == (90, 0, None, True)
    assert found["intents_sha256"] == found["backtest_sha256"]
    assert len(found["intents_sha256"]) == 64
    assert (found["first"], found["last"]) == (iso(START + (COUNT - 90) * HOUR), iso(START + (COUNT - 1) * HOUR))
    assert found["orders"] >= 5
    assert found["fills"] >= found["orders"] / 2
    assert found["switches"] >= 12
    assert (found["outside"], found["other_settings"]) == ({}, [])
    assert not journal_place(home).exists()


def test_people_see_the_same(home: Path, keel: Keel) -> None:
    outcome = keel("replay", "--last", 80)
    assert outcome.code == 0, outcome.err
    assert "paper equals the backtest, to the bit" in outcome.out
    hashes = [line.split()[-1] for line in outcome.out.splitlines() if " intents " in line]
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 64


def test_the_account_has_no_part_in_it(home: Path, keel: Keel) -> None:
    """Neither what it decided before nor its stop flag; and its journal stays as it is."""
    expected = keel("replay", "--last", 30, "--json").json
    desk = build_desk().at(START + COUNT * HOUR)
    journal = build_journal(desk)
    run_cycle(desk, journal, build_broker(desk, journal), no_checkpoint)
    journal.set_stop("drill", 1)
    before = journal.tables()
    assert keel("replay", "--last", 30, "--json").json == expected
    assert journal.tables() == before


def test_symbols_and_profile_are_those_asked_for(home: Path, keel: Keel) -> None:
    both = keel("replay", "--last", 60, "--json").json
    one = keel("replay", "--last", 60, "--symbol", SYMBOLS[0], "--json").json
    careful = keel("replay", "--last", 60, "--profile", "conservative", "--json").json
    assert both["equal"]
    assert one["equal"]
    assert careful["equal"]
    assert one["orders"] < both["orders"]
    assert len({each["intents_sha256"] for each in (both, one, careful)}) == 3


def test_a_difference_is_exit_code_1_with_both_sides(home: Path, keel: Keel, monkeypatch: pytest.MonkeyPatch) -> None:
    def richer(systems: tuple[System, ...]) -> State:
        return first_state((systems[0], replace(systems[1], capital=systems[1].capital + 1e-9)))

    monkeypatch.setattr("tasks.session.stretches.first_state", richer)
    outcome = keel("replay", "--last", 40, "--json")
    assert outcome.code == 1
    found = outcome.json["first_difference"]
    assert found == {
        "bar": iso(START + (COUNT - 40) * HOUR),
        "system": "",
        "symbol": "",
        "what": "equity of the stops before",
        "paper": "10000.0",
        "backtest": "10000.000000001",
    }
    assert outcome.json["equal"] is False
    outcome = keel("replay", "--last", 40)
    assert outcome.code == 1
    assert "account equity of the stops before: paper: 10000.0; backtest: 10000.000000001" in outcome.out
    assert "to the bit" not in outcome.out


def test_a_decision_on_bars_that_nobody_decided_is_found(
    home: Path, keel: Keel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paper path that settles something else than the backtest is told by its fills."""

    def late(*arguments: Any) -> Any:
        panel = bars_since(*arguments)
        panel.prices[:, :, 0] += 0.01  # opens only: nothing else that a decision reads
        return panel

    monkeypatch.setattr("tasks.session.cycle.bars_since", late)
    outcome = keel("replay", "--last", 40, "--json")
    assert outcome.code == 1
    assert outcome.json["first_difference"]["what"] == "input open"


def test_without_a_model_nothing_is_ordered_on_edges_and_it_says_so(
    home: Path, keel: Keel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_SYSTEMS__LONG__SHARE", "0.0")
    shutil.rmtree(home / "state" / "models")
    outcome = keel("replay", "--last", 5)
    assert outcome.code == 0, outcome.err
    assert "nothing was ordered" in outcome.out


@pytest.mark.parametrize(
    ("bars", "said"), [(0, "give 1 or more"), (-3, "give 1 or more"), (99_999, f"the lake has {COUNT} of the book")]
)
def test_so_many_bars_cannot_be_replayed(home: Path, keel: Keel, bars: int, said: str) -> None:
    outcome = keel("replay", f"--last={bars}", "--json")
    assert outcome.code == 2
    assert said in outcome.json["error"]
    assert f"found {bars} bars" in outcome.json["error"]


@pytest.mark.parametrize("arguments", [[], ["--last", "many"], ["--last", "2.5"]])
def test_a_number_of_bars_is_needed(keel: Keel, arguments: list[str]) -> None:
    assert keel("replay", *arguments).code == 2


def test_a_lake_without_the_series_is_bad_input(keel: Keel) -> None:
    outcome = keel("replay", "--last", 5, "--json")
    assert outcome.code == 2
    assert "the lake has no bars" in outcome.json["error"]


def test_one_cycle_shows_who_is_in_charge_and_sql_does_too(home: Path, keel: Keel) -> None:
    once = ["trade", "--once", "--as-of", iso(START + COUNT * HOUR)]
    found = keel(*once, "--json").json
    assert {"decision", "bar", "regime", "intents", "refused", "switches"} <= found.keys()
    assert found["bar"] == iso(START + (COUNT - 1) * HOUR)
    assert [(one["system"], one["symbol"]) for one in found["switches"]] == [
        (system, symbol) for system in ("swing", "long") for symbol in (*SYMBOLS, HAVEN)
    ]
    assert {(one["before"], one["after"], one["cause"]) for one in found["switches"]} == {
        (None, found["regime"], "regime")
    }
    assert {one["system"] for one in (*found["intents"], *found["refused"])} <= {"swing", "long"}
    rows = keel("sql", "SELECT system, symbol, lower(after) FROM switches ORDER BY position", "--json").json["rows"]
    assert rows == [[one["system"], one["symbol"], one["after"]] for one in found["switches"]]
    again = keel(*once)
    assert again.code == 0
    assert "decided before, nothing new" in again.out
    assert again.out.count(" in charge ") == len(rows)
    assert again.out.count("after nobody") == len(rows)


def test_a_dry_run_shows_the_same_and_writes_nothing(home: Path, keel: Keel) -> None:
    found = keel("trade", "--once", "--as-of", iso(START + COUNT * HOUR), "--dry-run", "--json").json
    assert len(found["switches"]) == 6
    assert keel("sql", "SELECT * FROM switches", "--json").json["rows"] == []
