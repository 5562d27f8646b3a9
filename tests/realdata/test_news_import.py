"""The desk's headlines, replayed as of arrival through the whole pipeline."""

from pathlib import Path

import pytest

from data.news import read_headlines
from tasks.adapters.archives import read_headline_archive
from tasks.bootstrap import build_desk
from tasks.bootstrap.news import build_make_reader
from tasks.session.news.importing import import_headlines

pytestmark = pytest.mark.realdata
ARCHIVE = "news_crypto_headlines_2021-10_2023-12.parquet"


def test_every_headline_is_replayed_once_and_what_was_said_then_stays(tmp_path: Path, market_data: Path) -> None:
    desk, archive = build_desk(folder=tmp_path), read_headline_archive(market_data / ARCHIVE)
    count = import_headlines(desk, archive, build_make_reader(desk), lambda _: None).count
    print(count.as_json())
    assert (count.items, count.unread, archive.refused) == (7908, 0, 0)
    assert 7_000 < len(count.headlines) == 7908 - count.known
    assert count.twins > 50
    assert count.linked > 4_000
    stored = read_headlines(desk.lake)
    assert len(stored) == len(count.headlines)
    assert [one.arrived for one in stored] == sorted(one.arrived for one in stored)
    assert all(-1.0 <= one.tone.score <= 1.0 and 0.0 < one.weight < 1.0 for one in stored)
    again = import_headlines(desk, archive, build_make_reader(desk), lambda _: None).count
    assert (again.known, again.headlines) == (7908, [])
