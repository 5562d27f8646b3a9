"""Which parameters are in force when a process begins: the files when they are valid, else what was adopted last.

The newest version in the journal is in force until the hot part of the files is another one than it was at that
adoption. So a step back holds while the files keep the newer text, and ends when somebody edits them again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conf import Loaded, Settings
from data.journal import Adoption, Journal, ParameterLog, ParameterVersion, Source
from models.types import BadInput
from tasks.session.parameters.hot import Snapshot, flags_of, hot_version, restored, with_journaled

Load = Callable[[], Loaded]
LIVE = "live"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a change has to wait for a person.

    Attributes:
        live: real money is at stake.
        loosened: limits that the settings after allow more by than those before, one sentence each.
    """

    live: bool
    loosened: Callable[[Settings, Settings], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """Valid parameters that are not in force yet: the whole configuration with them, and what gets looser."""

    loaded: Loaded
    version: str
    source: Source
    loosened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a process begins with.

    Attributes:
        seen: hot version of the files when the snapshot's version was adopted.
        awaiting: what the files want and a person has to confirm.
    """

    snapshot: Snapshot
    seen: str
    awaiting: Change | None


def is_live(loaded: Loaded) -> bool:
    """Whether the stage trades real money."""
    stage: str = loaded.settings.stage
    return stage == LIVE


def load_or_last(
    journal: Journal,
    load: Load,
    now: int,
    loosened: Callable[[Settings, Settings], tuple[str, ...]],
    flags: Mapping[str, Any] | None = None,
) -> Loaded:
    """The configuration for one cycle by itself: that of `load`, or with an alert the one adopted last with the same
    `flags` where the files are not valid.

    Raises:
        BadInput: the files are not valid, and nothing was ever adopted with these flags.
    """

    def rule_of(loaded: Loaded) -> Rule:
        return Rule(is_live(loaded), loosened)

    return open_parameters(journal, load, now, rule_of, flags or {}).snapshot.loaded


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


def change_of(newest: ParameterVersion, files: Loaded, rule: Rule) -> Change | None:
    """What the files want to change, None where their hot part is what it was at the newest adoption."""
    wanted = hot_version(files.tree)
    if wanted == newest.adoption.seen:
        return None
    return Change(files, wanted, "file", rule.loosened(with_journaled(files, newest).settings, files.settings))


def waits(change: Change, rule: Rule) -> bool:
    """Whether a person has to confirm it."""
    return rule.live and bool(change.loosened)


def adoption_of(change: Change, seen: str, now: int, who: str = "", why: str = "") -> Adoption:
    """The change as the journal keeps it; `seen` is the hot version of the files."""
    loaded = change.loaded
    return Adoption(
        version=change.version,
        seen=seen,
        config_version=loaded.version,
        tree=loaded.tree,
        flags=flags_of(loaded),
        adopted_at=now,
        source=change.source,
        who=who,
        why=why,
        loosened=change.loosened,
    )


def ask_to_confirm(journal: Journal, change: Change, number: int, now: int) -> None:
    """Alert a person that a change loosens limits and waits; the same change over the same version asks once."""
    text = (
        f"new parameters loosen limits while live and wait: {'; '.join(change.loosened)}. To let them in: keel config "
        f"confirm {change.version[:12]}"
    )
    journal.raise_alert(f"parameters await {number} {change.version[:12]}", "warning", text, now)


def digest(text: str) -> str:
    """A short name of a text, for keys of alerts."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
    return Opened(Snapshot(loaded, before.version, newest.number, before.adopted_at, before.source), before.seen, None)
