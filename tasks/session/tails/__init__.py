"""What may be lost in a day: of a book's series for the engine, of present positions for a person."""

from tasks.session.tails.daily import daily_closes
from tasks.session.tails.figures import TailView, book_tails, stand_in
from tasks.session.tails.fits import RecordedFits
from tasks.session.tails.memory import Tails, recorded_tails
from tasks.session.tails.plan import TailPlan, tail_plan
from tasks.session.tails.report import PreparedRisk, RiskReport, prepare_risk, risk_now

__all__ = [
    "PreparedRisk",
    "RecordedFits",
    "RiskReport",
    "TailPlan",
    "TailView",
    "Tails",
    "book_tails",
    "daily_closes",
    "prepare_risk",
    "recorded_tails",
    "risk_now",
    "stand_in",
    "tail_plan",
]
