"""Which of the four regimes a bar is in: by rules, by a hidden Markov model, and how well either does."""

from models.regime.detected import Detected
from models.regime.episodes import EPISODES, Episode, EpisodeRow, episode_rows, shares_by_year
from models.regime.history import DETECTORS, RegimeHistory, RegimeSettings, regime_history
from models.regime.hmm import by_hmm
from models.regime.measures import (
    Spells,
    accuracy,
    confusion,
    shares,
    spells,
    switches,
    switches_per_year,
    thrash_rate,
    transitions,
)
from models.regime.rules import by_rules
from models.regime.simulation import simulate

__all__ = [
    "DETECTORS",
    "EPISODES",
    "Detected",
    "Episode",
    "EpisodeRow",
    "RegimeHistory",
    "RegimeSettings",
    "Spells",
    "accuracy",
    "by_hmm",
    "by_rules",
    "confusion",
    "episode_rows",
    "regime_history",
    "shares",
    "shares_by_year",
    "simulate",
    "spells",
    "switches",
    "switches_per_year",
    "thrash_rate",
    "transitions",
]
