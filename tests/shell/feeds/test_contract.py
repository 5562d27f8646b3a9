"""What every source keeps to, whatever its wire looks like."""

import gc
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from venues.base import Fault, Loopback
from venues.cases import CASES, Case, build, name_of
from venues.proxy import listening_proxy
from venues.tape import FIRST

from models.types import BadInput, Bars, Unavailable
from tasks.adapters.venues import Access
from tasks.ports import Feed, Page

HURRY_MS = 150
ONE_ANSWER = ("kraken", "coingecko", "index_files")


def _pages(feed: Feed, case: Case, since: int | None) -> list[Page]:
    return list(feed.pages(case.symbol, case.timeframe, since))


def _joined(pages: list[Page]) -> list[int]:
    return [int(stamp) for page in pages for stamp in page.bars.ts]


def _late(case: Case) -> int:
    """The open of the last bar but 29."""
    return case.candles()[-30].begin * 1000


def _table(bars: Bars) -> list[list[float]]:
    return np.column_stack([bars.open, bars.high, bars.low, bars.close, bars.volume]).tolist()


def test_everything_comes_in_ascending_pages_without_a_bar_twice(case: Case, told: Loopback, feed: Feed) -> None:
    pages = _pages(feed, case, FIRST * 1000)
    assert _joined(pages) == [one.begin * 1000 for one in case.candles()]
    assert all(len(page.bars) for page in pages)
    assert len(told.of(case.data)) == (1 if case.name in ONE_ANSWER else 2)


def test_figures_arrive_to_the_bit(case: Case, feed: Feed) -> None:
    expected = [[float(text) for text in one.figures] for one in case.candles()]
    if not case.volumes:
        expected = [[*row[:4], 0.0] for row in expected]
    found = [row for page in _pages(feed, case, FIRST * 1000) for row in _table(page.bars)]
    assert found == expected


def test_without_a_start_it_begins_where_the_source_does(case: Case, feed: Feed) -> None:
    assert _joined(_pages(feed, case, None)) == [one.begin * 1000 for one in case.candles()]


