"""Whether a model may speak with real money: what its ablation found, gate by gate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.model_files import ModelCard
from data.proofs import Proof
from models.evidence.gates import data_quality, prefix_invariance
from models.evidence.proving import adds, harms_nothing, moved, timing_at_double_costs
from models.evidence.redrawn import Figure
from models.news.signal import Told, news_signal
from models.predictors.walking import WalkSettings, walk
from models.types import FloatArray, iso
from models.types.gates import Gate
from models.types.speakers import UNTRUSTED
from tasks.session.ablating.blending import blend, differences, with_and_without
from tasks.session.ablating.ground import SEED, Ground
from tasks.session.ablating.report import BLEND, TIMING, Added
from tasks.session.desk import Desk
from tasks.session.evolving.data_gate import missing_share
from tasks.session.learning.hearing import signal_settings, told_of
from tasks.session.learning.kinds import kind_of

# Random bars after which everything is taken away, and bars before each that are looked at.
CUTS, ROWS = 20, 50


@dataclass(frozen=True, slots=True)
class Tried:
    """One version, and what was measured of it beside what it adds.

    Attributes:
        series: name of its series.
        gates: `data_quality`, `prefix_invariance`, `placebo`.
        dear: `double_costs`.
        data_sha256: version of the bars.
    """

    series: str
    card: ModelCard
    gates: tuple[Gate, ...]
    dear: Gate
    data_sha256: str

    def proof(self, desk: Desk, judged: Sequence[Added]) -> Proof:
        """With the verdicts about what it adds, among the rows of the whole report."""
        rows = [one for one in judged if (one.series, one.whole, one.part) == (self.series, BLEND, self.card.model)]
        said = {one.measure: one.verdict for one in rows}
        return Proof(
            series=self.series,
            model=self.card.model,
            version=self.card.version,
            recipe=self.card.recipe,
            gates=(*self.gates, adds(said), harms_nothing(said), self.dear),
            made_at=desk.clock.now(),
            data_sha256=self.data_sha256,
            config_version=desk.loaded.version,
        )


def asked_of(ground: Ground) -> tuple[str, ...]:
    """The models of the ground that are asked for a proof: those that said something."""
    said = ground.spoken.said
    return tuple(one for one in UNTRUSTED if one in said and said[one].spoken.any())


def tried(desk: Desk, ground: Ground, model: str) -> Tried:
    """Measure one of `asked_of`; it is trained again on news that is moved against the bars, none of that is kept.

    Raises:
        BadInput: no rule applies to the series.
        Damaged: stored data does not match its checksums.
    """
    limits = desk.loaded.settings.evolution.gates
    spoken = np.flatnonzero(ground.spoken.said[model].spoken)
    begin, end = (int(ground.ts[row]) for row in (spoken[0], spoken[-1]))
    fitness, placebos = _placebos(desk, ground, model)
    gates = (
        data_quality(missing_share(desk, (ground.view.series,), begin, end), limits.data_quality),
        prefix_invariance(_changed(desk, ground), limits.prefix_invariance),
        moved(fitness, placebos, limits.placebo),
    )
    data_sha256 = desk.bars.dataset(ground.view.series).manifest().sha256
    return Tried(ground.series, ground.spoken.cards[model], gates, _dear(desk, ground, model), data_sha256)


def rows_of(proofs: Sequence[Proof]) -> Iterator[tuple[Proof, Gate]]:
    """Every gate of every proof."""
    return ((proof, gate) for proof in proofs for gate in proof.gates)


def sentence_of(proof: Proof) -> str:
    """What follows from a proof."""
    named = f"{proof.model} {proof.version} of {proof.series}"
    failed = ", ".join(one.name for one in proof.gates if not one.passed)
    if proof.passed:
        return f"{named} may speak with real money: it has passed every gate on {iso(proof.made_at)[:10]}."
    return f"{named} stays off with real money: it has not passed {failed}."


def _changed(desk: Desk, ground: Ground) -> float:
    """Scores of the last ROWS bars, to the bit, that are others when later bars and headlines are taken away."""
    settings, closes = signal_settings(desk), desk.closes(ground.view.series, ground.ts)
    told = told_of(desk, ground.view.series, int(closes[0]), int(closes[-1]))
    whole = news_signal(closes, told, settings)
    cuts = np.random.default_rng(SEED).integers(min(ROWS, closes.size - 1), closes.size, CUTS)
    return float(sum(_unlike(whole, closes[:cut], told.by(int(closes[cut - 1])), desk) for cut in cuts.tolist()))


def _unlike(whole: FloatArray, closes: np.ndarray, told: Told, desk: Desk) -> int:
    rows = slice(max(closes.size - ROWS, 0), closes.size)
    part = news_signal(closes[rows], told, signal_settings(desk))
    same = (whole[rows].view(np.int64) == part.view(np.int64)) | (np.isnan(whole[rows]) & np.isnan(part))
    return int((~same).sum())


def _placebos(desk: Desk, ground: Ground, model: str) -> tuple[float | None, FloatArray]:
    """How much the model adds, and how much as many placebos do as a search draws: its scores, moved in a circle over
    the bars that have one by a random number of them, learnt walk-forward and blended alike.
    """
    chosen, settings = desk.loaded.settings.evolution, desk.loaded.settings.model
    terms = WalkSettings(settings.horizon, settings.embargo, settings.folds)
    _, with_it, without = with_and_without(desk, ground, model)
    base = blend(desk, ground, without)
    score = ground.sheet.inputs[model]
    known = np.flatnonzero(np.isfinite(score[:, 0]))
    rng, found = np.random.default_rng(SEED), []
    for shift in rng.integers(ground.block, max(known.size - ground.block, ground.block + 1), chosen.placebo_draws):
        inputs = score.copy()
        inputs[known] = np.roll(score[known], shift, axis=0)
        walked = walk(kind_of(model, settings), ground.ts, inputs, ground.sheet.labels, terms, lambda _: None)
        said = replace(ground.spoken, said=ground.spoken.said | {model: walked.walk_forward})
        found.append(_fitness(differences(ground, blend(desk, replace(ground, spoken=said), with_it), base)))
    own = _fitness(differences(ground, blend(desk, ground, with_it), base))
    return own, np.array([np.nan if one is None else one for one in found])


def _fitness(added: dict[str, Figure | None]) -> float | None:
    """The larger of what is added to either measure, in standard errors; a figure without movement adds nothing."""
    known = [one.value / one.error if one.error > 0.0 else 0.0 for one in added.values() if one is not None]
    return max(known, default=None)


def _dear(desk: Desk, ground: Ground, model: str) -> Gate:
    costs = ground.costs
    twice = costs._replace(side=2 * costs.side, long_carry=2 * costs.long_carry, short_carry=2 * costs.short_carry)
    dear = replace(ground, costs=twice)
    _, with_it, without = with_and_without(desk, dear, model)
    figure = differences(dear, blend(desk, dear, with_it), blend(desk, dear, without))[TIMING]
    return timing_at_double_costs(None if figure is None else figure.value)
