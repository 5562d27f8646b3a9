"""A traded window: bars as they are known now and as they were read then, and what was really decided and filled."""

from dataclasses import dataclass, field

from models.engine import Panel, Parameters, State
from models.gap.executions import Done
from models.gap.kinds import Causes, Kind
from models.types import BoolArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What was recorded of one bar that was decided on.

    Attributes:
        after: the state after its decision.
        ordered: rows of the book that were ordered something at it.
    """

    after: State
    ordered: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Bars of one configuration; both panels have the same rows, and what persons did from outside.

    Attributes:
        now: the lake as it is; decided where the session decided.
        then: what the decisions read; of bars on which nobody decided the same as `now`.
        skipped, held_up: shape (n_times,): bars on which nobody decided because nobody came, and because their data did
            not.
        waits: codes of then-gates that stand for orders of which nobody knew what became.
        done: fills by row of the panels, in the order they happened; EXPIRED for an order that was taken back.
        moments: by row of the panels; every decided row has one.
    """

    parameters: Parameters
    now: Panel
    then: Panel
    skipped: BoolArray
    held_up: BoolArray
    waits: frozenset[int] = frozenset()
    done: dict[int, list[Done]] = field(default_factory=dict)
    moments: dict[int, Moment] = field(default_factory=dict)

    @property
    def ts(self) -> IntArray:
        """Opens of the bars, UTC microseconds."""
        return self.now.ts

    def panel(self, causes: Causes) -> Panel:
        """What a world with these causes reads."""
        seen = self.then if Kind.DATA in causes else self.now
        decided = self.now.decided.copy()
        if Kind.DATA not in causes:
            decided |= self.held_up
        if Kind.TIMING in causes:
            return seen._replace(decided=decided)
        decided |= self.skipped
        codes = seen.codes.copy()
        for code in self.waits:
            waiting = self.then.gate == code
            codes[waiting] = self.now.codes[waiting]
        return seen._replace(decided=decided, codes=codes)
