"""Charging the trials of one evolution: before they are made, and once for the same work."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.journal import Trial, TrialLedger
from data.journal.trial_ledger import TrialKind
from models.evolution.problem import WHOLE, Problem
from models.types import Regime
from tasks.ports import Clock


@dataclass(frozen=True, slots=True)
class Charges:
    """What a run of this id charges; `data_sha256` is of the training bars: newer ones do not make it other data.

    A key says all that the same work has in common: with settings that are no part of the id, such as how far
    checkpoints are apart, other work is charged too.
    """

    ledger: TrialLedger
    clock: Clock
    run: str
    series: str
    data_sha256: str

    def search(self, problem: Problem, until: int, generations: int) -> None:
        """The next generations of a search, which end with generation number `until`."""
        count = generations * problem.settings.population
        self._charge(
            f"{problem.name}/{until - generations}-{until}", "search", problem.specialist, problem.fold, count, ""
        )

    def choosing(self, problem: Problem, evaluations: int) -> None:
        """The choice of its winner."""
        self._charge(f"{problem.name}/winner", "search", problem.specialist, problem.fold, evaluations, "choice")

    def placebos(self, specialist: Regime, evaluations: int) -> None:
        """The short searches on shuffled returns."""
        self._charge(
            f"{_name(specialist)}/placebos/{evaluations}", "placebo", specialist, WHOLE, evaluations, "shuffled returns"
        )

    def judged(self, specialist: Regime, evaluations: int) -> None:
        """What the gates tried: neighbours, and backtests of samples."""
        self._charge(f"{_name(specialist)}/judged/{evaluations}", "judgement", specialist, WHOLE, evaluations, "gates")

    def look(self, specialists: Sequence[Regime], number: int, why: str) -> None:
        """The look of this number at the bars held from this data, by the genomes of these specialists."""
        at = self.clock.now()
        for one in specialists:
            self._charge(f"{_name(one)}/vault/{self.data_sha256[:12]}/{number}", "vault", one, WHOLE, 1, why, at)

    def _charge(
        self,
        key: str,
        kind: TrialKind,
        specialist: Regime,
        fold: int,
        evaluations: int,
        note: str,
        at: int | None = None,
    ) -> None:
        self.ledger.charge(
            Trial(
                key=f"{self.run}/{key}",
                run=self.run,
                kind=kind,
                specialist=_name(specialist),
                fold=fold,
                series=self.series,
                data_sha256=self.data_sha256,
                evaluations=evaluations,
                at=self.clock.now() if at is None else at,
                note=note,
            )
        )


def _name(specialist: Regime) -> str:
    return specialist.name.lower()
