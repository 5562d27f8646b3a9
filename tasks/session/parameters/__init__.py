"""Hot parameters: one immutable snapshot; files, Redis or a person change it, whole and between two bars."""

from tasks.session.parameters.adopting import Change, Rule, change_of, is_live, load_or_last
from tasks.session.parameters.changing import confirm, revert
from tasks.session.parameters.hot import Snapshot
from tasks.session.parameters.server import ParameterServer, Verdict

__all__ = [
    "Change",
    "ParameterServer",
    "Rule",
    "Snapshot",
    "Verdict",
    "change_of",
    "confirm",
    "is_live",
    "load_or_last",
    "revert",
]
