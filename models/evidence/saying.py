"""How good what a model said about bars was: its edges against what came, its probabilities against the base rate."""

from dataclasses import dataclass

import numpy as np

from models.evidence.ablation import log_losses
from models.evidence.redrawn import Figure, correlated, correlation, mean, redrawn
from models.predictors.labels import Labels
from models.predictors.predictions import Predictions
from models.predictors.reliability import expected_calibration_error
from models.types import FloatArray


@dataclass(frozen=True, slots=True)
class Said:
    """Figures over the bars about which something was said and whose outcome is known; None where they cannot be had.

    Attributes:
        bars: how many.
        correlation: of edge and outcome.
        hit_rate: share of the bars whose outcome had the sign of the edge, of those where both have one.
        log_loss: mean of -ln(probability of what happened), nats.
        gain: by how much that is lower than for one who says the share of the bars that rose about each of them. Nobody
            knew that share before, so that the comparison is a hard one.
        raw_error, error: expected calibration error before and after calibration, 0..1.
    """

    bars: int
    correlation: Figure | None
    hit_rate: Figure | None
    log_loss: float | None
    gain: Figure | None
    raw_error: float | None
    error: float | None


def figures_of(said: Predictions, labels: Labels, block: int, seed: int) -> Said:
    """Of what was `said` (n_bars,) about the bars of `labels`; intervals over blocks of `block` bars."""
    edge, outcome = said.edge_bps, labels.outcome_bps
    signed = np.isfinite(edge * outcome) & (edge != 0.0) & (outcome != 0.0)
    hits = np.where(signed, np.sign(edge) == np.sign(outcome), False)
    losses = log_losses(said.probability, labels.rose)
    known = np.isfinite(losses)
    columns = np.column_stack([known, np.where(known, labels.rose, 0.0), np.where(known, losses, 0.0)])
    return Said(
        bars=int(np.isfinite(edge * outcome).sum()),
        correlation=redrawn(correlated(edge, outcome), correlation, block, seed),
        hit_rate=redrawn(np.column_stack([hits, signed]).astype(np.float64), mean, block, seed),
        log_loss=float(losses[known].mean()) if known.any() else None,
        gain=redrawn(columns, _gain, block, seed),
        raw_error=expected_calibration_error(said.raw, labels.rose),
        error=expected_calibration_error(said.probability, labels.rose),
    )


def _gain(sums: FloatArray) -> FloatArray:
    count, rose, loss = sums.T
    share = np.divide(rose, count, out=np.full(count.size, np.nan), where=count > 0.0)
    known = np.clip(share, 1e-12, 1.0 - 1e-12)
    gain: FloatArray = -(share * np.log(known) + (1.0 - share) * np.log1p(-known)) - loss / np.where(
        count > 0.0, count, np.nan
    )
    return gain
