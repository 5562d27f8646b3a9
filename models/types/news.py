"""News: what a source said, and what was made of it when it arrived."""

from dataclasses import dataclass
from enum import StrEnum

SOURCES = ("reuters", "bloomberg", "coindesk", "cryptopanic", "twitter", "reddit", "telegram")
"""Where news comes from, in the order of their priority. Stored: never rename."""

LONGEST_TITLE, LONGEST_TEXT = 500, 2_000
"""Characters that are kept of a title and of what follows it."""


LEXICONS = {"vader": "vader-3.3", "keel": "keel-1"}
"""Scorers that need no training, by the name that settings have: their own name, which has the version."""


def scorer_name(setting: str) -> str:
    """The own name of the scorer that news.scorer names: a lexicon, or a version that was trained.

    >>> scorer_name("keel"), scorer_name("995432ffc7db")
    ('keel-1', 'trained-995432ffc7db')
    """
    return LEXICONS.get(setting, f"trained-{setting}")


class Event(StrEnum):
    """What a headline is about. Stored: never rename."""

    HACK = "hack"
    LISTING = "listing"
    REGULATION = "regulation"
    MACRO = "macro"
    ETF = "etf"
    EARNINGS = "earnings"
    OTHER = "other"


class Side(StrEnum):
    """What news makes one expect of a price."""

    LONG = "LONG"
    SHORT = "SHORT"
    VOLATILITY = "VOLATILITY"


@dataclass(frozen=True, slots=True)
class Item:
    """What a source gave, as it gave it; times are UTC microseconds.

    Attributes:
        key: the source's own name of it: the same text under the same key is the same item, another text a revision.
        published: when the source says that it was published, None where it does not say, or says nonsense.
    """

    source: str
    key: str
    url: str
    title: str
    text: str = ""
    published: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """That a headline is about an asset (BTC, AAPL), how much of it is (0..1), and which word of it says so."""

    asset: str
    relevance: float
    word: str


@dataclass(frozen=True, slots=True)
class Tone:
    """What a text says about what it is about: score -1..1 (bad, good), and by which version of which scorer."""

    score: float
    scorer: str


@dataclass(frozen=True, slots=True)
class Headline:
    """An item as it was read at its arrival. Nothing of it changes later: a source that changes its text gives another
    revision.

    Attributes:
        id: of all revisions of one item of one source.
        revision: 0 for the first text.
        title, text: plain text without markup, one line each.
        arrived: when we had it, UTC microseconds: nobody may use it earlier.
        language: ISO 639-1, `und` where nobody can say.
        twin: id of the earlier headline that says the same, None where there is none.
        likeness: 0..1, how much of it the likest headline of the last days had said already.
        novelty: 0..1, 1 - likeness; a revision has what it says anew.
        tone: -1..1.
        weight: 0..1, what the source's word counted at its arrival, of all sources together 1.
    """

    id: str
    revision: int
    source: str
    url: str
    title: str
    text: str
    published: int | None
    arrived: int
    language: str
    twin: str | None
    likeness: float
    links: tuple[Link, ...]
    event: Event
    tone: Tone
    weight: float

    @property
    def novelty(self) -> float:
        """What of it is new, 0..1."""
        return 1.0 - self.likeness


@dataclass(frozen=True, slots=True)
class Evidence:
    """A headline behind an opportunity, and its part of it, -1..1."""

    headline: str
    source: str
    title: str
    part: float


@dataclass(frozen=True, slots=True)
class Opportunity:
    """What the news about an asset makes one expect from `at` (UTC microseconds) on.

    Attributes:
        confidence: 0..1.
        move_bps: expected move over the horizon, basis points: signed for LONG and SHORT, its size for VOLATILITY;
            None where no bars say how far the asset usually moves.
        evidence: the weightiest first.
    """

    asset: str
    side: Side
    confidence: float
    move_bps: float | None
    horizon_minutes: int
    at: int
    evidence: tuple[Evidence, ...]
