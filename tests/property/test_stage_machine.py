"""Random lives of a book line: evidence of any kind, steps up and down, restarts and forged records."""

import math
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from plain_stages import MICRO_DAY, plain_fall, plain_falls, plain_passes, plain_replay, plain_sound
from stage_rules import LADDER, LINE, RULES, SPOILT, enough

from models.stages import (
    Demoted,
    Demotion,
    Evidence,
    Promoted,
    Standing,
    Step,
    demoted,
    demotions,
    may_promote,
    may_return,
    most_capital,
    replayed,
    standing_under,
    verdicts,
)
from models.types import Damaged
from models.types.stages import Stage

PEOPLE = ("ana", "ben")
NOBODY = ("", "  ", "keel", "Keel ", "guardian")
STANDINGS = st.sampled_from(LADDER)
WAITS = st.sampled_from([0, 60, 200])
PICK = st.integers(0, 40)
SPOILS = st.lists(
    st.sampled_from(sorted(SPOILT)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(SPOILT[name]))),
    max_size=2,
)
STAGES = st.sampled_from([None, None, None, None, *Stage])
BETTER = st.sampled_from(
    [
        {},
        {},
        {"profit_factor": math.inf},
        {"days": 91.0, "sharpe": 4.0},
        {"days": 92.0},
        {"days": 181.0},
        {"days": 182.0},
    ]
)


