"""The risk desk: the book marked between its decisions, the stops on a timer, and what a person does about them."""

from tasks.session.riskdesk.acts import Released, nothing_released, release_stops, take_flow
from tasks.session.riskdesk.holding import Held, hold, newest_prices
from tasks.session.riskdesk.marking import Marked, mark, mark_book
from tasks.session.riskdesk.monitor import RiskMonitor
from tasks.session.riskdesk.report import DeskReport, review_json, risk_report
from tasks.session.riskdesk.timer import check_breakers

__all__ = [
    "DeskReport",
    "Held",
    "Marked",
    "Released",
    "RiskMonitor",
    "check_breakers",
    "hold",
    "mark",
    "mark_book",
    "newest_prices",
    "nothing_released",
    "release_stops",
    "review_json",
    "risk_report",
    "take_flow",
]
