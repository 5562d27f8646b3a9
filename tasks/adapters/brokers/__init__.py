"""Accounts that orders go to: a folder for each venue, what they share beside the folders, and their registry."""

from tasks.adapters.brokers.account import CcxtAccount
from tasks.adapters.brokers.dialect import Dialect
from tasks.adapters.brokers.opening import DIALECTS, open_account

__all__ = ["DIALECTS", "CcxtAccount", "Dialect", "open_account"]
