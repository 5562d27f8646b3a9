"""A round of the news: who is asked, what is kept, what is said, and what no source can do to the others."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fake_news import FakeSource, PlainReader, item
from lakes import merge
from made_news import headline

from data.journal import FeedLog, Journal
from data.news import HEARD, append_headlines, news_store, read_headlines
from data.opportunities import read_opportunities
from data.tick_writer import TickWriter
from models.actions import ActionKind, CorporateAction
from models.news.moves import usual_move_bps
from models.news.reliability import Signal, outcomes_of
from models.types import Bars, Refused, Series, Unavailable
from models.types.news import Side
from models.types.timeframes import DAY, HOUR, MINUTE, SECOND
from tasks.adapters.clocks import FixedClock
from tasks.ports import LeftAlone, Mark
from tasks.session.desk import Desk
from tasks.session.news import round as rounds
from tasks.session.news.marks import FILE, read_marks
from tasks.session.news.round import Round, hear_round, standing
from tasks.session.news.weighing import Weigher, signals_of

At = Callable[[Desk, int], Desk]


def hear(desk: Desk, journal: Journal, *sources: FakeSource) -> Round:
    return asyncio.run(hear_round(desk, journal, sources, PlainReader, None, lambda _: None))


def reuters(*numbers: int) -> FakeSource:
    return FakeSource("reuters", tuple(item("reuters", number) for number in numbers))


def test_a_round_reads_stores_and_says_what_it_makes_of_it(with_bars: Desk, journal: Journal) -> None:
    said = [reuters(1, 2), FakeSource("coindesk", (item("coindesk", 1), item("coindesk", 9, "Nothing about it")))]
    found = hear(with_bars, journal, *said)
    counts = found.as_json()
    assert [counts[name] for name in ("headlines", "added", "duplicates", "linked", "scored", "opportunities")] == [
        *(4, 4, 1, 3, 4),
        len(found.opportunities),
    ]
    assert [one.source for one in read_headlines(with_bars.lake)] == ["reuters", "reuters", "coindesk", "coindesk"]
    assert {one.arrived for one in read_headlines(with_bars.lake)} == {with_bars.clock.now()}
    (long,) = found.opportunities
    assert (long.asset, long.side) == ("BTC", Side.LONG)
    assert long.move_bps is not None
    assert 0 < long.move_bps < 300
    assert read_opportunities(with_bars.lake) == [long]
    assert standing(with_bars) == (long,)
    assert found.asked == ("reuters", "coindesk")


def test_what_is_heard_again_is_stored_once_and_a_changed_text_is_a_revision(
    desk: Desk, journal: Journal, at: At
) -> None:
    hear(desk, journal, reuters(1))
    later = at(desk, desk.clock.now() + HOUR)
    changed = FakeSource("reuters", (item("reuters", 1, "Bitcoin falls after all"), *reuters(2).items))
    assert hear(later, journal, changed).count.as_json()["added"] == 2
    again = hear(at(desk, later.clock.now() + HOUR), journal, changed)
    assert (again.count.known, again.count.headlines) == (2, [])
    assert [one.revision for one in read_headlines(desk.lake)] == [0, 1, 0]


def test_no_source_costs_another_one_its_word(desk: Desk, journal: Journal) -> None:
    sources = [
        FakeSource("bloomberg", error=Unavailable("bloomberg did not answer")),
        FakeSource("coindesk", error=ZeroDivisionError("hostile words")),
        FakeSource("telegram", error=Refused("an address that is not allowed")),
        FakeSource("reddit", (item("reddit", 1, "a title that the reader cannot bear"), item("reddit", 2))),
        FakeSource("twitter", why_off="twitter has no key: keel secrets set twitter"),
        reuters(1),
    ]
    found = hear(desk, journal, *sources)
    assert {one.source for one in read_headlines(desk.lake)} == {"reddit", "reuters"}
    assert (found.count.unread, found.count.items) == (1, 2)
    assert set(found.troubles) == {"bloomberg", "coindesk", "telegram"}
    assert "hostile" not in str(found.as_json())
    states = {one.source: (one.state, one.retry_at) for one in found.health}
    soon = desk.clock.now() + 300 * SECOND
    assert states == {
        "reuters": ("heard", None),
        "bloomberg": ("paused", soon),
        "coindesk": ("paused", soon),
        "cryptopanic": ("off", None),
        "twitter": ("off", None),
        "reddit": ("heard", None),
        "telegram": ("paused", soon),
    }


def test_a_source_that_fails_is_left_alone_ever_longer_and_comes_back(desk: Desk, journal: Journal, at: At) -> None:
    down, now = FakeSource("reuters", error=Unavailable("down")), desk.clock.now()
    waits = []
    for _ in range(3):
        found = hear(at(desk, now), journal, down)
        retry_at = found.health[0].retry_at
        assert retry_at is not None
        waits.append((retry_at - now) // SECOND)
        assert hear(at(desk, retry_at - 1), journal, down).asked == (), "it is paused"
        now = retry_at
    assert waits == [300, 600, 1200]
    back = hear(at(desk, now), journal, reuters(1))
    assert (back.asked, back.health[0].state, back.health[0].failing_since) == (("reuters",), "heard", None)


@pytest.mark.parametrize(("asked_for", "waits"), [(HOUR, HOUR), (SECOND, 300 * SECOND), (400 * DAY, DAY)])
def test_a_source_that_asks_for_a_pause_gets_it_within_reason(
    desk: Desk, journal: Journal, asked_for: int, waits: int
) -> None:
    now = desk.clock.now()
    found = hear(desk, journal, FakeSource("reuters", error=LeftAlone("too many requests", now + asked_for)))
    assert found.health[0].retry_at == now + waits


def test_one_address_that_answers_is_enough(desk: Desk, journal: Journal) -> None:
    down = FakeSource("reuters", error=Unavailable("one of two is down"), url="https://reuters.example/other")
    found = hear(desk, journal, reuters(1), down)
    assert (found.health[0].state, found.troubles) == ("heard", {"reuters": "one of two is down"})


def test_a_source_is_asked_as_often_as_the_configuration_says(desk: Desk, journal: Journal, at: At) -> None:
    source, now = reuters(1), desk.clock.now()
    asked = [hear(at(desk, now + minutes * MINUTE), journal, source).asked for minutes in (0, 2, 4, 5, 6, 10)]
    assert asked == [("reuters",), (), (), ("reuters",), (), ("reuters",)]
    assert source.marks == [None, Mark(etag="reuters 1"), Mark(etag="reuters 2")]


def test_a_damaged_file_of_marks_is_begun_anew(desk: Desk, journal: Journal, at: At) -> None:
    hear(desk, journal, reuters(1))
    (desk.home / "state" / FILE).write_text('{"body": {"https://reuters.example/feed": {"evil": 1}}}')
    assert read_marks(desk) == {}
    source = reuters(1)
    hear(at(desk, desk.clock.now() + HOUR), journal, source)
    assert source.marks == [None]


def test_arrivals_never_go_back_and_a_clock_that_did_is_named(desk: Desk, journal: Journal, at: At) -> None:
    now = desk.clock.now()
    hear(desk, journal, reuters(1))
    hear(at(desk, now - MINUTE), journal, FakeSource("coindesk", (item("coindesk", 5),)))
    assert [one.arrived for one in read_headlines(desk.lake)] == [now, now]
    with pytest.raises(Unavailable, match="set it right"):
        hear(at(desk, now - HOUR), journal, FakeSource("reddit", (item("reddit", 5),)))


def test_one_round_at_a_time(desk: Desk, journal: Journal) -> None:
    with TickWriter(news_store(desk.lake), HEARD, lambda _: None), pytest.raises(Unavailable, match="another process"):
        hear(desk, journal, reuters(1))


def test_an_alert_is_raised_once_a_day_and_its_text_is_harmless(desk: Desk, journal: Journal, at: At) -> None:
    rules = desk.loaded.settings.news.opportunities.model_copy(update={"alert_confidence": 0.1})
    news = desk.loaded.settings.news.model_copy(update={"opportunities": rules})
    settings = desk.loaded.settings.model_copy(update={"news": news})
    loud = replace(desk, loaded=replace(desk.loaded, settings=settings))
    evil = FakeSource("reuters", (item("reuters", 1, "Bitcoin rises \x1b[2J\u202e<script>\nfake"),))
    hear(loud, journal, evil)
    hear(replace(loud, clock=FixedClock(loud.clock.now() + HOUR)), journal, evil)
    (alert,) = [one for one in journal.tables()["alerts_outbox"] if one["key"].startswith("news ")]
    assert alert["text"].startswith("news about BTC says LONG with confidence 0.")
    assert not {"\x1b", "\u202e", "\n"} & set(alert["text"])


def test_the_past_of_the_lake_weighs_the_sources(with_bars: Desk, journal: Journal) -> None:
    """Reuters was wrong about everything in the last weeks: its word counts less now, and says why."""
    bars = with_bars.bars.read(next(iter(with_bars.lake.series())))
    first = with_bars.clock.now() - 40 * DAY
    headlines = []
    for day in range(38):
        moment = first + day * DAY + HOUR // 2
        row = int(bars.ts.searchsorted(moment, side="right"))
        move = bars.open[row + 24] - bars.open[row]
        headlines.append(headline(day, arrived=moment, score=-0.8 if move > 0 else 0.8))
    with TickWriter(news_store(with_bars.lake), HEARD, lambda _: None) as writer:
        append_headlines(writer, headlines)
    found = hear(with_bars, journal, reuters(1000))
    weight = found.health[0].weight
    assert weight.reliability.multiplier < 0.8
    assert weight.weight < 0.22 < weight.base
    assert "past signals right" in weight.why
    newest = read_headlines(with_bars.lake)[-1]
    assert newest.weight == pytest.approx(weight.weight), "what it counted is kept with the headline"


def test_a_split_is_no_move_that_makes_a_source_right_or_wrong(desk: Desk) -> None:
    now = desk.clock.now() // HOUR * HOUR
    ex, ts = now // DAY * DAY - 5 * DAY, np.arange(now - 60 * DAY, now, HOUR, dtype=np.int64)
    walk = 40_000.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 0.005, ts.size)))
    whole = Bars(ts, walk, walk, walk, walk, np.full(ts.size, 10.0))
    (plain,) = outcomes_of([Signal("reuters", ex - HOUR, -0.8)], whole.ts, whole.open, DAY)
    ratio = 0.25 if plain.right else 4.0
    desk.actions.merge("binance", [CorporateAction("BTC/USDT", ActionKind.SPLIT, ex, ex, ratio)])
    shares = np.where(whole.ts >= ex, ratio, 1.0)
    prices = [one / shares for one in (whole.open, whole.high, whole.low, whole.close)]
    merge(desk.bars, Series("binance", "BTC/USDT", "1h"), Bars(whole.ts, *prices, whole.volume * shares))
    weigher = Weigher(desk)
    assert weigher.outcomes(now, [headline(1, arrived=ex - HOUR, score=-0.8)]) == [plain]
    moves = weigher.moves_bps(["BTC"], now, DAY)
    inside = whole.ts >= now - 30 * DAY
    assert moves["BTC"] == pytest.approx(usual_move_bps(whole.ts[inside], whole.close[inside], DAY), rel=0.02)


def test_the_feeds_of_bars_hear_nothing_of_it(desk: Desk, journal: Journal) -> None:
    hear(desk, journal, reuters(1))
    log = FeedLog(journal.engine)
    assert [one.feed for one in log.health(("news/reuters", "reuters", "binance"))] == ["news/reuters"]


def test_a_source_has_its_fill_of_a_day_and_the_others_are_heard(
    with_bars: Desk, journal: Journal, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_A_DAY", 5)
    first = hear(with_bars, journal, reuters(1, 2, 3), FakeSource("coindesk", (item("coindesk", 1),)))
    assert first.troubles == {}
    later = at(with_bars, with_bars.clock.now() + HOUR)
    flood = hear(later, journal, reuters(*range(4, 10)), FakeSource("coindesk", (item("coindesk", 2),)))
    assert [one.source for one in flood.count.headlines] == ["reuters", "reuters", "coindesk"]
    assert flood.troubles == {"reuters": "it has given 5 headlines within a day; 4 more are left out"}
    next_day = at(with_bars, with_bars.clock.now() + DAY)
    assert len(hear(next_day, journal, reuters(*range(20, 24))).count.headlines) == 3


def test_a_source_is_judged_by_its_first_clear_text_though_a_neutral_one_came_before() -> None:
    neutral = headline(id="a", revision=0, score=0.0)
    loud = headline(id="a", revision=1, score=0.9, arrived=neutral.arrived + HOUR)
    louder = headline(id="a", revision=2, score=-0.9, arrived=neutral.arrived + 2 * HOUR)
    assert signals_of([neutral, loud, louder], 0.2) == {"BTC": [Signal(loud.source, loud.arrived, 0.9)]}
