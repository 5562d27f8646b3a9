"""What a candidate has to pass: each gate a figure, a threshold and a sentence.

A figure that is not there or not finite passes no gate. A figure that equals its threshold passes, but for
`double_costs`, where it would have earned nothing.
"""

import math

import numpy as np

from models.evidence.overfitting import Cscv
from models.evidence.sharpe import deflated_sharpe, expected_maximum_sharpe, unskewed_sharpe
from models.portfolio.returns import sharpe_ratio
from models.types import FloatArray
from models.types.gates import Gate

# In the order in which they are asked.
ORDER: tuple[str, ...] = (
    *("data_quality", "prefix_invariance", "placebo", "walk_forward", "dsr"),
    *("pbo", "spa", "plateau", "double_costs", "stress"),
)
# So many percent of a winner's neighbours may be worse than what counts of them.
WEAK_NEIGHBOURS = 10.0
# Fewer days on which something moved say nothing of the others.
FEWEST_MOVED = 30


def data_quality(missing_share: float | None, threshold: float) -> Gate:
    """Share of the training bars that are missing, blocked or quarantined; `threshold` at most."""
    share = _measured(missing_share)
    if share is None:
        return _unmeasured("data_quality", threshold, "the training bars were not counted")
    said = f"{share:.3%} of the training bars are missing, blocked or quarantined; {threshold:.3%} may be."
    return Gate("data_quality", share, threshold, share <= threshold, said)


def prefix_invariance(differences: float | None, threshold: float) -> Gate:
    """Number of values that changed when later bars were taken away; `threshold` at most."""
    changed = _measured(differences)
    if changed is None:
        return _unmeasured("prefix_invariance", threshold, "nothing was computed again without the later bars")
    said = f"{changed:.0f} values changed when later bars were taken away; {threshold:.0f} may."
    return Gate("prefix_invariance", changed, threshold, changed <= threshold, said)


def placebo(fitness: float | None, placebos: FloatArray, threshold: float) -> Gate:
    """p-value of the winner's fitness by its rank among the winners (n_placebos,) of searches on shuffled returns.

    (1 + number at or above it) / (1 + n_placebos), `threshold` at most: Phipson and Smyth, "Permutation P-values Should
    Never Be Zero", Statistical Applications in Genetics and Molecular Biology 9(1), 2010. A placebo that is NaN counts
    as above.
    """
    winner = _measured(fitness)
    if winner is None or placebos.size == 0:
        return _unmeasured(
            "placebo",
            threshold,
            "no genome of the short search keeps the constraints, or none was tried on shuffled returns",
        )
    reached = int((~(placebos < winner)).sum())
    value = (1 + reached) / (1 + placebos.size)
    said = (
        f"{reached} of {placebos.size} searches on shuffled returns found as much as this one (fitness {winner:.4g}): "
        f"p = {value:.4f}; {threshold:.4f} at most is asked for."
    )
    return Gate("placebo", value, threshold, value <= threshold, said)


def walk_forward(returns_out: FloatArray, in_sample_sharpe: float | None, threshold: float) -> Gate:
    """Probability that the Sharpe ratio of stitched out-of-sample daily returns (n_days,) is above zero; `threshold` at
    least. `in_sample_sharpe`, per day, is said beside it.

    A skew above zero counts as none: one lucky day among many still ones would vouch for itself. Below FEWEST_MOVED
    days on which something moved there is no figure.

    Raises:
        BadInput: a return is not finite.
    """
    value, outside = unskewed_sharpe(returns_out), sharpe_ratio(returns_out, 1.0)
    moved = np.count_nonzero(returns_out)
    if value is None or outside is None or moved < FEWEST_MOVED:
        why = f"of {returns_out.size} days out of sample it moved on {moved}; {FEWEST_MOVED} are needed"
        return _unmeasured("walk_forward", threshold, why)
    inside = _measured(in_sample_sharpe)
    said = (
        f"Sharpe ratio per day {outside:.4f} out of sample, over {returns_out.size} days, and "
        f"{'unknown' if inside is None else format(inside, '.4f')} in sample: above zero with a probability of "
        f"{value:.4f}; {threshold:.4f} at least is asked for."
    )
    return Gate("walk_forward", value, threshold, value >= threshold, said)


