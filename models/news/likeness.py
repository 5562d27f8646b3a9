"""What was said before: the likest headline of the last days, by its rare words and its figures."""

import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nlargest
from itertools import islice

# A date such as 4/18 is one figure.
WORD = re.compile(
    r"(?P<date>\d+(?:/\d+)+)"
    r"|(?P<number>\d[\d,]*(?:\.\d+)?)(?:\s?(?P<unit>%|(?:percent|pct|per cent|k|m|mn|b|bn|thousand|million|billion"
    r"|trillion)\b))?"
    r"|(?P<word>[^\W\d_]+)"
)
UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
UNITS["trillion"] = 1e12
# Words that say nothing of what happened.
EMPTY = (
    "a an and are as at be been but by can could did do does for from had has have here how i if in into is it its just"
    " may more most new news no not now of off on or our out over per report reportedly reports s says said so t than"
    " that the their them then there these they this those to up us usd via was we were what when where which while who"
    " why will with would you your after amid before about against say"
)
SUFFIXES = ("ing", "ies", "ied", "es", "ed", "s", "e")
# Words of one meaning in headlines; the first stands for all of them.
SYNONYMS = (
    "bitcoin btc",
    "ethereum eth ether",
    "solana sol",
    "ripple xrp",
    "dogecoin doge",
    "cardano ada",
    "crypto cryptocurrency",
    "reject rejects denies deny refuses declines",
    "approve approves greenlights",
    "acquire acquires buys bought purchases",
    "launch launches unveils introduces debuts releases rolls",
    "hack hacks exploits attack",
    "sue sues lawsuit sued",
    "fall falls drops plunges dips slumps slides sinks tumbles crashes falling",
    "donation donates",
    "rise rises jumps surges rallies soars climbs gains spikes rising",
)
FIGURE, ASSET = "#", "$"
# Each with a figure of its own ("falls 5 %", "falls 15 %"), or an asset: alike, and not the same.
OTHERS = 0.4
RAREST, LATEST, EXACT = 6, 32, 6
# Headlines that are thought of beside the remembered ones, so that the first words are not all equally rare.
PRIOR = 20.0


def tokens_of(text: str) -> tuple[str, ...]:
    """The words and figures of a canonical text that carry meaning, each once, in its order: small letters, stems,
    words of one meaning as one, figures as numbers (`$41.2K` and `41,200` are `#41200`), per cent apart.

    >>> tokens_of("Bitcoin Falls 5% to $41.2K")
    ('bitcoin', 'fall', '#5%', '#41200')
    """
    return tuple(dict.fromkeys(filter(None, map(_token, WORD.finditer(text.lower())))))


def _token(found: re.Match[str]) -> str:
    if found["date"] is not None:
        return FIGURE + found["date"]
    if found["number"] is None:
        return _stem(found["word"])
    digits, unit = found["number"].replace(",", ""), found["unit"]
    if unit in ("%", "percent", "pct", "per cent"):
        return f"{FIGURE}{float(digits):g}%"
    return f"{FIGURE}{float(digits) * UNITS.get(unit, 1.0):.10g}"


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """The meaning of a word of small letters, as well as its ending shows it; "" where it has none."""
    stem = _cut(word)
    return "" if word in _EMPTY else _MEANING.get(stem, stem)


def _cut(word: str) -> str:
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return word.removesuffix(suffix)
    return word


_EMPTY = frozenset(EMPTY.split())
_MEANING = {_cut(word): group.partition(" ")[0] for group in SYNONYMS for word in group.split()}


@dataclass(slots=True)
class Memory:
    """Headlines of the last `window` microseconds, and at most `most` of them: the oldest is forgotten first.

    A headline is known by its `marks`: its tokens, and its assets with ASSET before each.
    """

    window: int
    most: int
    _said: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    _by_mark: dict[str, dict[str, None]] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self._said

    def likest(self, marks: tuple[str, ...]) -> tuple[str | None, float]:
        """Who of the remembered is likest, and how much of `marks` it said, 0..1; of equals the later one.

        Looked at are the LATEST headlines with each of the RAREST marks, and of those the EXACT ones with the most of
        them: what is asked for does not grow with what is remembered.
        """
        weights = self._weights(marks)
        votes: dict[str, float] = {}
        for mark in sorted(weights, key=lambda one: (-weights[one], one))[:RAREST]:
            weight = weights[mark]
            for name in islice(reversed(self._by_mark.get(mark, {})), LATEST):
                votes[name] = votes.get(name, 0.0) + weight
        found: tuple[str | None, float] = (None, 0.0)
        for name in nlargest(EXACT, votes, key=votes.__getitem__):
            alike = self._alike(weights, self._said[name][1])
            if alike > found[1]:
                found = (name, alike)
        return found

    def alike(self, marks: tuple[str, ...], name: str) -> float:
        """How like `marks` and what is remembered under `name` are, 0..1.

        The mean of the shares that what both say has of either, by weight (overlap and containment); OTHERS of it
        where each has a figure, or an asset, that the other one has not.
        """
        return self._alike(self._weights(marks), self._said[name][1])

    def share_of(self, marks: tuple[str, ...], said: Container[str]) -> float:
        """How much of `marks`, by weight, is among `said`, 0..1; 1 where there are none."""
        weights = self._weights(marks)
        every = sum(weights.values())
        return sum(weight for mark, weight in weights.items() if mark in said) / every if every > 0.0 else 1.0

    def add(self, name: str, marks: tuple[str, ...], at: int) -> None:
        """Remember `marks` under `name` as the latest, instead of what was remembered under it."""
        self.forget(name)
        self._said[name] = (at, marks)
        for mark in marks:
            self._by_mark.setdefault(mark, {})[name] = None

    def expire(self, at: int) -> tuple[str, ...]:
        """Forget what is as old as the window at `at`, and so many that one more has room; gives their names."""
        gone: list[str] = []
        for name, (said, _) in self._said.items():
            if said > at - self.window and len(self._said) - len(gone) < self.most:
                break
            gone.append(name)
        for name in gone:
            self.forget(name)
        return tuple(gone)

    def forget(self, name: str) -> None:
        """Forget one, if it is remembered."""
        for mark in self._said.pop(name, (0, ()))[1]:
            having = self._by_mark[mark]
            del having[name]
            if not having:
                del self._by_mark[mark]

    def _alike(self, weights: Mapping[str, float], others: tuple[str, ...]) -> float:
        theirs = self._weights(others)
        shared = sum(weight for mark, weight in weights.items() if mark in theirs)
        if shared <= 0.0:
            return 0.0
        alike = 0.5 * (shared / sum(weights.values()) + shared / sum(theirs.values()))
        for kind in (FIGURE, ASSET):
            if _has_own(kind, weights, theirs) and _has_own(kind, theirs, weights):
                alike *= OTHERS
        return min(alike, 1.0)

    def _weights(self, marks: tuple[str, ...]) -> dict[str, float]:
        """The rarer the more: log((PRIOR + all) / (1 + those with it)), as Sparck Jones (1972) has it, with a prior.

        An asset weighs nothing: the words that name it do.
        """
        every, known = PRIOR + len(self._said), self._by_mark
        return {mark: 0.0 if mark[0] == ASSET else math.log(every / (1 + len(known.get(mark, ())))) for mark in marks}


def _has_own(kind: str, marks: Iterable[str], others: Container[str]) -> bool:
    return any(mark[0] == kind and mark not in others for mark in marks)
