"""Which of the four regimes a bar is in, by rules on closed bars."""

from models.regime.rules import label_regimes

__all__ = ["label_regimes"]
