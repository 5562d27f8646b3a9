"""Headlines and opportunities in the lake: what is stored comes back, in order of arrival, never of publication."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from made_news import START, headline

from data.catalogue import create_views, refresh_catalogue
from data.lake import Lake
from data.news import HEARD, append_headlines, archive_market, newest_arrival, news_store, read_clear, read_headlines
from data.opportunities import SAID, append_opportunities, opportunity_store, read_opportunities
from data.tick_writer import TickWriter
from data.ticks import Market
from data.verify import verify_lake
from models.types import BadInput, Damaged, Unavailable
from models.types.news import Event, Evidence, Headline, Link, Opportunity, Side
from models.types.timeframes import DAY, MINUTE
from tasks.session.keeping.ticks import keep_house


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def writer(lake: Lake, market: Market = HEARD) -> TickWriter:
    return TickWriter(news_store(lake), market, lambda _: None)


def store(lake: Lake, headlines: list[Headline], market: Market = HEARD) -> None:
    with writer(lake, market) as one:
        append_headlines(one, headlines)


FULL = headline(
    1,
    revision=3,
    text="What follows",
    published=START - 5 * DAY,
    language="de",
    twin="f" * 16,
    likeness=0.75,
    links=(Link("BTC", 0.9, "bitcoin"), Link("AAPL", 0.25, "$AAPL")),
    event=Event.HACK,
    score=-0.5,
    weight=0.125,
)


def test_every_field_comes_back_before_and_after_it_is_parquet(lake: Lake) -> None:
    bare = headline(2, links=())
    with writer(lake) as one:
        append_headlines(one, [FULL, bare])
        assert read_headlines(lake) == [FULL, bare]
    assert not news_store(lake).hot_files(HEARD)
    assert read_headlines(lake) == [FULL, bare]


def test_what_is_asked_for_is_asked_by_arrival_even_where_a_burst_came_in_one_microsecond(lake: Lake) -> None:
    burst = [replace(headline(5), id=f"{n}") for n in range(500)]
    late = headline(6, published=START - 30 * DAY)
    store(lake, [headline(0), *burst, late])
    assert len(read_headlines(lake, until=burst[0].arrived)) == 501
    assert read_headlines(lake, since=burst[0].arrived + 1) == [late], "by arrival, never by publication"
    assert read_headlines(lake, since=burst[0].arrived, until=burst[0].arrived) == burst
    assert read_headlines(lake, until=START - 1) == []
    assert newest_arrival(lake) == late.arrived


def test_an_archive_lies_beside_what_was_heard_and_is_read_in_its_place(lake: Lake) -> None:
    store(lake, [headline(10), headline(20)])
    store(lake, [headline(5), headline(15)], archive_market("ab" * 32))
    assert [one.arrived - START for one in read_headlines(lake)] == [n * MINUTE for n in (5, 10, 15, 20)]
    assert newest_arrival(lake) == headline(20).arrived


def test_clear_are_words_of_ones_own_about_an_asset_to_either_side(lake: Lake) -> None:
    store(
        lake,
        [
            headline(0, score=0.9),
            headline(10, score=0.2),
            headline(11, score=0.9, twin="f" * 16),
            headline(12, score=0.9, revision=1),
            headline(13, score=0.9, links=()),
            headline(14, score=0.19),
            headline(15, score=-0.2),
            headline(17, score=0.9),
        ],
    )
    archived = headline(12, id="archived", score=0.9)
    store(lake, [archived], archive_market("ab" * 32))
    found = read_clear(lake, START + MINUTE, START + 16 * MINUTE, 0.2)
    revised = headline(12, score=0.9, revision=1)
    assert found == [headline(10, score=0.2), archived, revised, headline(15, score=-0.2)]
    assert read_clear(lake, START, START, 0.2) == [headline(0, score=0.9)]
    assert read_clear(lake, START, START + 10 * MINUTE - 1, 0.2) == [headline(0, score=0.9)]


def test_archives_are_told_apart_by_their_content() -> None:
    first, second = "ab" * 32, "abab" + "cd" * 30
    assert archive_market(first) != archive_market(second)


def test_an_empty_lake_has_no_headline(lake: Lake) -> None:
    assert (read_headlines(lake), newest_arrival(lake), read_opportunities(lake)) == ([], None, [])


def test_the_newest_arrival_is_that_of_the_last_row_that_was_stored(lake: Lake) -> None:
    store(lake, [headline(0)])
    with writer(lake) as one:
        append_headlines(one, [headline(1), headline(2)])
        assert newest_arrival(lake) == headline(2).arrived


def test_headlines_out_of_order_are_refused_and_none_is_stored(lake: Lake) -> None:
    with writer(lake) as one, pytest.raises(BadInput, match="order of their arrival"):
        append_headlines(one, [headline(2), headline(1)])
    assert read_headlines(lake) == []


def test_one_writer_at_a_time(lake: Lake) -> None:
    with writer(lake), pytest.raises(Unavailable, match="another process is recording the news"), writer(lake):
        pass


OPPORTUNITIES = [
    Opportunity("BTC", Side.SHORT, 0.5, -120.0, 1440, START, (Evidence("a", "reuters", "Bitcoin <falls>", -0.25),)),
    Opportunity("AAPL", Side.VOLATILITY, 0.25, None, 1440, START, ()),
]


def test_opportunities_come_back_as_they_were_said(lake: Lake) -> None:
    with TickWriter(opportunity_store(lake), SAID, lambda _: None) as one:
        append_opportunities(one, OPPORTUNITIES)
        assert read_opportunities(lake) == OPPORTUNITIES
    assert read_opportunities(lake) == OPPORTUNITIES
    assert read_opportunities(lake, since=START + 2) == []


def test_the_views_have_their_columns_full_and_empty(lake: Lake) -> None:
    asked = (
        "SELECT title, links[1].asset, source, tone, symbol FROM news WHERE known_at < '2030-01-01'",
        "SELECT asset, side, move_bps, evidence[1].title FROM opportunities",
    )
    lake.root.mkdir()
    with duckdb.connect() as connection:
        create_views(connection, lake)
        assert [connection.execute(one).fetchall() for one in asked] == [[], []]
    store(lake, [FULL])
    with TickWriter(opportunity_store(lake), SAID, lambda _: None) as one:
        append_opportunities(one, OPPORTUNITIES)
    with duckdb.connect(str(refresh_catalogue(lake)), read_only=True) as connection:
        assert connection.execute(asked[0]).fetchall() == [(FULL.title, "BTC", "reuters", -0.5, "HEADLINES")]
        assert connection.execute(asked[1]).fetchall()[0] == ("BTC", "SHORT", -120.0, "Bitcoin <falls>")


@pytest.mark.parametrize("where", ["hot", "part"])
def test_a_changed_bit_is_named_and_never_read(lake: Lake, where: str) -> None:
    with writer(lake) as one:
        append_headlines(one, [FULL])
        (hot,) = news_store(lake).hot_files(HEARD)
        kept = hot.read_bytes()
    path = hot if where == "hot" else next(lake.root.rglob("*.parquet"))
    content = bytearray(kept if where == "hot" else path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))
    assert [one.path for one in verify_lake(lake, lambda _: None).damaged] == [path]
    with pytest.raises(Damaged, match=path.name):
        read_headlines(lake)


def test_the_house_keeps_headlines_for_as_long_as_it_is_told(lake: Lake) -> None:
    store(lake, [headline(0)])
    store(lake, [replace(headline(1), arrived=START + 2 * DAY)])
    store(lake, [replace(headline(2), arrived=START + 2 * DAY + MINUTE)])
    (row,) = keep_house(lake, {"news": 2.0}, START + 4 * DAY)
    assert (row.gone, row.note, row.trouble) == (1, "1 small parts joined", "")
    assert len(read_headlines(lake)) == 2
