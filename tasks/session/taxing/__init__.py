"""Tax lots of what the journal says was traded: read, valued by prices of the lake, matched, written as rows."""

from tasks.session.taxing.asking import Asked, asked_of
from tasks.session.taxing.report import TaxReport, tax_report

__all__ = ["Asked", "TaxReport", "asked_of", "tax_report"]
