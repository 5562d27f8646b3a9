"""Smaller bars into larger ones, never an unfinished one."""

from models.resampling.buckets import Buckets, grid_buckets, session_buckets
from models.resampling.resample import Resampled, resample

__all__ = ["Buckets", "Resampled", "grid_buckets", "resample", "session_buckets"]