def test_it_starts_in_the_middle(case: Case, feed: Feed) -> None:
    middle = case.candles()[case.count // 2].begin * 1000
    assert _joined(_pages(feed, case, middle))[:2] == [middle, middle + case.step * 1000]
    between = _joined(_pages(feed, case, middle + 1))
    assert between[0] == middle + case.step * 1000
    assert between[-1] == case.candles()[-1].begin * 1000


def test_nothing_new_is_no_page(case: Case, feed: Feed) -> None:
    assert _pages(feed, case, (FIRST + case.count * case.step) * 1000) == []


def test_pages_carry_the_name(case: Case, feed: Feed) -> None:
    assert {page.source for page in _pages(feed, case, _late(case))} == {feed.name} == {name_of(case)}


def test_an_unknown_symbol_is_told_what_there_is(case: Case, feed: Feed) -> None:
    symbol, hint = case.missing
    with pytest.raises(BadInput, match=symbol) as error:
        list(feed.pages(symbol, case.timeframe, FIRST * 1000))
    assert hint in str(error.value)


def test_an_unknown_bar_size_is_told_what_there_is(case: Case, told: Loopback, feed: Feed) -> None:
    with pytest.raises(BadInput, match=case.lacks) as error:
        list(feed.pages(case.symbol, case.lacks, FIRST * 1000))
    assert case.timeframe in str(error.value)
    assert told.of(case.data) == []


def test_pages_carry_the_time_at_the_venue(case: Case, told: Loopback, feed: Feed) -> None:
    second = told.now // 1000 * 1_000_000
    assert {page.venue_now for page in _pages(feed, case, _late(case))} == {second}


def test_when_nobody_holds_it_any_more_its_connections_are_closed(case: Case, told: Loopback, access: Access) -> None:
    assert _pages(build(case, access), case, _late(case))
    gc.collect()
    port = urlsplit(told.url).port
    assert [one for one in psutil.Process().net_connections() if one.raddr and one.raddr.port == port] == []


@pytest.mark.parametrize("fault", [503, "hang", "reset"])
def test_a_passing_fault_is_tried_again(fault: Fault, case: Case, told: Loopback, access: Access) -> None:
    told.fault_path, told.faults = case.data, [fault]
    feed = build(case, replace(access, timeout_ms=HURRY_MS) if fault == "hang" else access)
    assert len(_joined(_pages(feed, case, _late(case)))) == 30
    first, second = told.of(case.data)[:2]
    assert first.query == second.query


@pytest.mark.parametrize("fault", [503, "hang", "reset", "html", "cut"])
def test_a_lasting_fault_is_one_sentence_after_three_attempts(
    fault: Fault, case: Case, told: Loopback, access: Access
) -> None:
    told.fault_path, told.always = case.data, fault
    feed = build(case, replace(access, timeout_ms=HURRY_MS) if fault == "hang" else access)
    with pytest.raises(
        Unavailable, match=f"^{name_of(case)} (did not give its bars|gave its bars in another)"
    ) as error:
        _pages(feed, case, _late(case))
    assert ("Timeout" in str(error.value)) == (fault == "hang")
    assert "\n" not in str(error.value)
    assert told.url not in str(error.value)
    read_whole = case.name == "index_files" and fault in ("html", "cut")
    assert len(told.of(case.data)) == (1 if read_whole else 3)


@pytest.mark.parametrize("status", [400, 404, 451])
def test_an_answer_that_will_stay_the_same_is_not_asked_for_again(
    status: int, case: Case, told: Loopback, feed: Feed
) -> None:
    told.fault_path, told.always = case.data, status
    with pytest.raises(BadInput if status == 400 else Unavailable, match=f"HTTP {status}"):
        _pages(feed, case, _late(case))
    assert len(told.of(case.data)) == 1


# The others give everything in one answer, or say whether there is more.
PAGED = [case for case in CASES if case.name not in (*ONE_ANSWER, "alpaca")]


@pytest.mark.parametrize("part", ["first", "later"])
@pytest.mark.parametrize("case", PAGED, indirect=True, ids=lambda case: case.name.replace(" ", "_"))
def test_an_empty_answer_is_not_believed_the_first_time(part: str, case: Case, told: Loopback, feed: Feed) -> None:
    told.fault_path, told.faults = case.data, ["empty"] if part == "first" else [200, "empty"]
    assert len(_joined(_pages(feed, case, FIRST * 1000))) == case.count


def test_frozen_bars_end_and_prices_that_are_off_are_given_as_they_are(case: Case, told: Loopback, feed: Feed) -> None:
    told.fault_path, told.always, told.stale_at = case.data, "stale", FIRST + 24 * case.step
    since = (FIRST + 20 * case.step) * 1000
    assert _joined(_pages(feed, case, since)) == [since + k * case.step * 1000 for k in range(4)]
    told.always = "off"
    first = _pages(feed, case, since)[0].bars
    assert first.close[0] == pytest.approx(float(case.candles()[20].close) * 1.03, rel=1e-3)


def test_a_redirect_is_not_followed(case: Case, told: Loopback, feed: Feed) -> None:
    told.fault_path, told.always = case.data, "redirect"
    with pytest.raises(Unavailable):
        _pages(feed, case, FIRST * 1000)
    assert len(told.of(case.data)) == 1


def test_a_refused_connection_is_one_sentence(case: Case, access: Access) -> None:
    feed = build(case, replace(access, url="http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match=r"did not give its bars .* set the venue's https_proxy") as error:
        _pages(feed, case, FIRST * 1000)
    assert "\n" not in str(error.value)


def test_one_attempt_is_one_request(case: Case, told: Loopback, access: Access) -> None:
    told.always = 503
    with pytest.raises(Unavailable):
        _pages(build(case, replace(access, attempts=1)), case, FIRST * 1000)
    assert len(told.asked) == 1


def test_the_proxy_is_asked_for_the_venue(case: Case, access: Access) -> None:
    with listening_proxy() as (address, heard):
        feed = build(case, replace(access, url=None, https_proxy=address, attempts=1))
        with pytest.raises(Unavailable):
            _pages(feed, case, (FIRST + case.step) * 1000)
    assert [line.rsplit(" ", 1)[0] for line in heard] == [f"CONNECT {case.host}:443"]


def test_a_certificate_file_that_is_not_there_is_named(case: Case, access: Access, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no file .*ca\.pem; correct its ca_file"):
        build(case, replace(access, ca_file=str(tmp_path / "ca.pem")))


def test_only_the_loopback_can_stand_in(case: Case, access: Access) -> None:
    with pytest.raises(BadInput, match="is not of the loopback"):
        build(case, replace(access, url="http://192.0.2.1"))


def test_a_book_has_the_best_levels_first(case: Case, told: Loopback, access: Access, feed: Feed) -> None:
    if not case.book:
        assert not hasattr(feed, "book")
        return
    book = feed.book(case.symbol, 5)
    levels = 1 if case.name == "alpaca" else 5
    assert book.bids.shape == book.asks.shape == (levels, 2)
    assert book.bids[0].tolist() == ([100.0, 2.0] if case.name == "alpaca" else [100.0, 1.5])
    assert book.asks[0].tolist() == ([100.25, 3.0] if case.name == "alpaca" else [100.25, 2.25])
    assert (np.diff(book.bids[:, 0]) < 0).all()
    assert (np.diff(book.asks[:, 0]) > 0).all()
    assert book.known_at == access.clock.now()
    assert book.ts == BOOK_TIMES.get(case.name, book.known_at)


def test_a_book_of_an_unknown_symbol(case: Case, feed: Feed) -> None:
    if case.book:
        with pytest.raises(BadInput, match=case.missing[0]):
            feed.book(case.missing[0], 5)


def test_a_book_that_fails_is_one_sentence(case: Case, told: Loopback, feed: Feed) -> None:
    if not case.book:
        return
    told.always = 503
    with pytest.raises(Unavailable, match="did not give its"):
        feed.book(case.symbol, 5)


BOOK_TIMES = {"coinbase": 1_588_334_400_533_000, "bitget": 1_588_334_400_123_000, "alpaca": 1_588_334_400_123_456}
