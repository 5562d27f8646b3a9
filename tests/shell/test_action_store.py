"""Actions in the lake: every order ends in the same bytes, damage is named, and files come in as people have them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conf.home import PROJECT
from data.actions import ActionStore
from data.lake import Lake
from models.actions import ActionKind, CorporateAction
from models.types import CALENDARS, BadInput, Bars, Damaged, Series, Unavailable, iso
from models.types import parse_time as at
from models.types.timeframes import DAY
from tasks.adapters.archives.actions import read_actions

NEW_YORK = CALENDARS["XNYS"]


def split(day: str, ratio: float, known: str | None = None, symbol: str = "XYZ") -> CorporateAction:
    return CorporateAction(symbol, ActionKind.SPLIT, at(day), at(known or day), ratio=ratio)


def dividend(day: str, cash: float, known: str | None = None, symbol: str = "XYZ") -> CorporateAction:
    return CorporateAction(symbol, ActionKind.DIVIDEND, at(day), at(known or day), cash=cash)


ACTIONS = (
    dividend("2023-01-10", 0.1),
    split("2024-01-10", 4.0, "2024-01-02"),
    split("2024-01-10", 2.0, "2024-01-03"),
    dividend("2024-01-10", 1 / 3),
    dividend("2024-01-10", 0.25, symbol="BRK/B"),
    split("1962-01-10", 2.0, symbol="^OLD"),
)


@pytest.fixture
def store(tmp_path: Path) -> ActionStore:
    return ActionStore(Lake(tmp_path / "lake"))


def content(store: ActionStore) -> dict[str, bytes]:
    return {str(path.relative_to(store.lake.root)): path.read_bytes() for path in store.paths()}


def test_what_was_merged_is_read_in_one_order(store: ActionStore) -> None:
    done = store.merge("alpaca", reversed(ACTIONS))
    assert (done.added, done.conflicts) == (6, ())
    assert store.read("alpaca", "XYZ") == (ACTIONS[0], ACTIONS[3], ACTIONS[1], ACTIONS[2])
    assert store.read("alpaca", "BRK/B") == (ACTIONS[4],)
    assert store.read("alpaca", "NONE") == store.read("sample", "XYZ") == ()
    assert [path.parent.name for path in store.paths()] == ["symbol=%5EOLD", "symbol=BRK%2FB", "symbol=XYZ"]
    assert list(store.damaged()) == []


def test_the_same_again_changes_no_byte_and_writes_no_file(store: ActionStore) -> None:
    store.merge("alpaca", ACTIONS)
    before, version = content(store), store.version("alpaca", "XYZ")
    written = {path: path.stat().st_mtime_ns for path in store.paths()}
    assert store.merge("alpaca", ACTIONS[1:4] * 2).added == 0
    assert store.merge("alpaca", []).added == 0
    assert (content(store), store.version("alpaca", "XYZ")) == (before, version)
    assert {path: path.stat().st_mtime_ns for path in store.paths()} == written
    assert store.merge("alpaca", [dividend("2025-01-10", 1.0)]).added == 1
    assert store.version("alpaca", "XYZ") != version
    assert store.version("alpaca", "BRK/B") == ActionStore(store.lake).version("alpaca", "BRK/B")


@given(batches=st.lists(st.lists(st.sampled_from(ACTIONS), max_size=5), max_size=5))
@settings(deadline=None, max_examples=40)
def test_any_order_of_batches_ends_in_the_same_bytes(
    batches: list[list[CorporateAction]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("orders")
    one, other = ActionStore(Lake(folder / "one")), ActionStore(Lake(folder / "other"))
    everything = [action for batch in batches for action in batch]
    added = sum(one.merge("alpaca", batch).added for batch in batches)
    assert added == other.merge("alpaca", everything[::-1]).added == len(set(everything))
    assert content(one) == content(other)
    shutil.rmtree(folder)


def test_sources_that_disagree_are_told_and_kept_in_any_order(tmp_path: Path) -> None:
    first, second, later = (
        dividend("2024-01-10", 1.0),
        dividend("2024-01-10", 1.1),
        dividend("2024-01-10", 2.0, "2024-01-11"),
    )
    stores = [ActionStore(Lake(tmp_path / name)) for name in ("one", "other", "at once")]
    assert stores[0].merge("alpaca", [first, later]).conflicts == ()
    assert stores[0].merge("alpaca", [second]).conflicts == (second,)
    assert stores[1].merge("alpaca", [second]).conflicts == ()
    assert stores[1].merge("alpaca", [later, first]).conflicts == (first,)
    assert stores[2].merge("alpaca", [later, second, first]).conflicts == (first, second)
    assert content(stores[0]) == content(stores[1]) == content(stores[2])


def test_a_flipped_byte_is_named_and_the_rest_stays_readable(store: ActionStore) -> None:
    store.merge("alpaca", ACTIONS)
    path = next(path for path in store.paths() if path.parent.name == "symbol=XYZ")
    whole = path.read_bytes()
    sound = store.read("alpaca", "XYZ")
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        ((named, reason),) = store.damaged()
        assert named == path
        assert str(path) in reason
        with pytest.raises(Damaged, match="bring the symbol's actions in again"):
            store.read("alpaca", "XYZ")
        with pytest.raises(Damaged):
            store.merge("alpaca", [dividend("2025-01-10", 1.0)])
        assert store.read("alpaca", "BRK/B") == (ACTIONS[4],)
    for cut in (b"", whole[:50], whole[:-2] + b"]"):
        path.write_bytes(cut)
        assert [named for named, _ in store.damaged()] == [path]
    path.write_bytes(whole)
    assert store.read("alpaca", "XYZ") == sound


def test_a_document_that_is_sealed_and_wrong_is_named(store: ActionStore) -> None:
    from data.sealed import write_sealed

    store.merge("alpaca", [split("2024-01-10", 2.0)])
    (path,) = store.paths()
    good = {"symbol": "XYZ", "kind": "split", "ex_ts": 0, "known_at": 0, "ratio": 2.0, "cash": 0.0}
    for body in (
        {"schema": 2, "actions": []},
        {"actions": []},
        {"schema": 1},
        {"schema": 1, "actions": [good | {"kind": "merger"}]},
        {"schema": 1, "actions": [good | {"ratio": 1.0}]},
        {"schema": 1, "actions": [good | {"colour": "red"}]},
        {"schema": 1, "actions": [{"kind": "split"}]},
    ):
        write_sealed(path, body)
        with pytest.raises(Damaged, match="actions in again"):
            store.read("alpaca", "XYZ")
    write_sealed(path, {"schema": 1, "actions": [good]})
    assert len(store.read("alpaca", "XYZ")) == 1


def test_a_venue_that_is_no_name_gets_nowhere(store: ActionStore) -> None:
    for venue in ("../x", "", "Alpaca", "a/b"):
        with pytest.raises(BadInput, match="small letters"):
            store.merge(venue, [split("2024-01-10", 2.0)])
    assert not store.lake.root.exists()
    assert store.read("alpaca", "../../x") == ()


WRITER = """
import sys
from pathlib import Path
from data.actions import ActionStore
from data.lake import Lake
from models.actions import ActionKind, CorporateAction
DAY = 86_400_000_000
store = ActionStore(Lake(Path(sys.argv[1])))
for number in range(20):
    day = (int(sys.argv[2]) * 20 + number) * DAY
    store.merge("alpaca", [CorporateAction("XYZ", ActionKind.DIVIDEND, day, day, cash=1.0)])
