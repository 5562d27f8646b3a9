"""A recorded session folded again: stretch by stretch of one configuration each, the state carried over."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from pydantic import ValidationError

from conf import Loaded, Settings
from conf.genome_files import genome_hashes
from conf.load import canonical
from data.journal import Decision, Journal, RiskLog
from models.engine import GivenFill, Run, State, first_state, run_backtest
from models.types import Damaged, Fill, IntArray, Intent, LadderEvent, Leg, Switch
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.recorded import recorded_panel
from tasks.session.taken_back import TakenBack, taken_back

END = (0.0, 0.0, 0.0, 0.0)
GENOMES = "genomes"
# Of orders, beside the reasons for which bars were closed.
ORDER_TAKEN_BACK = "order_taken_back"


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Folds one after the other, each from the state that the one before left.

    Attributes:
        start: what the first began with.
        outside: see Recorded.
        other_settings: configuration versions that could not be built again: the present one was in their place.
    """

    start: State
    runs: tuple[Run, ...]
    outside: dict[str, int]
    other_settings: tuple[str, ...]

    @property
    def missed(self) -> int:
        """Bars on which nobody decided."""
        return sum(int((~run.panel.decided).sum()) for run in self.runs)

    @property
    def state(self) -> State:
        """At the end."""
        return self.runs[-1].state

    def intents(self) -> list[Intent]:
        """Of all runs."""
        return [one for run in self.runs for one in run.intents()]

    def executions(self) -> list[Fill]:
        """Of all runs."""
        return [one for run in self.runs for one in run.executions()]

    def switched(self) -> list[Switch]:
        """Of all runs."""
        return [one for run in self.runs for one in run.switched()]

    def ladder_events(self) -> list[LadderEvent]:
        """Of all runs."""
        return [one for run in self.runs for one in run.ladder_events()]


def fold_again(desk: Desk, journal: Journal, decisions: list[Decision]) -> Folded:
    """Fold over the bars of the decisions (one or more, of one book), each stretch by the configuration of its own.

    What came from outside acts where a decision consumed it.

    Raises:
        Damaged: stored data or a configuration does not match its checksum.
    """
    trees, events = journal.config_trees(), RiskLog(journal.engine).consumed_events(decisions[0].book)
    stretches = [(version, list(some)) for version, some in groupby(decisions, key=lambda one: one.config_version)]
    then = {version: configuration_of(desk.loaded, version, trees[version]) for version, _ in stretches}
    desks = {version: desk if loaded is None else replace(desk, loaded=loaded) for version, loaded in then.items()}
    books = {version: configured_book(one) for version, one in desks.items()}
    start = first_state(books[decisions[0].config_version].parameters.systems)
    runs: list[Run] = []
    outside: Counter[str] = Counter()
    after, back = None, taken_back(journal, decisions)
    for version, stretch in stretches:
        recorded = recorded_panel(desks[version], books[version], stretch, events, after)
        ends = _ends_of(books[version], [one.bar for one in stretch], recorded.panel.ts, back)
        runs.append(run_backtest(recorded.panel, books[version].parameters, runs[-1].state if runs else start, ends))
        outside.update(recorded.outside)
        if ends:
            outside[ORDER_TAKEN_BACK] += len(ends)
        after = stretch[-1].bar
    unknown = sorted(version for version, loaded in then.items() if loaded is None)
    return Folded(start, tuple(runs), dict(outside), tuple(unknown))


def _ends_of(book: Book, bars: list[int], ts: IntArray, back: list[TakenBack]) -> tuple[GivenFill, ...]:
    """What was taken back before one of the decisions for `bars`: the ends of its orders in the panel of opens `ts`."""
    numbers = {row: number for number, row in enumerate(book.rows)}
    return tuple(
        GivenFill(int(np.searchsorted(ts, one.after, side="right")), numbers[one.system, one.symbol], Leg.EXPIRED, *END)
        for one in back
        if one.bar in bars and (one.system, one.symbol) in numbers
    )


def configuration_of(present: Loaded, version: str, tree: str) -> Loaded | None:
    """The configuration that the tree describes, None where another Keel or other genomes' files were behind it.

    Raises:
        Damaged: the tree is not that of the version.
    """
    if hashlib.sha256(tree.encode()).hexdigest() != version:
        raise Damaged(f"the journal's configuration {version[:12]} is not what it was; restore it from a backup")
    if version == present.version:
        return present
    named = json.loads(tree)
    genomes = named.pop(GENOMES)
    try:
        settings = Settings.model_validate(named)
    except ValidationError:
        return None
    if genome_hashes(settings.specialists) != genomes or canonical(settings, genomes) != tree:
        return None
    return replace(present, settings=settings, tree=tree, version=version)
