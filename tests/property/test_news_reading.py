"""Whatever arrives: the past is not changed by what comes later, and the lake's headlines make the same reader."""

from hypothesis import given
from hypothesis import strategies as st

from models.news.linking import Entities, Entity
from models.news.reading import DAY_MICROS, Reader, ReadingSettings
from models.types.news import Headline, Item, Tone

ENTITIES = Entities((Entity("BTC", ("bitcoin",), ("BTC",)), Entity("SOL", ("solana",), (), ("Sol",), ("token",))))
WORDS = ("Bitcoin", "Sol", "token", "falls", "rises", "5%", "15%", "hacked", "ETF", "Fed", "<b>", "&amp;", "\u200b")
TITLES = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
ITEMS = st.builds(
    Item,
    source=st.sampled_from(["coindesk", "reddit", "telegram"]),
    key=st.sampled_from("abc"),
    url=st.sampled_from(["", "https://a.com/1", "https://a.com/2?utm_source=x", "nonsense"]),
    title=TITLES,
    text=st.one_of(st.just(""), TITLES),
)
STEPS = st.sampled_from([0, 1, DAY_MICROS // 2, 2 * DAY_MICROS, 5 * DAY_MICROS])
KNOWN_DAYS = 4.0
ARRIVALS = st.lists(st.tuples(STEPS, ITEMS), max_size=14)


class _Lengths:
    name = "lengths"

    def tone(self, text: str) -> Tone:
        return Tone(len(text) / 500, self.name)


def _reader() -> Reader:
    settings = ReadingSettings(memory_days=2.0, most=4, known_days=KNOWN_DAYS)
    return Reader(ENTITIES, _Lengths(), {"coindesk": 0.15}, settings)


def _read(reader: Reader, arrivals: list[tuple[int, Item]], at: int = 10**15) -> tuple[list[Headline | None], int]:
    found = []
    for step, item in arrivals:
        at += step
        found.append(reader.read(item, at))
    return found, at


@given(ARRIVALS, st.integers(0, 14))
def test_what_is_said_of_the_first_does_not_depend_on_later_ones(arrivals: list[tuple[int, Item]], cut: int) -> None:
    assert _read(_reader(), arrivals)[0][:cut] == _read(_reader(), arrivals[:cut])[0]


@given(ARRIVALS, ARRIVALS)
def test_remembering_is_having_read(before: list[tuple[int, Item]], after: list[tuple[int, Item]]) -> None:
    reading, remembering = _reader(), _reader()
    headlines, at = _read(reading, before)
    remembering.remember([one for one in headlines if one is not None], at)
    assert _read(remembering, after, at) == _read(reading, after, at)


@given(ARRIVALS, ARRIVALS)
def test_what_is_older_than_the_known_days_need_not_be_remembered(
    before: list[tuple[int, Item]], after: list[tuple[int, Item]]
) -> None:
    reading, remembering = _reader(), _reader()
    headlines, at = _read(reading, before)
    now = at + (after[0][0] if after else 0)
    since = now - int(KNOWN_DAYS * DAY_MICROS)
    remembering.remember([one for one in headlines if one is not None and one.arrived >= since], now)
    assert _read(remembering, after, at) == _read(reading, after, at)


@given(ARRIVALS)
def test_every_headline_is_in_its_bounds(arrivals: list[tuple[int, Item]]) -> None:
    ids: set[str] = set()
    for headline in _read(_reader(), arrivals)[0]:
        if headline is not None:
            assert 0.0 <= headline.likeness <= 1.0
            assert headline.twin is None or (headline.twin in ids and headline.twin != headline.id)
            ids.add(headline.id)