class Line(RuleBasedStateMachine):
    """A record that only grows by what is allowed, beside a standing that the plain rules keep."""

    @initialize()
    def begins(self) -> None:
        self.steps: list[Step] = []
        self.standing = LADDER[0]
        self.now = 1_700_000_000_000_000
        self.lost: Standing | None = None

    def evidence(self, stage: Stage | None, better: dict[str, float], spoils: list[tuple[str, float]]) -> Evidence:
        found = enough(self.standing.stage if stage is None else stage, **better)
        return replace(found, **dict(spoils))

    def written(self, step: Step) -> None:
        self.steps.append(step)
        self.standing = step.after

    def step_up(self, after: Standing, evidence: Evidence, who: str = "ana") -> Promoted:
        return Promoted(LINE, self.now, who, "earned", self.standing, after, evidence, RULES)

    @rule(stage=STAGES, better=BETTER, spoils=SPOILS, days=WAITS, who=st.sampled_from(PEOPLE))
    def asks_for_promotion(
        self, stage: Stage | None, better: dict[str, float], spoils: list[tuple[str, float]], days: int, who: str
    ) -> None:
        self.now += days * MICRO_DAY
        evidence = self.evidence(stage, better, spoils)
        earned = plain_passes(self.standing, evidence)
        found = may_promote(self.standing, evidence, RULES)
        assert found == (LADDER[LADDER.index(self.standing) + 1] if earned else None)
        assert earned == (all(one.passed for one in verdicts(self.standing, evidence, RULES)) and found is not None)
        if found is not None and evidence.days <= days:
            self.written(self.step_up(found, evidence, who))
            self.lost = None

    @rule(days=st.sampled_from([60, 200]))
    def earns(self, days: int) -> None:
        self.asks_for_promotion(None, {}, [], days, "ben")

    @rule(stage=STAGES, spoils=SPOILS)
    def nightly(self, stage: Stage | None, spoils: list[tuple[str, float]]) -> None:
        self.now += MICRO_DAY
        evidence = self.evidence(stage, {}, spoils)
        costs = demotions(self.standing, evidence, RULES)
        assert list(costs) == plain_falls(self.standing, evidence)
        if costs:
            self.falls(costs[0], "keel")

    @rule(cause=st.sampled_from(list(Demotion)))
    def is_demoted(self, cause: Demotion) -> None:
        self.falls(cause, "ana")

    def falls(self, cause: Demotion, who: str) -> None:
        before, after = self.standing, demoted(self.standing, cause)
        assert after == plain_fall(before, cause)
        assert LADDER.index(after) <= LADDER.index(before)
        self.written(Demoted(LINE, self.now, who, "lost", before, after, cause))
        self.lost = before if cause is Demotion.RELEASE and before.stage.is_money else None

    @rule(stage=STAGES, spoils=SPOILS)
    def asks_for_what_a_release_took(self, stage: Stage | None, spoils: list[tuple[str, float]]) -> None:
        evidence = replace(self.evidence(stage, {}, []), **{"days": 2.0, **dict(spoils)})
        sound = evidence.stage is Stage.PAPER and plain_sound(evidence)
        assert may_return(self.steps, evidence, RULES) == (self.lost if sound else None)
        if self.lost is not None and sound and evidence.days <= 2.0:
            self.now += 2 * MICRO_DAY
            self.written(self.step_up(self.lost, evidence))
            self.lost = None

    def forged(self, record: list[Step]) -> None:
        """A record that somebody changed: what the plain rules allow and nothing else."""
        expected = plain_replay(record)
        if expected is None:
            with pytest.raises(Damaged, match="cannot be"):
                replayed(record, LINE)
        else:
            assert replayed(record, LINE) == expected

    @rule(pick=PICK, after=STANDINGS, spoils=SPOILS, who=st.sampled_from(PEOPLE + NOBODY), days=WAITS)
    def a_step_is_inserted(
        self, pick: int, after: Standing, spoils: list[tuple[str, float]], who: str, days: int
    ) -> None:
        place = pick % (len(self.steps) + 1)
        before = self.steps[place].before if place < len(self.steps) else self.standing
        at = (self.steps[place - 1].at if place else self.now) + days * MICRO_DAY
        evidence = replace(enough(before.stage), **dict(spoils))
        step = Promoted(LINE, at, who, "because", before, after, evidence, RULES)
        self.forged([*self.steps[:place], step, *self.steps[place:]])

    @rule(after=STANDINGS)
    def a_record_begins_higher_up(self, after: Standing) -> None:
        record = [one for one in self.steps if LADDER.index(one.before) >= LADDER.index(after)]
        self.forged(record)

    @precondition(lambda self: self.steps)
    @rule(pick=PICK, spoils=SPOILS)
    def evidence_is_edited(self, pick: int, spoils: list[tuple[str, float]]) -> None:
        self.changed(pick, lambda one: replace(one, evidence=replace(one.evidence, **dict(spoils))), Promoted)

    @precondition(lambda self: self.steps)
    @rule(pick=PICK, after=STANDINGS)
    def a_stage_is_skipped(self, pick: int, after: Standing) -> None:
        self.changed(pick, lambda one: replace(one, after=after), Promoted | Demoted)

    @precondition(lambda self: self.steps)
    @rule(pick=PICK, who=st.sampled_from(NOBODY))
    def a_person_is_missing(self, pick: int, who: str) -> None:
        self.changed(pick, lambda one: replace(one, who=who), Promoted)

    @precondition(lambda self: self.steps)
    @rule(pick=PICK)
    def a_step_is_another_lines(self, pick: int) -> None:
        self.changed(pick, lambda one: replace(one, line="binance|1h|ETH/USDT"), Promoted | Demoted)

    @precondition(lambda self: self.steps)
    @rule(pick=PICK)
    def a_step_is_gone(self, pick: int) -> None:
        place = pick % len(self.steps)
        self.forged([*self.steps[:place], *self.steps[place + 1 :]])

    @precondition(lambda self: len(self.steps) > 1)
    @rule(pick=PICK, other=PICK)
    def steps_are_exchanged(self, pick: int, other: int) -> None:
        record = list(self.steps)
        one, two = pick % len(record), other % len(record)
        record[one], record[two] = record[two], record[one]
        self.forged(record)

    def changed(self, pick: int, change, kinds) -> None:
        places = [k for k, one in enumerate(self.steps) if isinstance(one, kinds)]
        if places:
            place = places[pick % len(places)]
            self.forged([*self.steps[:place], change(self.steps[place]), *self.steps[place + 1 :]])

    @invariant()
    def a_restart_finds_the_same(self) -> None:
        if hasattr(self, "steps"):
            assert replayed(self.steps, LINE) == self.standing
            assert standing_under(self.steps, LINE, RULES) == self.standing

    @invariant()
    def money_has_every_criterion_behind_it(self) -> None:
        """Without the fold: from the record backwards, each stage below the money was left on evidence that passes."""
        if not hasattr(self, "steps") or not self.standing.stage.is_money:
            return
        for below in LADDER[: LADDER.index(self.standing)]:
            made = [one for one in self.steps if isinstance(one, Promoted) and one.before == below]
            assert any(plain_passes(below, one.evidence) and one.who in PEOPLE for one in made), below
        assert (
            most_capital(self.standing, RULES)
            == (500.0, 1000.0, 2500.0, 5000.0, 10_000.0)[LADDER.index(self.standing) - 2]
        )


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
