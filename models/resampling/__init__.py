"""Smaller bars into larger ones, never an unfinished one."""
