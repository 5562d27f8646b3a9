"""How good or bad a text is for what it is about: a general lexicon, and our own laid over its rules."""

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from models.news.words import BAD_THINGS, EASED, LESS, MORE, NOTHING, PHRASES, REACH, VALENCE, WORSENED
from models.types.news import LEXICONS, Headline, Tone

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_PHRASE = re.compile(rf"\b(?:{'|'.join(f'(?P<{name}>{form})' for name, form in PHRASES.items())})")
_BAD_THINGS, _LESS, _MORE = (frozenset(words.split()) for words in (BAD_THINGS, LESS, MORE))
_EDGES = ".,;:!?\"'()[]"


class Scorer(Protocol):
    """Whoever scores texts. The name has the version: another name, another score."""

    @property
    def name(self) -> str:
        """Of the scorer and its version, as a tone keeps it."""

    def tone(self, text: str) -> Tone:
        """Score of a text, -1..1; 0 where it says nothing."""


class Vader:
    """The general lexicon of Hutto and Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
    Media Text (ICWSM 2014), as its authors publish it (MIT).
    """

    name = LEXICONS["vader"]

    def tone(self, text: str) -> Tone:
        """The compound score."""
        return Tone(_compound(_general(), text), self.name)


class Keel:
    """The same rules over the words of models.news.words: what the market means by them.

    Phrases become one word each; of a bad thing (loss, costs) less is good and more is bad.
    """

    name = LEXICONS["keel"]

    def tone(self, text: str) -> Tone:
        """The compound score.

        >>> Keel().tone("Operating loss narrowed").score > 0 > Keel().tone("Operating profit fell").score
        True
        """
        return Tone(_compound(_ours(), _in_words(text)), self.name)


UNTRAINED: dict[str, Scorer] = {"vader": Vader(), "keel": Keel()}
"""By the names of LEXICONS."""


def leaned(headline: Headline, said: float, by: str, weight: float, bound: float) -> Headline:
    """The headline with its tone moved towards what somebody else said (-1..1), `weight` of the way (0..1) and never by
    more than `bound`; both stand in the scorer's name. What is no number moves nothing.
    """
    tone = headline.tone
    if not -1.0 <= said <= 1.0:
        return headline
    step = max(-bound, min(bound, weight * (said - tone.score)))
    score = max(-1.0, min(1.0, tone.score + step))
    return replace(headline, tone=Tone(score, f"{tone.scorer}+{by}"))


def _compound(engine: "SentimentIntensityAnalyzer", text: str) -> float:
    return float(engine.polarity_scores(text)["compound"])


def _in_words(text: str) -> str:
    """In lower case, because titles have capitals that mean nothing; phrases joined, bad things judged."""
    joined = _PHRASE.sub(lambda found: f"{found.lastgroup} ", text.lower())
    words = joined.split()
    bare = [word.strip(_EDGES) for word in words]
    for place, word in enumerate(bare):
        if word in _BAD_THINGS:
            change = _change_near(bare, place)
            if change is not None:
                words[change] = EASED if bare[change] in _LESS else WORSENED
                words[place] = "it"
    return " ".join(words)


def _change_near(words: list[str], place: int) -> int | None:
    """Where it is said that what stands at `place` became less or more: the nearest, within REACH words."""
    near = range(max(0, place - REACH), min(len(words), place + REACH + 1))
    changes = [one for one in near if words[one] in _LESS or words[one] in _MORE]
    return min(changes, key=lambda one: abs(one - place), default=None)


@cache
def _general() -> "SentimentIntensityAnalyzer":
    # Imported here: what leans tones, and a proof that names them, need no lexicon.
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@cache
def _ours() -> "SentimentIntensityAnalyzer":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    engine = SentimentIntensityAnalyzer()
    for word in NOTHING.split():
        engine.lexicon.pop(word, None)
    for valence, words in VALENCE.items():
        engine.lexicon |= dict.fromkeys(words.split(), valence)
    return engine
