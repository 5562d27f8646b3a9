"""A step back or a confirmation from a command line, beside whatever process is running."""

from conf import Loaded
from data.journal import ParameterLog
from models.types import BadInput
from tasks.session.parameters.changes import Load, Loosened, Rule, change_of, is_live, waits
from tasks.session.parameters.hot import hot_version, restored
from tasks.session.parameters.person import confirm, revert


def revert_by_hand(log: ParameterLog, load: Load, loosened: Loosened, now: int, who: str, why: str) -> int:
    """See `person.revert`. It works with files that are not valid: that is when it is wanted most.

    Raises:
        BadInput: nobody says who, or why.
    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the journal keeps who did this, and why")
    files = _valid_files(load)
    seen = None if files is None else hot_version(files.tree)
    return revert(log, seen, Rule(_live(log, files), loosened), now, who, why)


def confirm_by_hand(log: ParameterLog, load: Load, loosened: Loosened, version: str, now: int, who: str) -> int:
    """See `person.confirm`."""
    files, newest = _valid_files(load), log.newest()
    rule = Rule(_live(log, files), loosened)
    change = None if files is None or newest is None else change_of(newest, files, rule)
    return confirm(log, change if change is not None and waits(change, rule) else None, version, rule, now, who)


def _valid_files(load: Load) -> Loaded | None:
    try:
        return load()
    except BadInput:
        return None


def _live(log: ParameterLog, files: Loaded | None) -> bool:
    """By the files; by what was adopted last where they are not valid."""
    if files is not None:
        return is_live(files)
    newest = log.newest()
    return newest is not None and is_live(restored(newest))
