"""A second opinion on a page: another feed's closes of the same bars, and a vote where they differ.

What that costs: at the end of the series one request more for a page. In a history the answer of the other feed
reaches beyond the page whose end it was asked for, and bears the next one out as well: one request for two pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np

from data.journal import Fault
from models.types import BadInput, Bars, Unavailable
from tasks.session.feeds.comparing import SAMPLE, CrossCheck, PairCheck, Tolerance, Verdict, compare, cross_check
from tasks.session.feeds.judging import rule_on
from tasks.session.feeds.notebook import Notebook
from tasks.session.feeds.patience import Unanswered
from tasks.session.feeds.source import Reading, Source, same_quote


class Standing(Enum):
    """What the others make of a page."""

    BORNE_OUT = auto()
    REFUTED = auto()
    DISPUTED = auto()
    ALONE = auto()


@dataclass(frozen=True, slots=True)
class Opinion:
    """A page's standing and, in words, why."""

    standing: Standing
    reason: str


@dataclass(slots=True, eq=False)
class Witnesses:
    """The feeds of one series, as witnesses for each other; the first one's quote currency is the series' own."""

    readings: tuple[Reading, ...]
    notebook: Notebook
    _answers: dict[Source, Bars] = field(default_factory=dict)
    _unable: set[Source] = field(default_factory=set)

    def opinion(self, source: Source, bars: Bars, newest: bool) -> Opinion:
        """Of the bars of a page; `newest`: they end where the series does, and every bar of the sample counts."""
        tolerance = Tolerance(self.notebook.rules.tolerance_bps, strict=newest)
        for reading in self._others(source):
            if self._on_pause(reading.source):
                continue
            check = self._held_against(source, bars, reading, tolerance)
            if check.verdict is Verdict.APART and self._on_probation(reading.source):
                # Who was wrong before refutes nobody until it was borne out itself.
                self._refuted(reading.source, _apart(check, tolerance))
            elif check.verdict is Verdict.APART:
                return self._vote(source, bars, check, tolerance)
            # A feed of another currency needs one of the series' own beside it.
            if check.verdict is Verdict.AGREE and (self.own(source) or self.own(reading.source)):
                self.notebook.believed(reading.source)
                return Opinion(Standing.BORNE_OUT, f"{reading.source.name} agrees with {source.name}")
        return Opinion(Standing.ALONE, f"no other feed can say whether {source.name} is right")

    def _held_against(self, source: Source, bars: Bars, reading: Reading, tolerance: Tolerance) -> PairCheck:
        mine = (source.name, bars)
        if not tolerance.strict:
            known = self._answers.get(reading.source)
            reused = None if known is None else compare(mine, (reading.source.name, known), tolerance)
            if reused is not None and reused.common >= min(SAMPLE, len(bars)):
                return reused
        self._ask(reading, int(bars.ts[-SAMPLE:][0]), tolerance)
        return compare(mine, (reading.source.name, self._answers.get(reading.source, _none())), tolerance)

    def _ask(self, reading: Reading, since: int, tolerance: Tolerance) -> None:
        """Fetch the other feed's answer from `since` on, if it has one; its failure is noted."""
        witness = reading.source
        self._answers.pop(witness, None)
        if witness in self._unable and not tolerance.strict:
            return
        try:
            bars = reading.once(since)
        except BadInput:
            # It keeps too little history, or has no such symbol: no failure, but not asked for every page either.
            self._unable.add(witness)
        except Unanswered as error:
            self.notebook.failed(witness, Fault.HANGING, str(error))
        except Unavailable as error:
            self.notebook.failed(witness, Fault.DOWN, str(error))
        else:
            self.notebook.answered(witness)
            if bars is not None:
                self._answers[witness] = bars

    def _vote(self, source: Source, bars: Bars, apart: PairCheck, tolerance: Tolerance) -> Opinion:
        answers = {source: bars}
        for reading in self._others(source):
            witness = reading.source
            if witness.name != apart.other and not self._on_probation(witness):
                self._ask(reading, apart.first, tolerance)
            told = _between(self._answers.get(witness, _none()), apart)
            if len(told):
                answers[witness] = told
        check = cross_check({one.name: told for one, told in answers.items()}, tolerance)
        own = frozenset(one.name for one in answers if self.own(one))
        ruling = rule_on(tuple(one.name for one in answers), own, check)
        for witness in answers:
            if witness is not source and witness.name in ruling.wrong:
                self._refuted(witness, _wrong(witness.name, ruling.believed, check))
        if source.name in ruling.wrong:
            return Opinion(Standing.REFUTED, _wrong(source.name, ruling.believed, check))
        if source.name in ruling.believed:
            return Opinion(Standing.BORNE_OUT, f"{', '.join(ruling.believed)} agree")
        if self._on_probation(source):
            return Opinion(Standing.REFUTED, _apart(apart, tolerance))
        undecided = f"{_apart(apart, tolerance)}, and among {len(answers)} feeds no majority says who is right"
        return Opinion(Standing.DISPUTED, undecided)

    def _refuted(self, witness: Source, reason: str) -> None:
        self._answers.pop(witness, None)
        self.notebook.failed(witness, Fault.WRONG, reason)

    def _others(self, source: Source) -> Iterator[Reading]:
        """Those of the series' own currency first, each kind in its order."""
        others = [one for one in self.readings if one.source is not source]
        yield from sorted(others, key=lambda one: not self.own(one.source))

    def own(self, source: Source) -> bool:
        """Whether it is quoted in the series' own currency."""
        return same_quote(source.symbol, self.readings[0].source.symbol)

    def _on_pause(self, source: Source) -> bool:
        pause = self.notebook.pause(source)
        return pause is not None and pause.retry_at > self.notebook.clock.now()

    def _on_probation(self, source: Source) -> bool:
        pause = self.notebook.pause(source)
        return pause is not None and pause.fault is Fault.WRONG


def _between(bars: Bars, check: PairCheck) -> Bars:
    return bars.rows((bars.ts >= check.first) & (bars.ts <= check.last))


def _none() -> Bars:
    empty = np.empty(0)
    return Bars(np.empty(0, np.int64), empty, empty, empty, empty, empty)


def _wrong(name: str, believed: tuple[str, ...], check: CrossCheck) -> str:
    pairs = [pair for pair in check.pairs if name in (pair.one, pair.other) and {pair.one, pair.other} & set(believed)]
    worst = max(pair.worst_bps for pair in pairs)
    return (
        f"closes of {name} are up to {worst:.0f} bps off those of {', '.join(believed)}, "
        f"{check.tolerance_bps:g} are allowed"
    )


def _apart(check: PairCheck, tolerance: Tolerance) -> str:
    return (
        f"closes of {check.one} and {check.other} are up to {check.worst_bps:.0f} bps apart over {check.common} bars, "
        f"{tolerance.bps:g} are allowed"
    )
