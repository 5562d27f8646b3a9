"""Validation: how much of a book's result is left when regimes, years, costs, timing and chance are taken apart."""

from tasks.session.validating.report import ProfileFound, ValidationReport
from tasks.session.validating.running import validate

__all__ = ["ProfileFound", "ValidationReport", "validate"]
