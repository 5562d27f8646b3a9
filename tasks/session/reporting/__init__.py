"""The daily, weekly and monthly reports of a book."""

from tasks.session.reporting.making import make_report
from tasks.session.reporting.periods import Period, Span, newest_over, span_at
from tasks.session.reporting.report import PeriodReport

__all__ = ["Period", "PeriodReport", "Span", "make_report", "newest_over", "span_at"]
