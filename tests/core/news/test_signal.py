"""The signal of the news: by hand, by a plain twin, as known at the close, and the same however much was read."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_news import SCORER, headline

from models.news.signal import SignalSettings, Told, news_signal, told_about, write_signal
from models.types import FloatArray, IntArray
from models.types.news import Headline, Tone
from models.types.timeframes import DAY, HOUR

SETTINGS = SignalSettings(decay=12 * HOUR, window=48 * HOUR, coverage=2 * DAY)
START = 19_000 * DAY
CLOSES = START + HOUR * np.arange(1, 101)


def plain(closes: IntArray, headlines: list[Headline], asset: str) -> list[float]:
    """The sentence of `news_signal`, one close after the other."""
    out = []
    for close in closes.tolist():
        known = [one for one in headlines if one.arrived <= close]
        if not known or close - known[-1].arrived > SETTINGS.coverage:
            out.append(math.nan)
            continue
        parts: dict[str, list[float]] = {}
        most: dict[str, float] = {}
        for one in known:
            if one.arrived <= close - SETTINGS.window:
                continue
            if one.revision or asset in [link.asset for link in one.links]:
                most[one.source] = max(most.get(one.source, 0.0), one.weight)
            if asset not in [link.asset for link in one.links]:
                continue
            newest = [other for other in known if other.id == one.id][-1]
            relevance = max((link.relevance for link in newest.links if link.asset == asset), default=0.0)
            age = (close - one.arrived) / SETTINGS.decay
            part = one.weight * one.novelty * relevance * newest.tone.score * math.exp(-age)
            parts.setdefault(one.source, []).append(part)
        loud = {source: sum(map(abs, said)) for source, said in parts.items()}
        total = sum(sum(said) * min(1.0, most[one] / loud[one]) for one, said in parts.items() if loud[one])
        out.append(total / (1.0 + abs(total)))
    return out


@st.composite
def some_headlines(draw: st.DrawFn) -> list[Headline]:
    """In the order of arrival: several items of several assets, some of them revised, some at the same moment."""
    revisions: dict[str, int] = {}
    out = []
    for minutes in sorted(draw(st.lists(st.integers(0, 100 * 60), max_size=30))):
        key = draw(st.sampled_from("abcdefgh"))
        share = st.floats(0.0, 1.0)
        out.append(
            headline(
                key,
                START + minutes * 60_000_000,
                draw(st.floats(-1.0, 1.0)),
                draw(st.sampled_from(["AAA", "BBB", None])),
                draw(share),
                draw(share),
                draw(share),
                revisions.setdefault(key, 0),
                "coindesk" if key < "d" else "reuters",
            )
        )
        revisions[key] += 1
    return out


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([headline("a", START + HOUR, 1.0)], 0.25),
        ([headline("a", START + HOUR, -0.5)], -0.125),
        ([headline("a", START + HOUR, 1.0, relevance=0.5)], 0.125),
        ([headline("a", START + HOUR, 1.0, weight=0.1)], 0.1),
        # A twin says little anew.
        ([headline("a", START + HOUR, 1.0, likeness=0.9)], 0.025),
        ([headline("a", START + HOUR, 1.0), headline("b", START + HOUR, -1.0)], 0.0),
        # No source is louder than it counts, whether it floods or changes its text again and again.
        ([headline(str(n), START + HOUR, 1.0) for n in range(1_000)], 0.25),
        ([headline("a", START + HOUR, (-1.0) ** n, revision=n) for n in range(1_001)], 0.25),
        ([headline(str(n), START + HOUR, 1.0) for n in range(9)] + [headline("x", START + HOUR, 1.0, source="b")], 0.5),
        # About another asset, or about none: the news was heard and said nothing.
        ([headline("a", START + HOUR, 1.0, "BBB")], 0.0),
        ([headline("a", START + HOUR, 1.0, None)], 0.0),
        # It arrived after the close.
        ([headline("a", START + HOUR + 1, 1.0)], math.nan),
        ([], math.nan),
        # What the newest text says counts, for what the first one said anew; the revision added a tenth.
        (
            [headline("a", START + HOUR - 1, 0.5), headline("a", START + HOUR, -0.5, likeness=0.9, revision=1)],
            -0.1375,
        ),
        # Taken back: it was never about the asset.
        ([headline("a", START + HOUR - 1, 1.0), headline("a", START + HOUR, 1.0, None, revision=1)], 0.0),
    ],
)
def test_one_close_by_hand(told: list[Headline], expected: float) -> None:
    total = expected / (1.0 + abs(expected))
    found = news_signal(CLOSES[:1], told_about("AAA", SCORER, told), SETTINGS)
    np.testing.assert_allclose(found, [total], rtol=1e-9)


def test_it_decays_leaves_the_window_and_then_nobody_hears() -> None:
    closes = START + HOUR * np.array([0, 12, 24, 47, 48, 49])
    found = news_signal(closes, told_about("AAA", SCORER, [headline("a", START, 1.0)]), SETTINGS)
    sums = 0.25 * np.exp([0.0, -1.0, -2.0, -47 / 12])
    np.testing.assert_allclose(found, [*(sums / (1.0 + sums)), 0.0, math.nan])


@given(some_headlines())
def test_it_is_what_the_sentence_says(headlines: list[Headline]) -> None:
    found = news_signal(CLOSES, told_about("AAA", SCORER, headlines), SETTINGS)
    np.testing.assert_allclose(found, plain(CLOSES, headlines, "AAA"), rtol=1e-9, atol=1e-12)
    assert (np.abs(found[np.isfinite(found)]) < 1.0).all()


@given(some_headlines(), st.integers(1, 99))
def test_later_headlines_and_bars_change_nothing(headlines: list[Headline], cut: int) -> None:
    whole = news_signal(CLOSES, told_about("AAA", SCORER, headlines), SETTINGS)
    moment = int(CLOSES[cut - 1])
    known = [one for one in headlines if one.arrived <= moment]
    for told in (told_about("AAA", SCORER, known), told_about("AAA", SCORER, headlines).by(moment)):
        np.testing.assert_array_equal(news_signal(CLOSES[:cut], told, SETTINGS), whole[:cut])


@given(some_headlines(), st.integers(0, 99))
def test_a_decision_that_reads_the_window_has_the_bits_of_the_whole(headlines: list[Headline], first: int) -> None:
    whole = news_signal(CLOSES, told_about("AAA", SCORER, headlines), SETTINGS)
    since = int(CLOSES[first]) - SETTINGS.reach
    read = [one for one in headlines if one.arrived >= since]
    np.testing.assert_array_equal(news_signal(CLOSES[first:], told_about("AAA", SCORER, read), SETTINGS), whole[first:])


@given(some_headlines())
def test_an_archive_that_came_in_later_is_read_by_its_arrivals(headlines: list[Headline]) -> None:
    single = [replace(one, id=f"{one.id}{k}", revision=0) for k, one in enumerate(headlines)]
    mixed = single[1::2] + single[::2]
    found, expected = (news_signal(CLOSES, told_about("AAA", SCORER, one), SETTINGS) for one in (mixed, single))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@given(some_headlines())
def test_the_kernel_agrees_with_its_plain_twin(headlines: list[Headline]) -> None:
    told: Told = told_about("AAA", SCORER, headlines)
    first, stop = (np.searchsorted(told.arrived, CLOSES - back, side="right") for back in (SETTINGS.window, 0))
    made: list[FloatArray] = []
    for kernel in (write_signal, write_signal.py_func):
        out = np.empty(CLOSES.size)
        columns = (getattr(told, name) for name in ("arrived", "later", "source", "weight", "fresh", "word"))
        kernel(CLOSES, first, stop, *columns, float(SETTINGS.decay), out)
        made.append(out)
    np.testing.assert_array_equal(made[0].view(np.int64), made[1].view(np.int64))


@given(some_headlines(), st.integers(0, 99))
def test_what_was_known_at_a_moment_tells_nothing_of_later(headlines: list[Headline], row: int) -> None:
    moment = int(CLOSES[row])
    known = told_about("AAA", SCORER, headlines).by(moment)
    assert (known.heard <= moment).all()
    assert (known.arrived <= moment).all()
    assert (known.later <= known.arrived.size).all()


def test_tones_of_another_scorer_say_nothing_and_leaned_ones_are_its_own() -> None:
    own = headline("a", START, 1.0)
    for scorer, counts in (("vader-3.3", False), (f"{SCORER}0", False), (f"{SCORER}+somebody", True)):
        other = replace(own, tone=Tone(1.0, scorer))
        found = news_signal(CLOSES[:1], told_about("AAA", SCORER, [other]), SETTINGS)
        assert (found > 0.0).all() == counts, scorer
        assert np.isfinite(found).all()
