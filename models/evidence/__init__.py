"""Whether a result is more than luck: purged splits, deflated Sharpe ratios, overfitting, ability, and gates."""

from models.evidence.ability import Ability, superior
from models.evidence.gates import (
    ORDER,
    data_quality,
    double_costs,
    dsr,
    pbo,
    placebo,
    plateau,
    prefix_invariance,
    spa,
    stress,
    walk_forward,
)
from models.evidence.overfitting import Cscv, cscv
from models.evidence.sharpe import deflated_sharpe, expected_maximum_sharpe, probabilistic_sharpe
from models.evidence.splits import (
    Block,
    Split,
    combinatorial_purged_splits,
    group_of_rows,
    leaks,
    walk_forward_blocks,
)
from models.evidence.trials import Effective, effective_trials
from models.types.gates import Gate

__all__ = [
    "ORDER",
    "Ability",
    "Block",
    "Cscv",
    "Effective",
    "Gate",
    "Split",
    "combinatorial_purged_splits",
    "cscv",
    "data_quality",
    "deflated_sharpe",
    "double_costs",
    "dsr",
    "effective_trials",
    "expected_maximum_sharpe",
    "group_of_rows",
    "leaks",
    "pbo",
    "placebo",
    "plateau",
    "prefix_invariance",
    "probabilistic_sharpe",
    "spa",
    "stress",
    "superior",
    "walk_forward",
    "walk_forward_blocks",
]
