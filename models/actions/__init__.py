"""Splits and dividends, applied as of the time they were known."""
