"""What is said of an item when it arrives: new or known, a twin or not, how new, how good, and what is forgotten."""

import math

import pytest

from models.news.linking import Entities, Entity
from models.news.reading import CLOCKS_DIFFER, DAY_MICROS, FROM_TEXT, OLDEST_PUBLISHED, Reader, ReadingSettings
from models.types import BadInput
from models.types.news import LONGEST_TEXT, LONGEST_TITLE, Event, Headline, Item, Tone

ENTITIES = Entities((Entity("BTC", ("bitcoin",), ("BTC",)), Entity("ETH", ("ether",), ("ETH",))))
NOW = 1_640_995_200_000_000
HACKED = "Bitcoin exchange hacked, thieves take 5% of its coins"
URL = "https://news.example/hacked"


class Fixed:
    """Says of every text what it was told to."""

    name = "fixed-1"

    def __init__(self, score: float = 0.5) -> None:
        self.score = score
        self.asked: list[str] = []

    def tone(self, text: str) -> Tone:
        self.asked.append(text)
        return Tone(self.score, self.name)


def reader(score: float = 0.5, **settings: float) -> Reader:
    made = ReadingSettings(**settings)  # type: ignore[arg-type]
    return Reader(ENTITIES, Fixed(score), {"reuters": 0.25, "reddit": 0.1}, made)


def item(
    source: str, key: str, title: str = HACKED, url: str = "", text: str = "", published: int | None = None
) -> Item:
    return Item(source, key, url, title, text, published)


def read(one: Reader, given: Item, at: int = NOW) -> Headline:
    found = one.read(given, at)
    assert found is not None
    return found


def test_an_item_becomes_a_headline() -> None:
    found = read(
        reader(),
        item("reuters", "1", "<b>Bitcoin</b> exchange hacked", "https://N.example/1?utm_source=x", "&lt;p&gt;Ha"),
    )
    assert (found.title, found.text, found.url) == ("Bitcoin exchange hacked", "Ha", "https://n.example/1")
    assert (found.revision, found.twin, found.likeness, found.novelty) == (0, None, 0.0, 1.0)
    assert (found.arrived, found.published, found.language) == (NOW, None, "en")
    assert [link.asset for link in found.links] == ["BTC"]
    assert (found.event, found.tone, found.weight) == (Event.HACK, Tone(0.5, "fixed-1"), 0.25)


def test_who_is_not_configured_counts_nothing() -> None:
    assert read(reader(), item("nobody", "1")).weight == 0.0


@pytest.mark.parametrize(
    ("title", "text", "made"),
    [
        ("", "What a post says " + "x" * 200, ("What a post says " + "x" * 200)[:FROM_TEXT]),
        ("<i></i>\u200b", "What a post says", "What a post says"),
        ("T" * 2 * LONGEST_TITLE, "", "T" * LONGEST_TITLE),
        ("", "", None),
        ("<script>alert(1)</script>", " \n", None),
    ],
)
def test_titles(title: str, text: str, made: str | None) -> None:
    found = reader().read(item("reuters", "1", title, text=text), NOW)
    assert (None if found is None else found.title) == made


def test_no_text_is_longer_than_is_kept() -> None:
    assert len(read(reader(), item("reuters", "1", text="x" * 9_000)).text) == LONGEST_TEXT


def test_the_same_text_under_the_same_key_is_known_and_another_text_is_a_revision() -> None:
    one = reader()
    first = read(one, item("reuters", "1", text="Ten coins."))
    assert one.read(item("reuters", "1", f"<p>{HACKED}</p>", text="Ten&nbsp;coins."), NOW + 1) is None
    second = read(one, item("reuters", "1", text="Twelve coins."), NOW + 2)
    assert (second.id, second.revision, second.arrived) == (first.id, 1, NOW + 2)
    assert one.read(item("reuters", "1", text="Twelve coins."), NOW + 3) is None
    assert read(one, item("reuters", "1", text="Ten coins."), NOW + 4).revision == 2
    assert read(one, item("reddit", "1"), NOW + 5).revision == 0, "another source's key is another key"


def test_a_revision_is_as_new_as_what_it_adds() -> None:
    one = reader()
    read(one, item("reuters", "1", "Fed raises rates by a quarter"))
    comma = read(one, item("reuters", "1", "Fed raises rates, by a quarter"), NOW + 1)
    assert comma.likeness == 1.0
    more = read(one, item("reuters", "1", "Fed raises rates by a quarter, dollar slumps"), NOW + 2)
    assert more.novelty == pytest.approx(2 / 6), "two words of six are new"
    other = read(one, item("reuters", "1", "Tesla recalls every car"), NOW + 3)
    assert (other.novelty, other.twin) == (1.0, None)