"""


def test_two_writers_lose_nothing_and_leftovers_are_swept(store: ActionStore) -> None:
    folder = store.lake.root / "actions" / "venue=alpaca" / "symbol=XYZ"
    folder.mkdir(parents=True)
    (folder / ".writing-killed").write_bytes(b"half")
    arguments = [sys.executable, "-c", WRITER, str(store.lake.root)]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    writers = [subprocess.Popen([*arguments, str(one)], env=environment) for one in range(2)]
    assert [one.wait(60) for one in writers] == [0, 0]
    assert [one.ex_ts // DAY for one in store.read("alpaca", "XYZ")] == list(range(40))
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "actions.json"]


def test_a_place_that_cannot_be_written_is_named_and_the_same_call_goes_on_later(store: ActionStore) -> None:
    store.merge("alpaca", ACTIONS)
    blocked = store.lake.root / "actions" / "venue=alpaca" / "symbol=YYY"
    blocked.write_text("a file where a folder should be")
    more = [dividend("2025-01-10", 1.0, symbol=one) for one in ("XYZ", "YYY", "ZZZ")]
    with pytest.raises(Unavailable, match="cannot be written"):
        store.merge("alpaca", more)
    assert (len(store.read("alpaca", "XYZ")), store.read("alpaca", "ZZZ")) == (5, ())
    blocked.unlink()
    assert store.merge("alpaca", more).added == 2
    assert all(one in store.read("alpaca", one.symbol) for one in (*more, *ACTIONS))


# Files.

EVENTS = """Symbol, kind ,ex_date,known_at,ratio,cash
AAPL,split,2020-08-31,2020-07-30T20:30:00Z,4.0,
AAPL,Dividend,2020-08-07,,,0.82
SPY,dividend,2020-09-19,,,1.339
"""
READ = (
    split("2020-08-31", 4.0, "2020-07-30T20:30:00Z", "AAPL"),
    dividend("2020-08-07", 0.82, "2020-08-07T13:30:00Z", "AAPL"),
    dividend("2020-09-19", 1.339, "2020-09-21T13:30:00Z", "SPY"),  # a Saturday: known when trading goes on
)


def test_events_are_read_in_every_form(tmp_path: Path) -> None:
    text = tmp_path / "events.csv"
    text.write_text(EVENTS)
    assert read_actions(text, NEW_YORK) == READ
    frame = pd.read_csv(text, skipinitialspace=True).rename(columns=str.strip)
    frame["ex_date"] = pd.to_datetime(frame.ex_date)
    frame["known_at"] = pd.to_datetime(frame.known_at)
    frame.rename(columns={"Symbol": "ticker"}).to_parquet(tmp_path / "events.parquet")
    assert read_actions(tmp_path / "events.parquet", NEW_YORK) == READ
    (tmp_path / "short.csv").write_text("symbol,kind,ex_date,ratio\nAAPL,split,2020-08-31,4\n")
    assert read_actions(tmp_path / "short.csv", NEW_YORK) == (split("2020-08-31", 4.0, "2020-08-31T13:30:00Z", "AAPL"),)


def test_factors_are_read(tmp_path: Path) -> None:
    rows = "2020-08-28,0.5,0.25,499.2\nAAPL,2020-11-05,0.75,1.0,120.0\nAAPL,2050-12-31,1.0,1.0,0.0\n"
    text = f"ticker,date,price_factor,split_factor,reference_price\nSPY,2050-12-31,1.0,1.0,0.0\nAAPL,{rows}"
    (tmp_path / "factors.csv").write_text(text)
    found = read_actions(tmp_path / "factors.csv", NEW_YORK)
    assert [(str(one), iso(one.known_at)) for one in found] == [
        ("AAPL split 4.0:1 of 2020-08-31T00:00:00Z", "2020-08-31T13:30:00Z"),
        (f"AAPL dividend {499.2 * (1.0 - 0.5 / 0.75)!r} of 2020-08-31T00:00:00Z", "2020-08-31T13:30:00Z"),
        ("AAPL dividend 30.0 of 2020-11-06T00:00:00Z", "2020-11-06T14:30:00Z"),
    ]


HEAD = "symbol,kind,ex_date,known_at,ratio,cash\n"
FACTOR_HEAD = "symbol,date,price_factor,split_factor,reference_price\n"
REFUSED: dict[str, tuple[str, str, list[str]]] = {
    "no kind of file": ("x.xlsx", "", ["x.xlsx", ".parquet, .csv"]),
    "no file": ("absent.csv", "", ["there is no file"]),
    "nothing": ("x.csv", "", ["not a readable .csv file"]),
    "no table": ("x.parquet", "PAR1", ["not a readable .parquet file"]),
    "no rows": ("x.csv", HEAD, ["has no rows"]),
    "other columns": ("x.csv", "a,b\n1,2\n", ["a, b", "symbol, kind, ex_date", "price_factor"]),
    "a column twice": ("x.csv", "symbol,ticker,kind,ex_date\nA,A,split,2020-01-01\n", ["more than once"]),
    "another kind": ("x.csv", f"{HEAD}A,merger,2020-01-02,,2,\n", ["row 1", "'merger'", "split, dividend"]),
    "no kind": ("x.csv", f"{HEAD}A,split,2020-01-02,,2,\nA,,2020-01-02,,2,\n", ["row 2", "no kind of action"]),
    "no date": ("x.csv", f"{HEAD}A,split,2020-01-02,,2,\nA,split,soon,,2,\n", ["row 2", "ex_date", "soon"]),
    "no dates": ("x.csv", f"{HEAD}A,split,soon,,2,\n", ["holds no time stamps"]),
    "a number for a date": ("x.csv", f"{HEAD}A,split,20200102,,2,\n", ["no times since 1970"]),
    "a time of day": ("x.csv", f"{HEAD}A,split,2020-01-02T09:30:00Z,,2,\n", ["row 1", "time of day"]),
    "announced soon": (
        "x.csv",
        f"{HEAD}A,split,2020-01-02,2020-01-01,2,\nA,split,2020-01-03,soon,2,\n",
        ["row 2", "known_at", "soon"],
    ),
    "no ratio": ("x.csv", f"{HEAD}A,split,2020-01-02,,,\n", ["row 1", "A split"]),
    "no cash": ("x.csv", f"{HEAD}A,dividend,2020-01-02,,,\n", ["row 1", "a dividend pays some"]),
    "cash in words": ("x.csv", f"{HEAD}A,dividend,2020-01-02,,,dear\n", ["row 1", "both finite"]),
    "a split with cash": ("x.csv", f"{HEAD}A,split,2020-01-02,,2,1\n", ["row 1", "a split pays no cash"]),
    "small letters": ("x.csv", f"{HEAD}aapl,split,2020-01-02,,2,\n", ["row 1", "'aapl' is not a symbol"]),
    "no symbol": ("x.csv", f"{HEAD},split,2020-01-02,,2,\n", ["row 1", "is not a symbol"]),
    "a factor in words": ("x.csv", f"{FACTOR_HEAD}A,2020-01-02,one,1,1\n", ["row 1", "no number"]),
    "a factor of nothing": ("x.csv", f"{FACTOR_HEAD}A,2020-01-02,0,1,1\nA,2020-01-03,1,1,1\n", ["not positive"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    name, text, said = REFUSED[case]
    if name != "absent.csv":
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as refused:
        read_actions(tmp_path / name, NEW_YORK)
    assert all(one in str(refused.value) for one in said), str(refused.value)
    assert "\n" not in str(refused.value)


# The session.


def test_a_file_of_actions_adjusts_the_bars_of_the_desk(
    keel_home: Path, bars: Callable[..., Bars], tmp_path: Path
) -> None:
    from models.sessions import expected_opens
    from tasks.bootstrap import build_desk
    from tasks.session.actions import adjusted_bars, bars_for_features, take_in_actions
    from tasks.session.intake import take_in_archive

    desk, series = build_desk(), Series("alpaca", "XYZ", "1d")
    ts = expected_opens(NEW_YORK, "1d", at("2024-01-08"), at("2024-01-12"))
    close = np.array([100.0, 100.0, 50.0, 50.0, 50.0])
    traded = Bars(ts, close, close + 1, close - 1, close, np.full(5, 10.0))
    take_in_archive(desk, series, traded)
    (tmp_path / "events.csv").write_text(
        f"{HEAD}XYZ,split,2024-01-10,,2,\nXYZ,dividend,2024-01-12,,,3\nXYZ,dividend,2024-01-12,2024-01-02,,2\n"
    )
    events = read_actions(tmp_path / "events.csv", NEW_YORK)
    first, again = (take_in_actions(desk, "alpaca", events).as_json() for _ in range(2))
    assert first == {"venue": "alpaca", "given": 2, "added": 2, "conflicts": []}
    assert again == {"venue": "alpaca", "given": 2, "added": 0, "conflicts": []}
    other = take_in_actions(desk, "alpaca", [dividend("2024-01-12", 4.0, "2024-01-12T14:30:00Z", "XYZ")]).as_json()
    assert other["added"] == 1
    assert other["conflicts"] == [
        {"action": "XYZ dividend 4.0 of 2024-01-12T00:00:00Z", "known_at": "2024-01-12T14:30:00Z"}
    ]
    assert adjusted_bars(desk, series, at("2024-01-09T21:00:00Z")).close.tolist() == [100.0, 100.0]
    assert adjusted_bars(desk, series, at("2024-01-10T21:00:00Z")).close.tolist() == [50.0, 50.0, 50.0]
    assert adjusted_bars(desk, series, at("2024-01-12T20:59:00Z")).close.tolist() == [45.0, 45.0, 45.0, 45.0]
    forward = bars_for_features(desk, series, traded)
    assert np.allclose(forward.close, [100, 100, 100, 100, 100 / 0.9], rtol=1e-15)
    assert forward.volume.tolist() == [10.0, 10.0, 5.0, 5.0, 5.0]
    assert (desk.bars.read(series).close == traded.close).all()
    with pytest.raises(BadInput, match="'nowhere' is not configured"):
        take_in_actions(desk, "nowhere", events)
