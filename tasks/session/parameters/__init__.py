"""Hot parameters: one immutable snapshot; files, Redis or a person change it, whole and between two bars."""

from tasks.session.parameters.adopting import load_or_last
from tasks.session.parameters.byhand import confirm_by_hand, revert_by_hand
from tasks.session.parameters.changes import is_live
from tasks.session.parameters.hot import Snapshot
from tasks.session.parameters.server import ParameterServer, Verdict

__all__ = [
    "ParameterServer",
    "Snapshot",
    "Verdict",
    "confirm_by_hand",
    "is_live",
    "load_or_last",
    "revert_by_hand",
]