def test_a_revision_that_adds_only_to_its_text_is_as_new_as_that() -> None:
    one = reader()
    read(one, item("reuters", "1", text="Ten coins are gone."))
    longer = read(one, item("reuters", "1", text="Ten coins are gone. Police arrested somebody yesterday."), NOW + 1)
    assert 0.3 < longer.novelty < 1.0
    shorter = read(one, item("reuters", "1", text="Police arrested somebody."), NOW + 2)
    assert shorter.novelty == 0.0, "the text before it had said all that"


@pytest.mark.parametrize(
    ("title", "url", "twin", "likeness"),
    [
        (HACKED, "", True, 1.0),
        (HACKED.upper(), "", True, 1.0),
        ("Tesla recalls every car", URL + "?utm_source=x#top", True, 1.0),
        ("Tesla recalls every car", URL + "/other", False, 0.0),
        ("Exchange for bitcoin is hacked: thieves take 5% of coins", "", True, 1.0),
        ("Thieves hack exchange for bitcoin and take some coins", "", True, None),
        ("Bitcoin exchange hacked, thieves take 15% of its coins", "", False, None),
        ("Ether exchange hacked, thieves take 5% of its coins", "", False, None),
    ],
)
def test_who_says_what_another_source_said_is_its_twin(
    title: str, url: str, twin: bool, likeness: float | None
) -> None:
    one = reader()
    first = read(one, item("reuters", "1", url=URL))
    found = read(one, item("reddit", "1", title, url), NOW + 1)
    assert found.twin == (first.id if twin else None)
    if likeness is None:
        assert 0.3 < found.likeness < 1.0
    else:
        assert found.likeness == likeness


def test_no_site_and_no_page_of_its_own_makes_a_twin() -> None:
    one = reader()
    read(one, item("reuters", "1", url="https://news.example/"))
    assert read(one, item("reddit", "1", "Tesla recalls every car", "https://news.example")).twin is None
    read(one, item("reuters", "2", "Fed raises rates", URL))
    live = read(one, item("reuters", "3", "Dollar slumps against yen", URL))
    assert (live.twin, live.likeness) == (None, 0.0), "one page of one source tells several stories"


def test_the_twin_is_the_first_that_told_it() -> None:
    one = reader()
    first = read(one, item("reuters", "1"))
    told = [
        read(one, item("reddit", str(n), f"{HACKED}, {word}"), NOW + n).twin
        for n, word in enumerate(["says police", "says court", "says paper", "says owner"], 1)
    ]
    assert set(told) == {first.id}


def test_who_was_copied_is_no_twin_when_it_corrects_a_comma() -> None:
    one = reader()
    first = read(one, item("reuters", "1", url=URL))
    copy = read(one, item("reddit", "1", url=URL), NOW + 1)
    assert copy.twin == first.id
    comma = read(one, item("reuters", "1", HACKED.replace(",", ";"), URL), NOW + 2)
    assert (comma.revision, comma.twin) == (1, None)
    assert read(one, item("reddit", "2", text="more of it"), NOW + 3).twin == first.id


def test_what_a_source_says_again_under_another_key_is_nothing_new() -> None:
    one = reader()
    read(one, item("reuters", "1", text="more"))
    assert one.read(item("reuters", "2", text="more"), NOW + 1) is None
    assert read(one, item("reddit", "2", text="more"), NOW + 2).revision == 0
    assert read(one, item("reuters", "3", text="even more"), NOW + 3).revision == 0


def test_who_has_its_address_had_not_what_a_revision_says() -> None:
    one = reader()
    read(one, item("reuters", "1", url=URL))
    read(one, item("reddit", "1", url=URL), NOW + 1)
    turned = read(one, item("reuters", "1", "Tesla recalls every car", URL), NOW + 2)
    assert (turned.twin, turned.novelty) == (None, 1.0)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (0, 0),
        (-OLDEST_PUBLISHED, -OLDEST_PUBLISHED),
        (-OLDEST_PUBLISHED - 1, None),
        (CLOCKS_DIFFER, CLOCKS_DIFFER),
        (CLOCKS_DIFFER + 1, None),
        (10**15, None),
    ],
)
def test_a_time_of_publication_that_cannot_be_is_none(said: int, kept: int | None) -> None:
    found = read(reader(), item("reuters", "1", published=NOW + said))
    assert found.published == (None if kept is None else NOW + kept)


