"""The predictor: a process of its own in which the models speak that take too long to load for the trading loop."""

from tasks.session.predicting.rounds import Word, predict_round
from tasks.session.predicting.waiting import Predictor, Session

__all__ = ["Predictor", "Session", "Word", "predict_round"]
