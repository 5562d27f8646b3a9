"""Which parameters are in force when a process begins: the files when they are valid, else what was adopted last.

The newest version in the journal is in force until the hot part of the files is another one than it was at that
adoption. So a step back holds while the files keep the newer text, and ends when somebody edits them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conf import Loaded
from data.journal import Journal, ParameterLog, ParameterVersion
from models.types import BadInput
from tasks.session.parameters.changes import (
    Change,
    Load,
    Loosened,
    Rule,
    adoption_of,
    ask_to_confirm,
    change_of,
    digest,
    is_live,
    waits,
)
from tasks.session.parameters.hot import Snapshot, flags_of, hot_version, restored, with_journaled


@dataclass(frozen=True, slots=True)
class Opened:
    """What a process begins with.

    Attributes:
        seen: hot version of the files when the snapshot's version was adopted.
        awaiting: what the files want and a person has to confirm.
        trouble: what is wrong with the files and what is in force instead; empty where they are valid.
    """

    snapshot: Snapshot
    seen: str
    awaiting: Change | None
    trouble: str = ""


def load_or_last(
    journal: Journal,
    load: Load,
    now: int,
    loosened: Loosened,
    flags: Mapping[str, Any] | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """The configuration for one cycle by itself: that of `load`, or with an alert the one adopted last with the same
    `flags` where the files are not valid; `warn` is told so too.

    Raises:
        BadInput: the files are not valid, and nothing was ever adopted with these flags.
    """

    def rule_of(loaded: Loaded) -> Rule:
        return Rule(is_live(loaded), loosened)

    opened = open_parameters(journal, load, now, rule_of, flags or {})
    if opened.trouble:
        warn(opened.trouble)
    return opened.snapshot.loaded


def open_parameters(
    journal: Journal, load: Load, now: int, rule_of: Callable[[Loaded], Rule], flags: Mapping[str, Any]
) -> Opened:
    """Adopt what the files say, or what was adopted last; the adoption is in the journal when this returns.

    Raises:
        BadInput: the files are not valid and there is nothing to go back to, or they do not go together with the
            parameters in force.
    """
    log = ParameterLog(journal.engine)
    given = {name: value for name, value in flags.items() if value is not None}
    while True:  # again only when another process has adopted something in the meantime
        newest = log.newest()
        try:
            files = load()
        except BadInput as error:
            return _last(journal, log, newest, given, error, now)
        opened = _adopted(log, newest, files, rule_of(files), now)
        if opened is None:
            continue
        if opened.awaiting is not None:
            ask_to_confirm(journal, opened.awaiting, opened.snapshot.number, now)
        return opened


def _adopted(log: ParameterLog, newest: ParameterVersion | None, files: Loaded, rule: Rule, now: int) -> Opened | None:
    """None when somebody else adopted something since `newest`."""
    wanted = hot_version(files.tree)
    if newest is None:
        return _record(log, None, Change(files, wanted, "start", ()), wanted, now)
    change = change_of(newest, files, rule)
    if change is None or waits(change, rule):
        return _carry_on(log, newest, files, change, now)
    return _record(log, newest.number, change, wanted, now)


def _carry_on(
    log: ParameterLog, newest: ParameterVersion, files: Loaded, awaiting: Change | None, now: int
) -> Opened | None:
    """The version in force stays; a changed rest of the configuration is written down."""
    before = newest.adoption
    kept = with_journaled(files, newest)
    same = log.newest(flags_of(files))
    if same is not None and same.adoption.config_version == kept.version:
        snapshot = Snapshot(kept, before.version, newest.number, before.adopted_at, before.source)
        return Opened(snapshot, before.seen, awaiting)
    opened = _record(log, newest.number, Change(kept, before.version, "start", ()), before.seen, now)
    return None if opened is None else Opened(opened.snapshot, before.seen, awaiting)


def _record(log: ParameterLog, after: int | None, change: Change, seen: str, now: int) -> Opened | None:
    number = log.record(adoption_of(change, seen, now), after)
    if number is None:
        return None
    return Opened(Snapshot(change.loaded, change.version, number, now, change.source), seen, None)


def _last(
    journal: Journal,
    log: ParameterLog,
    newest: ParameterVersion | None,
    flags: dict[str, Any],
    error: BadInput,
    now: int,
) -> Opened:
    same = log.newest(flags)
    if newest is None or same is None:
        raise error
    loaded = with_journaled(restored(same), newest)
    said = f"{error}; parameters {newest.number} ({newest.adoption.version[:12]}) stay in force"
    journal.raise_alert(f"parameters invalid {newest.number} {digest(said)}", "error", said, now)
    before = newest.adoption
    snapshot = Snapshot(loaded, before.version, newest.number, before.adopted_at, before.source)
    return Opened(snapshot, before.seen, None, said)
