"""The memory of headlines: what a text is known by, who is likest, and what is forgotten."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.likeness import ASSET, EXACT, LATEST, OTHERS, PRIOR, Memory, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Bitcoin Falls 5% to $41.2K", "bitcoin fall #5% #41200"),
        ("BTC drops 5 percent to 41,200", "bitcoin fall #5% #41200"),
        ("41200 41.2 k 41,200.00", "#41200"),
        ("1.5bn 1.5 billion 1,500 million", "#1500000000"),
        ("2 trillion and 2,000 bn and 2 mn", "#2e+12 #2000000"),
        ("5 pct 5 per cent", "#5%"),
        ("5% 5", "#5% #5"),
        ("On 4/18 and 18/4/2022", "#4/18 #18/4/2022"),
        ("1 kilo 1 month", "#1 kilo month"),
        ("It is what it is", ""),
        ("hacks hacked exploit", "hack"),
        ("approves greenlit bonds bond", "approve greenlit bond"),
        ("loss losses less", "loss less"),
        ("war wars gas", "war gas"),
        ("Zürich 交易所", "zürich 交易所"),
        ("", ""),
    ],
)
def test_what_a_text_is_known_by(text: str, tokens: str) -> None:
    assert " ".join(tokens_of(text)) == tokens


WORDS = st.sampled_from(["a1", "b", "c", "d", "e", "#1", "#2%", ASSET + "BTC", ASSET + "ETH"])
MARKS = st.lists(WORDS, max_size=6, unique=True).map(tuple)
DAYS = 10


def memory(*said: tuple[str, ...], most: int = 100) -> Memory:
    """Each under the number of its place, which is when it was said too."""
    made = Memory(window=DAYS, most=most)
    for number, marks in enumerate(said):
        made.add(str(number), marks, number)
    return made


def test_the_likest_by_hand() -> None:
    """One remembered: what it has weighs log(21 / 2), what it has not log(21)."""
    had, new = math.log((PRIOR + 1) / 2), math.log(PRIOR + 1)
    name, alike = memory(("a", "b")).likest(("a", "c"))
    assert name == "0"
    assert alike == pytest.approx(0.5 * (had / (had + new) + had / (2.0 * had)))
    assert memory(("a", "b")).share_of(("a", "c"), {"a"}) == pytest.approx(had / (had + new))


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [
        (("a", "b", "#5%"), ("a", "b", "#15%"), OTHERS),
        (("a", "b", "#5%"), ("a", "b"), 1.0),
        (("a", "b", "#5%"), ("a", "b", "#5%", "#15%"), 1.0),
        (("a", "b", ASSET + "BTC"), ("a", "b", ASSET + "ETH"), OTHERS),
        (("a", "b", ASSET + "BTC"), ("a", "b", ASSET + "BTC", ASSET + "ETH"), 1.0),
        (("a", "b", "#5%", ASSET + "BTC"), ("a", "b", "#6%", ASSET + "ETH"), OTHERS * OTHERS),
    ],
)
def test_another_figure_and_another_asset_are_another_story(
    first: tuple[str, ...], second: tuple[str, ...], factor: float
) -> None:
    remembered = memory(first)
    weights = {mark: math.log(21 / (1 + (mark in first))) * (mark[0] != ASSET) for mark in (*first, *second)}
    shared = sum(weights[mark] for mark in set(first) & set(second))
    mean = 0.5 * sum(shared / sum(weights[mark] for mark in side) for side in (first, second))
    assert remembered.alike(second, "0") == pytest.approx(factor * mean)
    assert remembered.likest(second)[1] == pytest.approx(factor * mean)


def test_the_rarer_word_says_more() -> None:
    remembered = memory(("often", "x"), ("often", "y"), ("often", "z"), ("rare", "w"))
    assert remembered.likest(("often", "rare"))[0] == "3"


def test_of_equals_the_later_one() -> None:
    assert memory(("a", "b"), ("c",), ("a", "b")).likest(("a", "b")) == ("2", 1.0)
    assert memory(("a", "b"), ("c",), ("a", "b")).likest(("c", "d"))[0] == "1"


def test_no_mark_no_likeness() -> None:
    for marks in ((), ("z",), (ASSET + "BTC",)):
        assert memory(("a", ASSET + "BTC"), ()).likest(marks) == (None, 0.0)
    assert memory(("a",)).share_of((), frozenset()) == 1.0


def test_the_latest_with_a_mark_are_looked_at_and_of_them_those_that_share_most() -> None:
    early = [("a", "b")] + [("a", f"x{n}") for n in range(LATEST)]
    found, alike = memory(*early).likest(("a", "b"))
    assert (found, alike) == ("0", 1.0), "the rarer one finds it"
    crowd = [("a", "b", "c")] + [("a", f"x{n}", f"y{n}") for n in range(LATEST + EXACT)]
    assert memory(*crowd).likest(("a", "b", "c")) == ("0", 1.0)
    hidden = [("a", "b")] + [("a", "b", f"x{n}") for n in range(LATEST)]
    found, alike = memory(*hidden).likest(("a", "b"))
    assert found != "0"
    assert alike < 1.0


def test_it_forgets_at_the_end_of_the_window_and_the_oldest_of_too_many() -> None:
    remembered = memory(("a",), ("b",), ("c",))
    assert remembered.expire(DAYS - 1) == ()
    assert remembered.expire(DAYS) == ("0",)
    assert remembered.likest(("a",)) == (None, 0.0)
    assert "0" not in remembered
    assert "1" in remembered
    full = memory(("a",), ("b",), ("c",), most=3)
    assert full.expire(2) == ("0",), "one more has room"
    assert full.expire(2) == ()


def test_what_is_said_again_under_a_name_replaces_it_and_is_the_latest() -> None:
    remembered = memory(("a",), ("b",))
    remembered.add("0", ("c",), 2)
    assert remembered.likest(("a",)) == (None, 0.0)
    assert remembered.likest(("c",)) == ("0", 1.0)
    assert remembered.expire(DAYS + 1) == ("1",)
    remembered.forget("nobody")


@given(st.lists(MARKS, max_size=8), MARKS)
def test_likeness_is_a_share_and_the_same_from_either_side(said: list[tuple[str, ...]], marks: tuple[str, ...]) -> None:
    remembered = memory(*said)
    name, alike = remembered.likest(marks)
    assert 0.0 <= alike <= 1.0
    assert (name is None) == (alike == 0.0)
    for number in range(len(said)):
        found = remembered.alike(marks, str(number))
        assert found <= alike + 1e-12, "nobody of so few is overlooked"
        remembered.add("other", marks, 10)
        assert remembered.alike(said[number], "other") == pytest.approx(remembered.alike(marks, str(number)))
        remembered.forget("other")


@given(st.lists(MARKS, max_size=8), MARKS)
def test_forgetting_leaves_no_trace(said: list[tuple[str, ...]], marks: tuple[str, ...]) -> None:
    remembered, never = memory(*said), memory(*said)
    remembered.add("other", marks, 10)
    remembered.forget("other")
    assert remembered == never


def test_a_rare_word_outvotes_two_frequent_ones() -> None:
    crowd = [("c1", "c2", f"x{n}") for n in range(14)] + [(f"y{n}",) for n in range(25)]
    assert memory(("rare",), *crowd).likest(("rare", "c1", "c2"))[0] == "0"
