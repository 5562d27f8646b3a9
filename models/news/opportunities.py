"""What the news of the last hours makes one expect of each asset.

A headline i about an asset has a mass and a part:

    mass_i = weight * relevance * novelty * exp(-age / decay),    part_i = mass_i * tone

`weight` is that of its source at its arrival; `age` counts from the arrival, or from an earlier publication: who hears
of old news late is told nothing new, and nobody gains by dating his words ahead. A source whose masses add up to more
than its weight is scaled down to it: whoever repeats himself, or floods, is not louder than he counts. Of the revisions
of a headline the newest is heard, with the novelty and the age of the one that said most anew: a corrected comma takes
nothing away. Then

    support    S = sum of parts                         loudness   L = sum of |parts|
    agreement  A = |S| / L                              voices     n = sources with a headline of its own on S's side
    confidence   = (1 - exp(-|S| / full)) * A * n / (n + 1)

Each factor has its reason: more said is more believed, ever more slowly; voices against it take from it; and one source
alone is believed by half, however loud. A twin (what another one said before) is no voice of its own. LONG or SHORT is
said by the sign of S where A is high enough. VOLATILITY is said where something happened that moves prices without
saying where to, or where the voices disagree:

    stir       W = (sum of the masses of events in STIRRING) + (L - |S|),    n = sources with a headline of its own
    confidence   = (1 - exp(-W / full)) * n / (n + 1)

The expected move is the mean absolute move that the asset usually makes over the horizon, times the confidence, with
the sign of S; for VOLATILITY times (1 + confidence). These are conventions, not measurements: what the news is worth in
money is for the alpha's calibration and the ablation to say.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.types.news import Event, Evidence, Headline, Opportunity, Side

STIRRING = frozenset({Event.HACK, Event.LISTING, Event.REGULATION, Event.MACRO, Event.ETF})
"""Events after which prices move, to either side."""


@dataclass(frozen=True, slots=True)
class OpportunitySettings:
    """How news becomes an opportunity; times in microseconds.

    Attributes:
        window: how far back headlines are heard.
        decay: after which age a headline counts 1/e.
        horizon: for how long the expectation holds.
        full: support at which a first factor of 1 - 1/e is reached, in the unit of the weights.
        least_agreement, least_confidence: below them nothing is said.
        evidence: how many headlines are named.
    """

    window: int
    decay: int
    horizon: int
    full: float
    least_agreement: float
    least_confidence: float
    evidence: int


@dataclass(frozen=True, slots=True)
class _Voice:
    """A headline about one asset, with its mass; `tone` of its newest revision."""

    headline: Headline
    mass: float

    @property
    def part(self) -> float:
        return self.mass * self.headline.tone.score

    @property
    def stir(self) -> float:
        return self.mass if self.headline.event in STIRRING else 0.0


def opportunities_of(
    headlines: Iterable[Headline], at: int, settings: OpportunitySettings, moves_bps: Mapping[str, float | None]
) -> tuple[Opportunity, ...]:
    """Every opportunity at `at` (UTC microseconds), the most confident first; what arrived later is not looked at.

    `moves_bps`: mean absolute move over the horizon by asset as of `at`; None or left out where no bars tell it.
    """
    found = [
        one
        for asset, voices in _voices(headlines, at, settings).items()
        for one in _heard(asset, _bounded(voices), at, settings, moves_bps.get(asset))
    ]
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.asset, one.side)))


def assets_of(headlines: Iterable[Headline]) -> tuple[str, ...]:
    """Every asset that a headline is about, in the order of their names."""
    return tuple(sorted({link.asset for one in headlines for link in one.links}))


def _voices(headlines: Iterable[Headline], at: int, settings: OpportunitySettings) -> dict[str, list[_Voice]]:
    revisions: dict[str, list[Headline]] = {}
    for one in headlines:
        if at - settings.window < one.arrived <= at:
            revisions.setdefault(one.id, []).append(one)
    voices: dict[str, list[_Voice]] = {}
    for known in revisions.values():
        newest = max(known, key=lambda one: one.revision)
        fresh = max(known, key=lambda one: (one.novelty, -one.revision))
        said = fresh.arrived if fresh.published is None else min(fresh.published, fresh.arrived)
        base = newest.weight * fresh.novelty * math.exp((said - at) / settings.decay)
        for link in newest.links:
            voices.setdefault(link.asset, []).append(_Voice(newest, base * link.relevance))
    return voices


def _bounded(voices: list[_Voice]) -> list[_Voice]:
    """No source with more mass than its weight."""
    masses: dict[str, float] = {}
    weights: dict[str, float] = {}
    for one in voices:
        source = one.headline.source
        masses[source] = masses.get(source, 0.0) + one.mass
        weights[source] = max(weights.get(source, 0.0), one.headline.weight)
    shares = {source: min(1.0, weights[source] / mass) if mass else 1.0 for source, mass in masses.items()}
    return [_Voice(one.headline, one.mass * shares[one.headline.source]) for one in voices]


def _heard(
    asset: str, voices: list[_Voice], at: int, settings: OpportunitySettings, move_bps: float | None
) -> list[Opportunity]:
    support = math.fsum(one.part for one in voices)
    loudness = math.fsum(abs(one.part) for one in voices)
    agreement = abs(support) / loudness if loudness else 0.0
    along = _independent(one for one in voices if one.part * support > 0.0)
    confidence = _reached(abs(support), settings.full) * agreement * along
    found = []
    if agreement >= settings.least_agreement and confidence >= settings.least_confidence:
        side, sign = (Side.LONG, 1.0) if support > 0.0 else (Side.SHORT, -1.0)
        move = None if move_bps is None else sign * confidence * move_bps
        found.append(_opportunity(asset, side, confidence, move, at, settings, [(one, one.part) for one in voices]))
    stir = math.fsum(one.stir for one in voices) + loudness - abs(support)
    shaken = _reached(stir, settings.full) * _independent(one for one in voices if one.stir or one.part)
    if shaken >= settings.least_confidence:
        move = None if move_bps is None else (1.0 + shaken) * move_bps
        parts = [(one, one.stir or one.part) for one in voices]
        found.append(_opportunity(asset, Side.VOLATILITY, shaken, move, at, settings, parts))
    return found


def _reached(figure: float, full: float) -> float:
    return -math.expm1(-figure / full)


def _independent(voices: Iterable[_Voice]) -> float:
    """N / (n + 1) of the sources that said something of their own."""
    sources = {one.headline.source for one in voices if one.headline.twin is None}
    return len(sources) / (len(sources) + 1.0)


def _opportunity(
    asset: str,
    side: Side,
    confidence: float,
    move: float | None,
    at: int,
    settings: OpportunitySettings,
    parts: list[tuple[_Voice, float]],
) -> Opportunity:
    heaviest = sorted(parts, key=lambda pair: (-abs(pair[1]), pair[0].headline.arrived, pair[0].headline.id))
    evidence = tuple(
        Evidence(voice.headline.id, voice.headline.source, voice.headline.title, part)
        for voice, part in heaviest[: settings.evidence]
        if part
    )
    minutes = settings.horizon // 60_000_000
    return Opportunity(asset, side, confidence, move, minutes, at, evidence)
