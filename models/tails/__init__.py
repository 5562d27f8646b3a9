"""How much can be lost in a day: value at risk, expected shortfall, correlations, and the factor they call for."""

from models.tails.backtest import METHODS, TailScore, backtest_tails
from models.tails.concentration import Shape, shape_of
from models.tails.cornish_fisher import cornish_fisher, in_domain
from models.tails.correlation import (
    EVERY_DAYS,
    average_correlation,
    correlation_history,
    shrunk_correlation,
)
from models.tails.coverage import Christoffersen, Kupiec, christoffersen, kupiec
from models.tails.days import DailyCloses, common_days, log_returns
from models.tails.fitting import MODEL, Fit, fit_garch, fit_key
from models.tails.garch import EWMA, Garch, first_square, run_garch
from models.tails.gaussian import GaussianTail, gaussian_tail, shrunk_covariance
from models.tails.historical import Tail, historical
from models.tails.history import (
    CONFIDENCES,
    Forecast,
    Rule,
    TailHistory,
    confidence_column,
    forecast,
    tail_history,
)
from models.tails.parametric import normal, student_t
from models.tails.portfolio import DEFAULT_METHOD, PortfolioTail, Scenarios, portfolio_tail, prepare, weighted
from models.tails.scale import market_scale
from models.tails.settings import LEAST_CORRELATION_DAYS, ScaleSettings, TailSettings

__all__ = [
    "CONFIDENCES",
    "DEFAULT_METHOD",
    "EVERY_DAYS",
    "EWMA",
    "LEAST_CORRELATION_DAYS",
    "METHODS",
    "MODEL",
    "Christoffersen",
    "DailyCloses",
    "Fit",
    "Forecast",
    "Garch",
    "GaussianTail",
    "Kupiec",
    "PortfolioTail",
    "Rule",
    "ScaleSettings",
    "Scenarios",
    "Shape",
    "Tail",
    "TailHistory",
    "TailScore",
    "TailSettings",
    "average_correlation",
    "backtest_tails",
    "christoffersen",
    "common_days",
    "confidence_column",
    "cornish_fisher",
    "correlation_history",
    "first_square",
    "fit_garch",
    "fit_key",
    "forecast",
    "gaussian_tail",
    "historical",
    "in_domain",
    "kupiec",
    "log_returns",
    "market_scale",
    "normal",
    "portfolio_tail",
    "prepare",
    "run_garch",
    "shape_of",
    "shrunk_correlation",
    "shrunk_covariance",
    "student_t",
    "tail_history",
    "weighted",
]
