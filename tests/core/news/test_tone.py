"""What scorers say of a text, and how far somebody else's word moves it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.tone import UNTRAINED, Keel, Vader, leaned
from models.news.words import BAD_THINGS, EASED, LESS, MORE, NOTHING, PHRASES, VALENCE, WORSENED
from models.types.news import Event, Headline, Tone

BY_MARKET = [
    ("Operating loss narrowed", 1),
    ("Operating loss widened", -1),
    ("Operating profit fell", -1),
    ("Operating profit rose", 1),
    ("Costs fell in the quarter", 1),
    ("Costs rose in the quarter", -1),
    ("Inflation eases", 1),
    ("Inflation rises", -1),
    ("The firm swung to a profit", 1),
    ("The firm turned to a net loss", -1),
    ("Earnings beat analysts' estimates", 1),
    ("Earnings miss expectations", -1),
    ("The regulator green-lights the fund", 1),
    ("SEC approves spot Bitcoin ETF", 1),
    ("Court denies nothing, trading halted", -1),
    ("Exchange halts withdrawals", -1),
    ("Exchange hacked, $30M stolen", -1),
    ("Lender files for bankruptcy", -1),
    ("Token listed on a large exchange", 1),
    ("Token delisted", -1),
    ("Bitcoin at a record high", 1),
    ("Bitcoin at an all-time low", -1),
    ("Bitcoin breaks below support", -1),
    ("Bitcoin breaks above 30K", 1),
    ("Golden cross on the chart", 1),
    ("Death cross on the chart", -1),
    ("Stablecoin depegs", -1),
    ("A rug pull", -1),
    ("Shares were sold off in a sell-off", -1),
    ("The company lays off staff", -1),
    ("Whales are buying the dip", 1),
    ("It was not hacked", 1),
    ("The price did not rise", -1),
    ("Crude oil and shares of interest", 0),
    ("United Energy Trust", 0),
    ("The board will meet on Tuesday", 0),
    ("", 0),
]


@pytest.mark.parametrize(("text", "sign"), BY_MARKET)
def test_words_mean_what_the_market_means(text, sign):
    assert np.sign(Keel().tone(text).score) == sign


def test_the_general_lexicon_takes_names_of_things_for_praise():
    assert Vader().tone("United Energy Trust").score > 0.0


@pytest.mark.parametrize("scorer", UNTRAINED.values(), ids=list(UNTRAINED))
@given(text=st.text(max_size=300))
def test_any_text_has_a_score_in_bounds_and_always_the_same(scorer, text):
    tone = scorer.tone(text)
    assert -1.0 <= tone.score <= 1.0
    assert tone == scorer.tone(text)
    assert tone.scorer == scorer.name


def test_capitals_mean_nothing():
    assert Keel().tone("BITCOIN CRASHES").score == Keel().tone("Bitcoin Crashes").score


def test_every_word_has_one_valence():
    words = [word for words in VALENCE.values() for word in words.split()]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert set(words) & set(NOTHING.split()) == set()
    assert set(LESS.split()) & set(MORE.split()) == set()
    assert set(BAD_THINGS.split()) & (set(LESS.split()) | set(MORE.split())) == set()


def test_every_phrase_has_a_valence_and_no_other_word_is_joined():
    joined = {word for words in VALENCE.values() for word in words.split() if "_" in word}
    assert joined == {*PHRASES, EASED, WORSENED}


def headline(score):
    return Headline(
        *("id", 0, "reuters", "https://a.b", "t", "", None, 0, "en", None, 0.0, (), Event.OTHER),
        tone=Tone(score, "keel-1"),
        weight=0.25,
    )


SCORES = st.floats(-1.0, 1.0)


@given(SCORES, st.floats(), st.floats(0.0, 1.0), st.floats(0.0, 0.25))
def test_nobody_leans_a_tone_by_more_than_the_bound(score, said, weight, bound):
    moved = leaned(headline(score), said, "m@1", weight, bound).tone
    assert abs(moved.score - score) <= bound + 1e-15
    assert -1.0 <= moved.score <= 1.0
    if not -1.0 <= said <= 1.0:
        assert moved == Tone(score, "keel-1")


@given(SCORES, SCORES, st.floats(0.0, 1.0))
def test_it_leans_towards_what_was_said_and_no_further(score, said, weight):
    moved = leaned(headline(score), said, "m@1", weight, 2.0).tone
    assert min(score, said) - 1e-12 <= moved.score <= max(score, said) + 1e-12
    assert moved.scorer == "keel-1+m@1"
