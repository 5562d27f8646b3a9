"""The meta-controller: which specialist is in charge of a symbol, by regime and by what it lately earned."""

from models.meta.controller import NOBODY, Controller, in_charge, plain_controller, share_when_crowded
from models.meta.records import RECORD, no_records, note_trade, vote

__all__ = [
    "NOBODY",
    "RECORD",
    "Controller",
    "in_charge",
    "no_records",
    "note_trade",
    "plain_controller",
    "share_when_crowded",
    "vote",
]