def dsr(
    returns_in: FloatArray, effective_trials: float | None, variance_of_trial_sharpes: float | None, threshold: float
) -> Gate:
    """Deflated Sharpe ratio of in-sample daily returns (n_days,), the best of so many trials; `threshold` at least.

    Raises:
        BadInput: a return is not finite, below one trial, or a variance below zero.
    """
    trials, variance = _measured(effective_trials), _measured(variance_of_trial_sharpes)
    if trials is None or variance is None:
        return _unmeasured("dsr", threshold, "the trials were not counted")
    if trials > 1.0 and variance == 0.0:
        return _unmeasured(
            "dsr", threshold, f"of {trials:.1f} different trials one only moved, and luck has no measure"
        )
    value = deflated_sharpe(returns_in, trials, variance)
    if value is None:
        return _unmeasured("dsr", threshold, f"{returns_in.size} days in sample are too few, or stand still")
    said = (
        f"The best of {trials:.1f} different trials without skill would show a Sharpe ratio per day of "
        f"{expected_maximum_sharpe(trials, variance):.4f}; this one's is above that with a probability of {value:.4f}, "
        f"{threshold:.4f} at least is asked for."
    )
    return Gate("dsr", value, threshold, value >= threshold, said)


def pbo(cscv: Cscv | None, threshold: float) -> Gate:
    """Probability of backtest overfitting; `threshold` at most."""
    value = None if cscv is None else _measured(cscv.pbo)
    if cscv is None or value is None:
        return _unmeasured("pbo", threshold, "there were too few trials or too few days to split them")
    said = (
        f"In {value:.2%} of {cscv.logits.size} ways to halve the days the best trial of one half was not above the "
        f"median in the other, in {cscv.losing:.2%} it lost there; {threshold:.2%} at most is asked for."
    )
    return Gate("pbo", value, threshold, value <= threshold, said)


def spa(p_cash: float | None, p_hold: float | None, threshold: float) -> Gate:
    """The larger of Hansen's p-values of the winner, one of all that was tried, against cash and against holding;
    `threshold` at most.
    """
    cash, hold = _measured(p_cash), _measured(p_hold)
    if cash is None or hold is None:
        return _unmeasured("spa", threshold, "there were too few days to hold the candidates against cash and holding")
    value = max(cash, hold)
    said = (
        f"That the best of all trials would look as good without being better has p = {cash:.4f} against cash and "
        f"{hold:.4f} against holding; {threshold:.4f} at most is asked for."
    )
    return Gate("spa", value, threshold, value <= threshold, said)


def plateau(fitness: float | None, neighbours: FloatArray, threshold: float) -> Gate:
    """10th percentile of the fitness of a winner's neighbours (n_neighbours,) over its own; `threshold` at least.

    The percentile is one of the values, the lower where it lies between two. A neighbour that is NaN or without a
    finite fitness counts as the worst; with more of them than a tenth there is no figure, as where the winner's own is
    not above zero.
    """
    winner = _measured(fitness)
    if winner is None:
        return _unmeasured("plateau", threshold, "the winner itself breaks a constraint")
    if winner <= 0.0:
        return _unmeasured("plateau", threshold, "the winner's own fitness is not above zero")
    if neighbours.size == 0:
        return _unmeasured("plateau", threshold, "it has no neighbours that were tried")
    known = np.where(np.isfinite(neighbours), neighbours, -math.inf)
    value = _measured(float(np.percentile(known, WEAK_NEIGHBOURS, method="lower")) / winner)
    if value is None:
        return _unmeasured(
            "plateau", threshold, f"{np.isinf(known).sum()} of {known.size} neighbours break a constraint"
        )
    said = (
        f"Nine in ten of {neighbours.size} neighbours keep {value:.2%} of the winner's fitness or more; "
        f"{threshold:.2%} at least is asked for."
    )
    return Gate("plateau", value, threshold, value >= threshold, said)


def double_costs(total_return_at_twice: float | None, threshold: float) -> Gate:
    """Total return, fraction, at twice the costs; above `threshold`."""
    value = _measured(total_return_at_twice)
    if value is None:
        return _unmeasured("double_costs", threshold, "it was not run at twice the costs")
    said = f"At twice the costs it returns {value:.3%}; more than {threshold:.3%} is asked for."
    return Gate("double_costs", value, threshold, value > threshold, said)


def stress(worst_loss: float | None, limit: float) -> Gate:
    """Largest loss of the stress scenarios, fraction of equity above zero; `limit` at most."""
    value = _measured(worst_loss)
    if value is None:
        return _unmeasured("stress", limit, "no scenario was run")
    said = f"The worst stress scenario costs {value:.3%} of the equity; {limit:.3%} may be lost."
    return Gate("stress", value, limit, value <= limit, said)


def _measured(value: float | None) -> float | None:
    """The figure, or None where it is not finite either."""
    return float(value) if value is not None and math.isfinite(value) else None


def _unmeasured(name: str, threshold: float, why: str) -> Gate:
    return Gate(name, None, threshold, False, f"Could not be measured: {why}.")
