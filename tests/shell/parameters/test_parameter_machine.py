"""Any order of edits, offers, boundaries, steps back, confirmations and restarts, against a plain model."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from parameter_files import NOW, Desk, copied_files, figure, figure_of_tree, made_desk

from data.journal import open_journal
from models.types import Refused
from tasks.session.parameters import Verdict

FIGURES = st.integers(min_value=1, max_value=6)
TEMPLATE = tempfile.TemporaryDirectory(prefix="parameters")


def _journal_file() -> Path:
    """An empty journal to copy: migrating one takes longer than a whole run."""
    made = Path(TEMPLATE.name) / "journal.sqlite"
    if not made.exists():
        made_desk(made.parent).journal.engine.dispose()
    return made


class Machine(RuleBasedStateMachine):
    """`rows` are the journal's: figure, and the figure of the files at that time. The server is asked by its face."""

    @initialize(k=FIGURES, live=st.booleans())
    def begin(self, k: int, live: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parameters"))
        copy = self.folder / "journal.sqlite"
        shutil.copy(_journal_file(), copy)
        self.desk = Desk(copied_files(self.folder, k), open_journal(copy), live)
        self.written: int | None = k
        self.rows: list[tuple[int, int]] = []
        self.confirmed: set[int] = set()  # rows that a person let in
        self.spoke: int | None = None  # row that a person added since the last boundary
        self.open()

    def open(self) -> None:
        self.server = self.desk.server()
        self.spoke, self.pending, self.awaiting = None, None, None
        if self.written is None:
            self.in_force, self.seen = self.rows[-1]
        elif not self.rows:
            self.rows.append((self.written, self.written))
            self.in_force = self.seen = self.written
        elif self.written == self.rows[-1][1]:
            self.in_force, self.seen = self.rows[-1]
        elif self.desk.live and self.written > self.rows[-1][0]:
            (self.in_force, self.seen), self.awaiting = self.rows[-1], self.written
        else:
            self.rows.append((self.written, self.written))
            self.in_force = self.seen = self.written
        self.known = self.seen

    @rule(k=FIGURES, atomic=st.booleans())
    def edit(self, k: int, atomic: bool) -> None:
        if atomic:
            self.desk.files.replace(self.desk.files.text(k))
        else:
            self.desk.files.write(k)
        self.written = k

    # What usually happens in a row, so that a run gets far; the single steps beside it mix it up.
    @rule(k=FIGURES)
    def hear_of_an_edit(self, k: int) -> None:
        self.edit(k, atomic=False)
        self.offer()

    @rule(k=FIGURES)
    def let_an_edit_in(self, k: int) -> None:
        self.hear_of_an_edit(k)
        self.boundary()

    @rule()
    def damage(self) -> None:
        self.desk.files.breaks()
        self.written = None

    @rule()
    def offer(self) -> None:
        verdict = self.server.offer("file", NOW)
        if self.written is None:
            assert verdict is Verdict.INVALID
            return
        self.known = self.written
        if self.written == self.seen:
            assert verdict is Verdict.UNCHANGED
            self.pending = self.awaiting = None
        elif self.written == self.pending:
            self.awaiting = None
        else:
            assert verdict is self.weigh(self.written)

    def weigh(self, k: int) -> Verdict:
        if self.desk.live and k > self.in_force:
            self.awaiting = k
            return Verdict.AWAITING
        self.pending, self.awaiting = k, None
        return Verdict.PENDING

    @rule()
    def boundary(self) -> None:
        self.server.at_boundary(NOW)
        if self.spoke is not None:
            self.in_force, self.seen = self.rows[self.spoke]
            wanted = [one for one in (self.pending, self.awaiting) if one is not None]
            self.pending = self.awaiting = self.spoke = None
            for one in wanted:
                if one not in (self.in_force, self.seen):
                    self.weigh(one)
        if self.pending is not None:
            if self.rows[-1] != (self.pending, self.pending):
                self.rows.append((self.pending, self.pending))
            self.in_force = self.seen = self.pending
            self.pending = None

    @rule()
    def step_back(self) -> None:
        now = self.rows[-1][0]
        others = [k for k, _ in self.rows if k != now]
        if not others or (self.desk.live and others[-1] > now):
            with pytest.raises(Refused):
                self.server.revert(NOW)
            return
        self.server.revert(NOW)
        self.rows.append((others[-1], self.known))
        self.spoke = len(self.rows) - 1
        self.pending = self.awaiting = None

    @precondition(lambda self: self.awaiting is not None)
    @rule()
    def confirm(self) -> None:
        assert self.server.awaiting is not None
        self.server.confirm(self.server.awaiting.version, "anna", NOW)
        self.rows.append((self.awaiting, self.awaiting))
        self.spoke = len(self.rows) - 1
        self.confirmed.add(self.spoke)
        self.awaiting = None

    @rule()
    def restart(self) -> None:
        self.open()

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        assert figure(self.server.current.loaded) == self.in_force
        for held, wanted in ((self.server.pending, self.pending), (self.server.awaiting, self.awaiting)):
            assert (None if held is None else figure(held.loaded)) == wanted

    @invariant()
    def the_journal_holds_it(self) -> None:
        found = [one.adoption for one in reversed(self.desk.log.history())]
        assert [figure_of_tree(one.tree) for one in found] == [k for k, _ in self.rows]
        assert self.server.current.version in {one.version for one in found}

    @invariant()
    def nothing_gets_looser_while_live_without_a_person(self) -> None:
        if self.desk.live:
            rows = [k for k, _ in self.rows]
            looser = {k for k in range(1, len(rows)) if rows[k] > rows[k - 1]}
            assert looser <= self.confirmed

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.journal.engine.dispose()
            shutil.rmtree(self.folder)


TestMachine = pytest.mark.risk(Machine.TestCase)
TestMachine.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    phases=[Phase.explicit, Phase.generate],  # to shrink a failure takes minutes
)
