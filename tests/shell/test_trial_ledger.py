"""The ledger of trials: every evaluation once, for good, whoever charges it and however it ends."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from journal_places import wait_for_the_dead, words_of

from conf.home import PROJECT
from data.analysis import query
from data.journal import Journal, JournalPlace, Trial, TrialKind, TrialLedger
from data.lake import Lake
from models.types import BadInput

DATA, OTHER_DATA = "d" * 64, "e" * 64
RUN, OTHER_RUN = "0123456789ab", "ba9876543210"


@pytest.fixture
def ledger(journal: Journal) -> TrialLedger:
    return TrialLedger(journal.engine)


def trial(
    key: str, evaluations: int = 100, kind: TrialKind = "search", specialist: str = "crisis", run: str = RUN
) -> Trial:
    return Trial(key, run, kind, specialist, 0, SERIES, DATA, evaluations, 7, "a note")


SERIES, OTHER_SERIES = "binance BTC/USDT+ETH/USDT 1h", "binance XRP/USDT 1h"


def figures(
    ledger: TrialLedger, series: str | None = SERIES, specialist: str | None = None
) -> tuple[int, float, int, int]:
    found = ledger.totals(series, specialist)
    return found.evaluations, found.effective, found.runs, found.looks


def test_a_charge_is_there_in_a_reopened_journal(ledger: TrialLedger, place: JournalPlace) -> None:
    assert ledger.charge(trial("a", 2**40))
    ledger.engine.dispose()
    assert TrialLedger(place.open().engine).rows() == [trial("a", 2**40)]


def test_the_same_charge_twice_counts_once(ledger: TrialLedger) -> None:
    assert [ledger.charge(trial("a")), ledger.charge(replace(trial("a"), at=9, note="again"))] == [True, False]
    assert ledger.rows() == [trial("a")]
    ledger.note_effective(RUN, "crisis", 3.5)
    assert not ledger.charge(trial("a"))
    assert ledger.rows() == [replace(trial("a"), effective=3.5)]
    assert figures(ledger) == (100, 3.5, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"evaluations": 99},
        {"run": OTHER_RUN},
        {"kind": "placebo"},
        {"specialist": "ranging"},
        {"fold": 1},
        {"series": "ETH/USDT 1h"},
        {"data_sha256": OTHER_DATA},
    ],
    ids=lambda one: next(iter(one)),
)
def test_other_work_under_the_same_key_is_an_error_and_counts_nothing(other, ledger: TrialLedger) -> None:
    ledger.charge(trial("a"))
    with pytest.raises(BadInput, match=r"the key a was charged as .*; give other work another key"):
        ledger.charge(replace(trial("a"), **other))
    assert ledger.rows() == [trial("a")]


@pytest.mark.parametrize("other", [{"evaluations": -1}, {"kind": "luck"}])
def test_what_is_no_charge_is_refused(other, ledger: TrialLedger) -> None:
    with pytest.raises(BadInput, match="allowed are 0 or more, as one of search, placebo, vault, judgement"):
        ledger.charge(replace(trial("a"), **other))
    assert ledger.rows() == []


def test_totals_are_over_every_run_on_one_of_the_symbols(ledger: TrialLedger) -> None:
    assert figures(ledger) == (0, 0.0, 0, 0)
    for one in (
        trial("a"),
        trial("b"),
        trial("c", 40, "placebo"),
        trial("d", 5, "judgement"),
        trial("e", 70, specialist="ranging"),
        trial("f", 30, run=OTHER_RUN),
        replace(trial("g", 1000), series=OTHER_SERIES),
    ):
        ledger.charge(one)
    assert figures(ledger) == (345, 345.0, 2, 0), "what was not measured counts in full"
    ledger.note_effective(RUN, "crisis", 12.5)
    assert figures(ledger) == (345, pytest.approx(12.5 * 345 / 245), 2, 0), "what was not, at the rate of what was"
    assert figures(ledger, specialist="crisis") == (275, pytest.approx(12.5 * 275 / 245), 2, 0)
    assert figures(ledger, specialist="ranging") == (70, 70.0, 1, 0), "of this one nothing was measured"
    assert figures(ledger, OTHER_SERIES)[0] == 1000
    assert figures(ledger, None)[0] == 1345
    assert figures(ledger, "kraken ETH/USDT 4h") == figures(ledger), "a market that shares a symbol"
    ledger.note_effective(RUN, "crisis", 11.0)
    assert figures(ledger)[1] == pytest.approx(11.0 * 345 / 245)


def test_a_look_at_the_vault_counts_beside_what_was_measured(ledger: TrialLedger) -> None:
    ledger.charge(trial("a"))
    for key, specialist, at in (("v1", "crisis", 8), ("v2", "ranging", 8), ("v3", "crisis", 9)):
        ledger.charge(replace(trial(key, 1, "vault", specialist), at=at))
    ledger.note_effective(RUN, "crisis", 4.0)
    assert figures(ledger) == (103, 4.0 + 3, 1, 2), "what is looked at in one moment is one look"
    assert [one.key for one in ledger.looks(DATA)] == ["v1", "v2", "v3"]
    assert [one.effective for one in ledger.looks(DATA)] == [None, None, None]
    assert ledger.looks(OTHER_DATA) == []


@pytest.mark.parametrize("effective", [-1.0, float("nan"), float("inf")])
def test_only_a_number_of_trials_is_noted(effective: float, ledger: TrialLedger) -> None:
    ledger.charge(trial("a"))
    with pytest.raises(BadInput, match="allowed is a finite number from 0"):
        ledger.note_effective(RUN, "crisis", effective)


def test_nothing_is_noted_of_what_was_not_charged(ledger: TrialLedger) -> None:
    ledger.charge(trial("a"))
    ledger.charge(trial("v", 1, "vault", "ranging"))
    for run, specialist in ((OTHER_RUN, "crisis"), (RUN, "ranging")):
        with pytest.raises(BadInput, match=f"run {run} has no trials of {specialist} in the ledger; charge them first"):
            ledger.note_effective(run, specialist, 1.0)


def test_the_newest_rows_are_the_first(ledger: TrialLedger) -> None:
    for at, key in enumerate("abc"):
        ledger.charge(replace(trial(key), at=at))
    assert [one.key for one in ledger.rows()] == ["c", "b", "a"]
    assert [one.key for one in ledger.rows(2)] == ["c", "b"]


def test_keel_sql_sees_the_trials_as_numbers(journal: Journal, ledger: TrialLedger, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    sql = "SELECT specialist, sum(evaluations), sum(effective) FROM trials GROUP BY ALL ORDER BY ALL"
    assert query(lake, journal, sql).rows == []
    for one in (trial("a"), trial("b", 50), trial("c", 7, specialist="ranging")):
        ledger.charge(one)
    ledger.note_effective(RUN, "ranging", 2.5)
    assert query(lake, journal, sql).rows == [("crisis", 150, None), ("ranging", 7, 2.5)]


CHARGER = """
import sys
sys.path[:0] = ["tests/support"]
from journal_places import place_from
from data.journal import Trial, TrialLedger
place, name, most = place_from(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = TrialLedger(place.open().engine)
print("ready", flush=True)
for number in range(most):
    series, data = "binance BTC/USDT 1h", "d" * 64
    ledger.charge(Trial(f"{number}", "0123456789ab", "search", "crisis", 0, series, data, 100, number, name))
    print(number + 1, flush=True)
"""


def charger(place: JournalPlace, name: str, most: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHARGER, words_of(place), name, str(most)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_charge_the_same_work_charge_it_once(ledger: TrialLedger, place: JournalPlace) -> None:
    chargers = [charger(place, name, 60) for name in ("a", "b", "c")]
    for one in chargers:
        one.communicate(timeout=300)
    assert [one.returncode for one in chargers] == [0, 0, 0]
    assert figures(ledger) == (6000, 6000.0, 1, 0)


def test_kill_9_loses_no_acknowledged_charge_and_the_next_one_goes_on(ledger: TrialLedger, place: JournalPlace) -> None:
    kept = 0
    for pause in (0.0, 0.08):
        one = charger(place, "a", 10**6)
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        while len(ledger.rows()) <= kept + 3:
            time.sleep(0.01)
        time.sleep(pause)
        one.kill()
        acknowledged = [int(line) for line in one.stdout.read().split("\n")[:-1]]
        one.wait()
        wait_for_the_dead(place)
        found = len(ledger.rows())
        assert found in (max(acknowledged), max(acknowledged) + 1)
        assert figures(ledger)[0] == 100 * found
        kept = found
