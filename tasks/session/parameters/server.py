"""The parameters in force while a session runs, one immutable snapshot at a time."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from conf import Loaded
from data.journal import Journal, ParameterLog, ParameterVersion, Source
from models.types import BadInput, KeelError
from tasks.session.parameters.adopting import open_parameters
from tasks.session.parameters.changes import (
    Change,
    Load,
    Loosened,
    Rule,
    adoption_of,
    ask_to_confirm,
    digest,
    waits,
)
from tasks.session.parameters.hot import Snapshot, cold_changes, hot_version, with_hot_of, with_journaled
from tasks.session.parameters.person import confirm, revert


class Verdict(StrEnum):
    """What became of an offer."""

    UNCHANGED = "unchanged"
    PENDING = "pending"
    AWAITING = "awaiting"
    INVALID = "invalid"


class ParameterServer:
    """Serves `current` to any number of threads: reading it is reading one attribute, without a lock.

    Whoever hears of a change calls `offer`. It loads and checks everything; what is valid waits for `at_boundary`,
    which the session calls between two bars. There it is journaled, then made visible. What a person said in any
    process (`keel config revert`, `confirm`) is read from the journal at the same moment. The last word of the files
    counts: of two changes between two boundaries only the later one is ever in force.

    Raises (when made):
        BadInput: the files are not valid and the journal has nothing to go back to.
    """

    def __init__(
        self,
        journal: Journal,
        load: Load,
        live: bool,
        loosened: Loosened,
        now: int,
        flags: Mapping[str, Any] | None = None,
    ) -> None:
        self._journal = journal
        self._log = ParameterLog(journal.engine)
        self._load = load
        self._rule = Rule(live, loosened)
        # Two locks: a boundary never waits for a load.
        self._offering, self._changing = threading.Lock(), threading.Lock()
        opened = open_parameters(journal, load, now, lambda _loaded: self._rule, flags or {})
        self._current = opened.snapshot
        self._followed = opened.snapshot.number
        self._seen = self._files = opened.seen
        self._pending: Change | None = None
        self._awaiting = opened.awaiting
        self._trouble = ""
        self._cold: tuple[str, ...] = ()

    @property
    def current(self) -> Snapshot:
        """What is in force."""
        return self._current

    @property
    def pending(self) -> Change | None:
        """What comes into force at the next boundary."""
        return self._pending

    @property
    def awaiting(self) -> Change | None:
        """What waits for a person, because it loosens limits while live."""
        return self._awaiting

    def offer(self, source: Source, now: int, final: bool = True) -> Verdict:
        """Load what the files say now. Not `final`: where that is not valid nobody is alerted yet, because a file may
        be half written; the caller asks again.
        """
        with self._offering:
            try:
                files = self._load()
            except KeelError as error:
                return self._invalid(str(error), now, final)
            with self._changing:
                return self._judge(files, source, now)

    def at_boundary(self, now: int) -> Snapshot:
        """Between two bars: swap in what a person said, then what is pending; returns what is in force.

        Raises:
            Unavailable: the journal cannot be written; nothing was swapped.
        """
        with self._changing:
            newest = self._log.newest()
            ahead = newest is not None and newest.number > self._followed
            said = self._log.newest_by_person(self._followed) if ahead else None
            if said is not None:
                self._take(said, now)
            pending = self._pending
            if pending is None or newest is None:
                return self._current
            by_another = newest.adoption.version == newest.adoption.seen == pending.version
            number = newest.number if by_another else self._record(pending, newest.number, now)
            if number is not None:  # else somebody was faster: the next boundary looks again
                self._swap(Snapshot(pending.loaded, pending.version, number, now, pending.source), pending.version)
                self._pending = None
            return self._current

    def follow(self, now: int) -> Snapshot:
        """For whoever looks on and does not decide: swap in what anybody has adopted since, and return it. Nothing is
        journaled: what is pending here waits until the one who decides adopts it at a boundary.
        """
        with self._changing:
            newest = self._log.newest()
            if newest is not None and newest.number > self._followed:
                self._take(newest, now)
            return self._current

    def revert(self, now: int, who: str = "", why: str = "") -> int:
        """One step back at the next boundary (see `person.revert`); what was pending or waiting is dropped."""
        with self._changing:
            number = revert(self._log, self._files, self._rule, now, who, why)
            self._pending = self._awaiting = None
            return number

    def confirm(self, version: str, who: str, now: int) -> int:
        """Let in what waits, at the next boundary (see `person.confirm`)."""
        with self._changing:
            number = confirm(self._log, self._awaiting, version, self._rule, now, who)
            self._awaiting = None
            return number

    def _judge(self, files: Loaded, source: Source, now: int) -> Verdict:
        self._trouble = ""
        self._files = hot_version(files.tree)
        self._tell_cold(files, now)
        if self._files == self._seen:
            self._pending = self._awaiting = None
            return Verdict.UNCHANGED
        if self._pending is not None and self._pending.version == self._files:
            self._awaiting = None
            return Verdict.PENDING
        try:
            loaded = with_hot_of(self._current.loaded, files)
        except BadInput as error:
            return self._invalid(str(error), now, final=True)
        return self._weigh(Change(loaded, self._files, source, ()), now)

    def _weigh(self, change: Change, now: int) -> Verdict:
        """Against what is in force. A tighter change that is pending stays so while a looser one waits."""
        current = self._current
        loosened = self._rule.loosened(current.loaded, change.loaded)
        change = replace(change, loosened=loosened)
        if waits(change, self._rule):
            self._awaiting = change
            ask_to_confirm(self._journal, change, current.number, now)
            return Verdict.AWAITING
        self._pending, self._awaiting = change, None
        return Verdict.PENDING

    def _take(self, said: ParameterVersion, now: int) -> None:
        """Swap in what somebody else adopted."""
        self._followed = said.number
        try:
            loaded = with_journaled(self._current.loaded, said)
        except BadInput as error:
            self._alert("person", f"parameters {said.number} cannot be put into force: {error}", now)
            return
        adoption = said.adoption
        self._swap(Snapshot(loaded, adoption.version, said.number, now, adoption.source), adoption.seen)
        self._weigh_again(said, now)

    def _weigh_again(self, said: ParameterVersion, now: int) -> None:
        """What the files wanted before somebody spoke: no more if that one saw it, else against what is new."""
        wanted = [one for one in (self._pending, self._awaiting) if one is not None]
        self._pending = self._awaiting = None
        for one in wanted:
            if one.version not in (said.adoption.seen, said.adoption.version):
                self._weigh(one, now)

    def _record(self, change: Change, after: int, now: int) -> int | None:
        return self._log.record(adoption_of(change, change.version, now), after)

    def _swap(self, snapshot: Snapshot, seen: str) -> None:
        self._seen, self._followed = seen, max(self._followed, snapshot.number)
        self._current = snapshot

    def _invalid(self, text: str, now: int, final: bool) -> Verdict:
        if final and text != self._trouble:
            self._trouble = text
            current = self._current
            stays = f"nothing was changed, parameters {current.number} ({current.version[:12]}) stay in force"
            self._alert("invalid", f"{text}; {stays}", now)
        return Verdict.INVALID

    def _tell_cold(self, files: Loaded, now: int) -> None:
        changed = cold_changes(self._current.loaded, files)
        if changed and changed != self._cold:
            self._alert("cold", f"changed, and in force only after a restart: {', '.join(changed)}", now)
        self._cold = changed

    def _alert(self, kind: str, text: str, now: int) -> None:
        severity = "warning" if kind == "cold" else "error"
        self._journal.raise_alert(f"parameters {kind} {now} {digest(text)}", severity, text, now)
