"""An archive of headlines, replayed as of arrival: deterministic, once, and only by what was known."""

import hashlib
import itertools
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from fake_news import PlainReader
from made_news import START, headline

from data.news import HEARD, append_headlines, news_store, read_headlines
from data.tick_writer import TickWriter
from models.types import BadInput
from models.types.news import Headline
from models.types.timeframes import DAY, MINUTE
from tasks.adapters.archives import read_headline_archive
from tasks.session.desk import Desk
from tasks.session.news.importing import Imported, import_headlines

ROWS = [
    ("2022-01-01T02:00:00Z", "Bitcoin rises", "Paper", "https://paper.example/1"),
    ("2022-01-01T01:00:00Z", "Ether falls", "reuters", "https://reuters.example/2"),
    ("2022-01-01T02:00:00Z", "Bitcoin rises", "coindesk", "https://coindesk.example/3"),
    ("2022-01-01T03:00:00Z", "Bitcoin falls after all", "Paper", "https://paper.example/1"),
    (None, "Without a time", "Paper", "https://paper.example/4"),
    ("2022-01-01T04:00:00Z", "Without a source", "", "https://paper.example/5"),
]


def archive(path: Path, rows: list[tuple[str | None, str, str, str]]) -> Path:
    frame = pd.DataFrame(rows, columns=["TS", "title", "source", "url"])
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.assign(TS=pd.to_datetime(frame.TS, utc=True)).to_parquet(path)
    return path


def bring_in(desk: Desk, path: Path, make: object = PlainReader) -> Imported:
    return import_headlines(desk, read_headline_archive(path), make, lambda _: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_items_are_read_in_the_order_of_their_arrival(desk: Desk, tmp_path: Path, name: str) -> None:
    found = bring_in(desk, archive(tmp_path / name, ROWS)).as_json()
    names = ("headlines", "added", "duplicates", "linked", "scored", "refused", "first", "last")
    assert [found[one] for one in names] == [4, 4, 1, 3, 4, 2, "2022-01-01T01:00:00Z", "2022-01-01T03:00:00Z"]
    stored = read_headlines(desk.lake)
    assert [(one.title, one.source, one.revision) for one in stored] == [
        ("Ether falls", "reuters", 0),
        ("Bitcoin rises", "Paper", 0),
        ("Bitcoin rises", "coindesk", 0),
        ("Bitcoin falls after all", "Paper", 1),
    ]
    assert [one.weight for one in stored] == pytest.approx([0.25, 0.05, 0.15, 0.05]), "an unknown one: the lowest"


def test_the_name_of_a_source_is_plain_text(desk: Desk, tmp_path: Path) -> None:
    """It goes as it is to whoever asks the lake: keel sql shows it on a terminal."""
    hostile = "\x1b[31mPa\u202eper\r\n<b>of</b> note\x9b"
    bring_in(desk, archive(tmp_path / "a.csv", [("2022-01-01T01:00:00Z", "Bitcoin rises", hostile, "")]))
    assert [one.source for one in read_headlines(desk.lake)] == ["[31mPaper of note"]


def test_the_same_archive_twice_adds_nothing_and_changes_no_byte(desk: Desk, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.csv", ROWS)
    bring_in(desk, path)
    before = [hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(desk.lake.root.rglob("*.parquet"))]
    again = bring_in(desk, path).as_json()
    assert (again["headlines"], again["added"], again["duplicates"]) == (4, 0, 4)
    assert [hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(desk.lake.root.rglob("*.parquet"))] == before


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        (f"2022-01-{1 + n // 40:02}T{n % 24:02}:00:00Z", f"Bitcoin does {n}", "Paper", f"https://p.example/{n}")
        for n in range(400)
    ]
    path = archive(tmp_path / "a.csv", rows)
    other = archive(tmp_path / "b.csv", rows[::-1])
    calls = itertools.count()

    class Killed(PlainReader):
        def read(self, item: object, arrived: int) -> Headline | None:
            if next(calls) == 300:
                raise KeyboardInterrupt
            return PlainReader.read(self, item, arrived)  # type: ignore[arg-type]

    desk = desk.at(START + 30 * DAY)
    monkeypatch.setattr("tasks.session.news.importing.BATCH", 50)
    with pytest.raises(KeyboardInterrupt):
        bring_in(desk, path, Killed)
    there = len(read_headlines(desk.lake))
    assert 0 < there < 300
    assert bring_in(desk, path).as_json()["added"] == 400 - there
    assert len(read_headlines(desk.lake)) == 400
    assert bring_in(desk, other).as_json()["added"] == 0, "another file of the same headlines: they are known"


def test_what_was_heard_live_is_remembered_in_its_place(desk: Desk, tmp_path: Path) -> None:
    live = headline(90, title="Bitcoin rises", id="live")  # half past one
    with TickWriter(news_store(desk.lake), HEARD, lambda _: None) as writer:
        append_headlines(writer, [live])
    bring_in(desk, archive(tmp_path / "a.csv", ROWS))
    twins = {one.source: one.twin for one in read_headlines(desk.lake) if one.title == "Bitcoin rises"}
    assert twins == {"reuters": None, "Paper": "live", "coindesk": "live"}


def test_a_headlines_weight_knows_nothing_of_later_days(with_bars: Desk, tmp_path: Path) -> None:
    rows = [
        (
            f"2022-01-{day:02}T{hour:02}:30:00Z",
            f"Bitcoin rises {day} {hour}",
            "Paper",
            f"https://p.example/{day}-{hour}",
        )
        for day in range(1, 5)
        for hour in (3, 15)
    ]
    weights = {}
    for length in (4, 8):
        path = archive(tmp_path / f"{length}.csv", rows[:length])
        seen: list[tuple[str, float]] = []

        class Noted(PlainReader):
            pass

        import_headlines(with_bars.at(START + 30 * DAY), read_headline_archive(path), Noted, lambda _: None)
        seen = [(one.title, one.weight) for one in read_headlines(with_bars.lake)]
        weights[length] = seen
    assert weights[8][:4] == weights[4]
    assert len({weight for _, weight in weights[8]}) > 1, "what became of the first days was known on the last"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"title": ["a"], "source": ["b"]}, "no column ts"),
        ({"ts": ["2022-01-01"], "source": ["b"]}, "no column title"),
        ({"ts": ["2022-01-01"], "title": ["a"]}, "no column source"),
        ({"ts": ["yesterday"], "title": ["a"], "source": ["b"]}, "holds no time stamps"),
        ({"ts": ["2022-01-01"], "title": [""], "source": ["b"]}, "no row with a time"),
        ({"ts": ["2090-01-01"], "title": ["a"], "source": ["b"]}, "still to come"),
    ],
)
def test_what_is_no_archive_of_headlines_is_refused(
    desk: Desk, tmp_path: Path, columns: Mapping[str, list[str]], said: str
) -> None:
    pd.DataFrame(columns).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(BadInput, match=said):
        bring_in(desk, tmp_path / "a.csv")
    assert read_headlines(desk.lake) == []


def test_minutes_are_kept_to_the_microsecond(desk: Desk, tmp_path: Path) -> None:
    pd.DataFrame({"arrived": [START + MINUTE], "title": ["Bitcoin"], "source": ["b"]}).to_csv(
        tmp_path / "a.csv", index=False
    )
    bring_in(desk, tmp_path / "a.csv")
    assert [one.arrived for one in read_headlines(desk.lake)] == [START + MINUTE]
