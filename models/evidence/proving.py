"""What a model has to pass before it may speak with real money: gates as those of a candidate, and two of its own.

Of the gates of a search there apply data_quality, prefix_invariance, placebo and double_costs. The words are
walk-forward by themselves; nothing was chosen among many, so that there is nothing to deflate (dsr, pbo, spa) and no
neighbour (plateau); and stress is asked of what is held, not of who speaks.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from models.evidence.ablation import ADDS, HARMS, Verdict
from models.evidence.gates import placebo
from models.types import FloatArray
from models.types.gates import Gate


def moved(added: float | None, placebos: FloatArray, threshold: float) -> Gate:
    """The gate `placebo` of what a model adds, in standard errors, among what it does (n_placebos,) when its scores are
    moved against the bars; `threshold` at most.
    """
    gate = placebo(added, placebos, threshold)
    if gate.value is None:
        return replace(gate, sentence="Could not be measured: nothing is added or taken that has a figure.")
    said = (
        f"Moved against the bars it adds as much in {round(gate.value * (1 + placebos.size)) - 1} of {placebos.size} "
    )
    return replace(gate, sentence=f"{said}draws: p = {gate.value:.4f}; {threshold:.4f} at most is asked for.")


def adds(said: Mapping[str, Verdict | None]) -> Gate:
    """Number of measures of the blend, by name, that the model's words add to beyond chance; one at least."""
    helped = [name for name, one in said.items() if one is not None and one.finding == ADDS]
    return Gate("adds", float(len(helped)), 1.0, bool(helped), f"Adds to {_listed(helped)}: {_bounds(said)}.")


def harms_nothing(said: Mapping[str, Verdict | None]) -> Gate:
    """Number of measures of the blend, by name, that its words harm beyond chance, or that could not be had; none."""
    harmed = [name for name, one in said.items() if one is None or one.finding == HARMS]
    words = f"Harms, or leaves untold, {_listed(harmed)}: {_bounds(said)}."
    return Gate("harms_nothing", float(len(harmed)), 0.0, not harmed, words)


def timing_at_double_costs(bps: float | None) -> Gate:
    """Timing that its words add to the blend at twice the costs, basis points a bar; above zero."""
    if bps is None or not math.isfinite(bps):
        return Gate("double_costs", None, 0.0, False, "Could not be measured: the blend was not followed.")
    said = f"At twice the costs the blend's timing is better by {bps:.4f} basis points a bar with its words; more than "
    return Gate("double_costs", bps, 0.0, bps > 0.0, f"{said}0 is asked for.")


def _listed(names: list[str]) -> str:
    return " and ".join(names) if names else "nothing"


def _bounds(said: Mapping[str, Verdict | None]) -> str:
    return "; ".join(
        f"{name} could not be told" if one is None else f"{name} {one.value:+.4f} ({one.low:+.4f} to {one.high:+.4f})"
        for name, one in said.items()
    )
