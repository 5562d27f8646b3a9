"""Opportunities: what is said, what is not, and that more of the same never says less."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_news import START, headline

from models.news.opportunities import STIRRING, OpportunitySettings, opportunities_of
from models.types.news import SOURCES, Event, Headline, Link, Opportunity, Side, Tone
from models.types.timeframes import DAY, HOUR

SETTINGS = OpportunitySettings(
    window=2 * DAY, decay=12 * HOUR, horizon=DAY, full=0.1, least_agreement=0.6, least_confidence=1e-9, evidence=5
)
AT = START + 6 * HOUR
MOVE = 200.0


def said(headlines: list[Headline], at: int = AT, **changes: object) -> dict[Side, Opportunity]:
    found = opportunities_of(headlines, at, replace(SETTINGS, **changes), {"BTC": MOVE})  # type: ignore[arg-type]
    return {one.side: one for one in found if one.asset == "BTC"}


def confidence(headlines: list[Headline], side: Side, at: int = AT) -> float:
    found = said(headlines, at)
    return found[side].confidence if side in found else 0.0


GOOD = [headline(0, source="reuters", score=0.8), headline(1, source="coindesk", score=0.6, weight=0.15)]


@pytest.mark.parametrize(
    ("headlines", "sides"),
    [
        ([], set()),
        (GOOD, {Side.LONG}),
        ([replace(one, tone=Tone(-one.tone.score, "made")) for one in GOOD], {Side.SHORT}),
        ([headline(0, score=0.0)], set()),
        ([headline(0, score=0.0, event=Event.MACRO)], {Side.VOLATILITY}),
        ([headline(0, score=-0.9, event=Event.HACK)], {Side.SHORT, Side.VOLATILITY}),
        ([headline(0, score=0.5, event=Event.EARNINGS)], {Side.LONG}),
        ([headline(0, score=0.8), headline(1, source="coindesk", score=-0.8)], {Side.VOLATILITY}),
        ([headline(0, score=0.8, assets=("ETH",))], set()),
        ([headline(0, score=0.8, likeness=1.0)], set()),
        ([headline(0, score=0.8, twin="a" * 16)], set()),
        ([headline(0, arrived=AT + 1)], set()),
        ([headline(0, arrived=AT - SETTINGS.window)], set()),
    ],
)
def test_what_is_said(headlines: list[Headline], sides: set[Side]) -> None:
    found = said(headlines)
    assert set(found) == sides


def test_the_move_is_signed_for_a_side_and_a_size_for_volatility_and_unknown_without_bars() -> None:
    bad = [headline(0, score=-0.9, event=Event.HACK)]
    found = said(bad)
    assert found[Side.SHORT].move_bps == pytest.approx(-MOVE * found[Side.SHORT].confidence)
    assert found[Side.VOLATILITY].move_bps == pytest.approx(MOVE * (1.0 + found[Side.VOLATILITY].confidence))
    assert {one.move_bps for one in opportunities_of(bad, AT, SETTINGS, {})} == {None}
    assert {one.horizon_minutes for one in found.values()} == {1440}


def test_by_hand() -> None:
    """One headline: weight 0.25, relevance 0.5, half old news, 12 hours old, tone 0.8: a support of 0.05 / e."""
    one = headline(0, arrived=AT - 12 * HOUR, links=(Link("BTC", 0.5, "bitcoin"),), likeness=0.5, score=0.8)
    found = said([one])[Side.LONG]
    assert found.evidence[0].part == pytest.approx(0.05 / 2.718281828459045)
    assert found.confidence == pytest.approx((1.0 - 2.718281828459045 ** (-0.05 / 2.718281828459045 / 0.1)) / 2.0)


def test_one_source_alone_is_believed_by_half_however_often_it_says_it() -> None:
    flood = [headline(n, source="telegram", weight=0.05, score=1.0) for n in range(300)]
    (found,) = said(flood).values()
    assert sum(abs(one.part) for one in found.evidence) <= 0.05
    assert found.confidence <= (1.0 - 2.718281828459045 ** (-0.05 / 0.1)) / 2.0 + 1e-12
    three = [headline(n, source=SOURCES[n % 3], weight=0.2, score=1.0) for n in range(3)]
    assert said(three)[Side.LONG].confidence > 3.0 * found.confidence


def test_the_evidence_is_the_weightiest_first_and_no_more_than_asked_for() -> None:
    many = [headline(n, source=SOURCES[n % 7], weight=0.1, score=0.1 + n / 10.0) for n in range(8)]
    found = said(many)[Side.LONG]
    parts = [one.part for one in found.evidence]
    assert len(parts) == 5
    assert parts == sorted(parts, reverse=True)


def test_a_corrected_comma_takes_nothing_away_and_a_turn_is_heard() -> None:
    first = headline(0, score=0.8)
    comma = replace(headline(5, score=0.8, likeness=0.98), id=first.id, revision=1)
    assert said([first, comma])[Side.LONG].confidence == pytest.approx(said([first])[Side.LONG].confidence)
    turn = replace(headline(5, score=-0.8, likeness=0.6), id=first.id, revision=1)
    assert set(said([first, turn])) == {Side.SHORT}
    assert said([first, turn], at=turn.arrived - 1) == said([first], at=turn.arrived - 1)


tones = st.floats(-1.0, 1.0)
lines = st.builds(
    lambda number, source, weight, tone, relevance, likeness, event, own: headline(
        number,
        source=source,
        weight=weight,
        score=tone,
        links=(Link("BTC", relevance, "bitcoin"),),
        likeness=likeness,
        event=event,
        twin=None if own else "a" * 16,
    ),
    st.integers(0, 300),
    st.sampled_from(SOURCES),
    st.sampled_from([0.05, 0.1, 0.25]),
    tones,
    st.floats(0.01, 1.0),
    st.floats(0.0, 1.0),
    st.sampled_from(Event),
    st.booleans(),
)
piles = st.lists(lines, max_size=12, unique_by=lambda one: one.id)


@given(piles)
def test_confidence_and_parts_are_bounded_and_nothing_depends_on_the_order(pile: list[Headline]) -> None:
    found = opportunities_of(pile, AT, SETTINGS, {"BTC": MOVE})
    assert all(0.0 <= one.confidence < 1.0 for one in found)
    assert all(-1.0 <= piece.part <= 1.0 for one in found for piece in one.evidence)
    again = opportunities_of(pile[::-1], AT, SETTINGS, {"BTC": MOVE})
    assert [(one.side, pytest.approx(one.confidence)) for one in again] == [(one.side, one.confidence) for one in found]


@given(piles, piles)
def test_what_arrives_later_changes_nothing(before: list[Headline], after: list[Headline]) -> None:
    later = [replace(one, arrived=AT + 1 + one.arrived - START, id=f"later {one.id}") for one in after]
    assert said(before + later) == said(before)


@given(piles, st.floats(0.05, 1.0))
def test_another_source_that_says_the_same_never_takes_confidence(pile: list[Headline], tone: float) -> None:
    for side, sign in ((Side.LONG, 1.0), (Side.SHORT, -1.0)):
        before = said(pile)
        if side in before:
            more = headline(299, id="new", source="another", weight=0.1, score=sign * tone)
            assert confidence([*pile, more], side) >= before[side].confidence - 1e-12


@given(piles, st.floats(0.0, 1.0))
def test_a_clearer_tone_never_takes_confidence_from_its_side(pile: list[Headline], louder: float) -> None:
    for side, sign in ((Side.LONG, 1.0), (Side.SHORT, -1.0)):
        before = said(pile)
        if side in before:
            changed = [
                replace(one, tone=Tone(sign * max(abs(one.tone.score), louder), "made"))
                if one.tone.score * sign > 0.0
                else one
                for one in pile
            ]
            assert confidence(changed, side) >= before[side].confidence - 1e-12


@given(piles, st.integers(0, 24))
def test_confidence_only_falls_while_nothing_new_comes(pile: list[Headline], hours: int) -> None:
    early = [one for one in pile if one.arrived <= AT]
    for side in (Side.LONG, Side.SHORT):
        if side in said(early):
            assert confidence(early, side, AT + hours * HOUR) <= confidence(early, side) + 1e-9


@given(piles, st.sampled_from(sorted(STIRRING)))
def test_an_event_from_another_source_never_takes_from_volatility(pile: list[Headline], event: Event) -> None:
    more = headline(299, id="new", source="another", weight=0.1, score=0.0, event=event)
    assert confidence([*pile, more], Side.VOLATILITY) >= confidence(pile, Side.VOLATILITY) - 1e-12


def test_old_news_heard_late_is_old_and_nobody_gains_by_dating_it_ahead() -> None:
    now = headline(0, arrived=AT, score=0.8)
    assert said([replace(now, published=AT - 12 * HOUR)])[Side.LONG].evidence[0].part == pytest.approx(
        said([replace(now, arrived=AT - 12 * HOUR)])[Side.LONG].evidence[0].part
    )
    early = replace(now, arrived=AT - 12 * HOUR)
    assert said([replace(early, published=AT)]) == said([early])


def test_a_voice_against_it_is_no_voice_for_it() -> None:
    for_it, against = headline(0, score=0.8, arrived=AT), headline(1, source="coindesk", score=-0.4, arrived=AT)
    found = said([for_it, replace(against, weight=0.05)])[Side.LONG]
    support, loudness = 0.25 * 0.8 - 0.05 * 0.4, 0.25 * 0.8 + 0.05 * 0.4
    assert found.confidence == pytest.approx((1.0 - 2.718281828459045 ** (-support / 0.1)) * support / loudness / 2.0)


def test_a_revision_counts_what_its_source_counts_when_it_comes() -> None:
    for before, then in ((0.25, 0.05), (0.05, 0.25)):
        first = headline(0, score=0.8, weight=before, arrived=AT)
        revised = replace(first, revision=1, likeness=0.5, weight=then)
        assert said([first, revised])[Side.LONG].evidence[0].part == pytest.approx(then * 0.8)


def test_who_says_neither_is_no_evidence() -> None:
    found = said([*GOOD, headline(2, source="reddit", score=0.0)])[Side.LONG]
    assert [one.source for one in found.evidence] == ["reuters", "coindesk"]


def test_a_revision_may_take_back_what_it_is_about() -> None:
    first = headline(0, score=0.8, arrived=AT)
    assert said([first, replace(first, revision=1, likeness=0.5, links=())]) == {}
