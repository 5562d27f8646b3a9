"""What a headline is about: assets by names, tickers and cashtags; a word with another meaning only in context."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.types import BadInput
from models.types.news import Link

TOKEN = re.compile(r"\$?[^\W_]+(?:[.&][^\W_]+)*")
# Parts of relevance: where it stands, how early in the title, and whether it comes again.
IN_TITLE, IN_TEXT, EARLY, AGAIN = 0.6, 0.3, 0.3, 0.1
# The asset of a phrase in which an asset's name stands and means none.
NOTHING = ""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """One asset and how one speaks of it.

    Attributes:
        names: words in any case, one or several (`bitcoin`, `ethereum classic`).
        tickers: in capitals; with a $ before it in any case.
        ambiguous: those names and tickers that mean something else too (`Apple`, `LINK`): written just so, and only
            with one of `context` in the headline.
    """

    asset: str
    names: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spelling:
    asset: str
    words: Words
    exact: str
    context: frozenset[str] | None


@dataclass(slots=True)
class Entities:
    """All assets that are known; `nothing` are names in which one of theirs stands and means none (`Mercado Bitcoin`).

    Raises:
        BadInput: two assets have one spelling, or an ambiguous one has no context.
    """

    rows: tuple[Entity, ...]
    nothing: tuple[str, ...] = ()
    _spellings: dict[str, list[_Spelling]] = field(init=False, default_factory=dict)
    _cashtags: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for phrase in self.nothing:
            self._add(_Spelling(NOTHING, _words(phrase), "", None))
        for row in self.rows:
            self._add_all(row)
        for spellings in self._spellings.values():
            spellings.sort(key=lambda one: -len(one.words))
            owners: dict[tuple[Words, str], str] = {}
            for one in spellings:
                owner = owners.setdefault((one.words, one.exact), one.asset)
                if owner != one.asset:
                    both = f"{owner or 'nothing'} and {one.asset or 'nothing'}"
                    raise BadInput(f"{' '.join(one.words)!r} stands for {both}; leave it to one of them")

    def links(self, title: str, text: str = "") -> tuple[Link, ...]:
        """The assets of a headline, the most relevant first, then by name; of one asset the first word counts.

        Relevance, 0..1: IN_TITLE and up to EARLY more the nearer it is to the beginning, IN_TEXT where only the text
        has it, AGAIN more where it comes more than once; all divided by the root of the number of assets.
        """
        words = TOKEN.findall(title)
        more = TOKEN.findall(text)
        around = frozenset(one.lower() for one in words + more)
        found: dict[str, tuple[float, int, str]] = {}
        for place, asset, word in self._found(words, around, title.isupper()):
            early = IN_TITLE + EARLY * (1.0 - place / len(words))
            score, count, first = found.get(asset, (early, 0, word))
            found[asset] = (score, count + 1, first)
        for _, asset, word in self._found(more, around, text.isupper()):
            score, count, first = found.get(asset, (IN_TEXT, 0, word))
            found[asset] = (score, count + 1, first)
        crowd = math.sqrt(len(found))
        made = [
            Link(asset, round((score + AGAIN * (count > 1)) / crowd, 4), word)
            for asset, (score, count, word) in found.items()
        ]
        return tuple(sorted(made, key=lambda one: (-one.relevance, one.asset)))

    def _found(self, words: list[str], around: frozenset[str], shouted: bool) -> Iterable[tuple[int, str, str]]:
        """Place, asset and word of every mention; the longest spelling at a place holds, and none begins within it.

        Where all is `shouted` capitals make no word certain.
        """
        lower = [one.lower() for one in words]
        place = 0
        while place < len(words):
            step = 1
            if lower[place][0] == "$":
                tagged = self._cashtags.get(lower[place][1:])
                if tagged is not None:
                    yield place, tagged, words[place]
            else:
                for spelling in self._spellings.get(lower[place], ()):
                    if self._is(spelling, words, lower, place, around, shouted):
                        step = len(spelling.words)
                        if spelling.asset:
                            yield place, spelling.asset, " ".join(words[place : place + step])
                        break
            place += step

    @staticmethod
    def _is(
        spelling: _Spelling, words: list[str], lower: list[str], place: int, around: frozenset[str], shouted: bool
    ) -> bool:
        size = len(spelling.words)
        if size > 1 and tuple(lower[place : place + size]) != spelling.words:
            return False
        if spelling.exact and (
            (shouted and spelling.context is not None) or " ".join(words[place : place + size]) != spelling.exact
        ):
            return False
        return spelling.context is None or not spelling.context.isdisjoint(around)

    def _add_all(self, row: Entity) -> None:
        context = frozenset(one.lower() for one in row.context)
        if row.ambiguous and not context:
            raise BadInput(f"{row.asset} has ambiguous words and no context; say which words make them certain")
        for word in dict.fromkeys((*row.names, *row.tickers, *row.ambiguous)):
            unsure = word in row.ambiguous
            ticker = word in row.tickers
            # The word itself is no context of its own.
            others = context - set(_words(word)) if unsure else None
            self._add(_Spelling(row.asset, _words(word), word if unsure or ticker else "", others))
        for tag in (row.asset, *row.tickers):
            if self._cashtags.setdefault(tag.lower(), row.asset) != row.asset:
                raise BadInput(f"${tag} stands for {self._cashtags[tag.lower()]} and {row.asset}; keep one")

    def _add(self, spelling: _Spelling) -> None:
        self._spellings.setdefault(spelling.words[0], []).append(spelling)


def _words(phrase: str) -> Words:
    return tuple(one.lower() for one in TOKEN.findall(phrase))
