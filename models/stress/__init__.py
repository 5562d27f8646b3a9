"""An account through bars that never came: what it would lose, and where."""

from models.stress.books import fullest, trimmed
from models.stress.outcome import Outcome, equity_of, exposure_of, run_stress

__all__ = ["Outcome", "equity_of", "exposure_of", "fullest", "run_stress", "trimmed"]
