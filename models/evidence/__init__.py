"""Whether a result is more than luck: purged splits, deflated Sharpe ratios, overfitting, ability, and gates."""

from models.evidence.gates import Gate

__all__ = ["Gate"]