def test_what_says_itself_that_it_is_older_than_what_is_known_is_no_news() -> None:
    one, days = reader(known_days=40.0), 40 * DAY_MICROS
    assert one.read(item("reuters", "1", published=NOW - days - 1), NOW) is None
    assert one.read(item("reuters", "2", published=-(10**17)), NOW) is None
    assert read(one, item("reuters", "1", published=NOW - days)).published is None
    assert read(one, item("reuters", "3", "Fed raises rates")).twin is None


@pytest.mark.parametrize(
    ("score", "kept"), [(7.0, 1.0), (-7.0, -1.0), (0.25, 0.25), (math.nan, 0.0), (math.inf, 0.0), (-math.inf, 0.0)]
)
def test_no_scorer_says_more_than_one(score: float, kept: float) -> None:
    assert read(reader(score), item("reuters", "1")).tone == Tone(kept, "fixed-1")


@pytest.mark.parametrize(
    ("title", "language", "score"),
    [
        ("Bitcoin exchange hacked, says the police", "en", 0.5),
        ("Die Börse ist gehackt worden, sagt die Polizei, und nicht nur eine", "de", 0.0),
        ("交易所被黑客攻击", "zh", 0.0),
        ("BTC 41,200", "und", 0.5),
    ],
)
def test_a_tone_is_heard_in_languages_that_the_scorer_reads(title: str, language: str, score: float) -> None:
    found = read(reader(), item("reuters", "1", title))
    assert (found.language, found.tone) == (language, Tone(score, "fixed-1"))


def test_after_the_memory_it_is_told_anew_and_after_the_known_days_it_is_another() -> None:
    one = reader(memory_days=2.0, known_days=4.0)
    read(one, item("reuters", "1", url=URL))
    assert read(one, item("reddit", "1"), NOW + 2 * DAY_MICROS - 1).twin is not None
    late = read(one, item("reddit", "2", "Fed raises rates", URL), NOW + 2 * DAY_MICROS)
    assert (late.twin, late.likeness) == (None, 0.0), "whose address it was is forgotten"
    assert one.read(item("reuters", "1"), NOW + 4 * DAY_MICROS - 1) is None
    again = read(one, item("reuters", "1"), NOW + 4 * DAY_MICROS)
    assert again.revision == 0


def test_a_title_is_known_while_any_that_has_it_is_remembered() -> None:
    """Words without meaning, so that no likeness finds them."""
    one = reader(memory_days=2.0)
    first = read(one, item("reuters", "1", "What will it be?"))
    read(one, item("reddit", "1", "What will it be?"), NOW + DAY_MICROS)
    third = read(one, item("telegram", "1", "What will it be?"), NOW + 2 * DAY_MICROS)
    assert (third.twin, third.likeness) == (first.id, 1.0)


def test_no_more_than_so_many_are_remembered() -> None:
    one = reader(most=2)
    read(one, item("reuters", "1", url=URL))
    read(one, item("reuters", "2", "Fed raises rates"), NOW + 1)
    assert read(one, item("reddit", "1", "Fed raises rates"), NOW + 2).likeness == 1.0
    assert read(one, item("reddit", "2"), NOW + 3).twin is None
    assert one.read(item("reuters", "1", url=URL), NOW + 4) is None, "its key is known all the same"


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory_days": 0.0},
        {"memory_days": 61.0},
        {"memory_days": math.nan},
        {"known_days": math.inf},
        {"most": 0},
        {"twin": 0.0},
        {"twin": 1.01},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="allowed is 0 < memory_days <= known_days"):
        ReadingSettings(**wrong)  # type: ignore[arg-type]


def test_what_follows_a_title_says_what_it_is_about_and_no_tone() -> None:
    one, text = (
        reader(),
        "Bitcoin worth millions was stolen: thieves exploited a flaw, hacked accounts and drained them.",
    )
    found = read(one, item("reuters", "1", "Exchange halts", text=text))
    assert ([link.asset for link in found.links], found.event) == (["BTC"], Event.HACK)
    assert one.scorer.asked == ["Exchange halts"]  # type: ignore[attr-defined]


def test_assets_that_only_the_text_names_part_no_twins() -> None:
    one = reader()
    first = read(one, item("reuters", "1", "Exchange hacked, thieves take coins", text="It held bitcoin."))
    assert read(one, item("reddit", "1", "Exchange hacked: thieves take its coins", text="Ether.")).twin == first.id
