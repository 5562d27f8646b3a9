"""The trial ledger for people: what every evolution tried, and what it adds up to on each data."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from data.journal import Journal, Totals, Trial, TrialKind, TrialLedger
from models.types import iso

KINDS: tuple[TrialKind, ...] = ("search", "placebo", "judgement", "vault")


@dataclass(frozen=True, slots=True)
class Charged:
    """What one run tried for one specialist.

    Attributes:
        evaluations: by kind.
        effective: independent ones among them, None where the run was abandoned before that was measured.
        last: when the newest of them was charged, UTC microseconds.
        notes: why the held bars were looked at.
    """

    run: str
    specialist: str
    series: str
    data_sha256: str
    evaluations: dict[TrialKind, int]
    effective: float | None
    last: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Everything that was ever tried, the newest first; and totals by the data's hash."""

    rows: tuple[Charged, ...]
    totals: dict[str, Totals]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "trials": sum(one.evaluations for one in self.totals.values()),
            "effective_trials": sum(one.effective for one in self.totals.values()),
            "totals": [{"data_sha256": sha} | asdict(one) for sha, one in self.totals.items()],
            "rows": [asdict(one) | {"last": iso(one.last)} for one in self.rows],
        }

    def table(self) -> list[dict[str, Any]]:
        """A row for each run and specialist."""
        return [
            {
                "last": iso(one.last),
                "run": one.run,
                "on": one.series,
                "data": one.data_sha256[:8],
                "specialist": one.specialist,
                **{kind: one.evaluations[kind] for kind in KINDS},
                "effective": one.effective,
                "looked because": "; ".join(one.notes),
            }
            for one in self.rows
        ]

    def totals_table(self) -> list[dict[str, Any]]:
        """A row for each data."""
        return [
            {
                "data": sha[:8],
                "on": next(row.series for row in self.rows if row.data_sha256 == sha),
                "trials": one.evaluations,
                "effective": one.effective,
                "runs": one.runs,
                "looks into the vault": one.looks,
            }
            for sha, one in self.totals.items()
        ]


def ledger_of(journal: Journal | None) -> LedgerView:
    """Of the journal; of none: nothing was tried yet."""
    if journal is None:
        return LedgerView((), {})
    ledger = TrialLedger(journal.engine)
    trials = ledger.rows()
    shas = dict.fromkeys(one.data_sha256 for one in trials)
    ordered = sorted(trials, key=_whose)
    rows = [_together(list(group)) for _, group in groupby(ordered, key=_whose)]
    newest_first = sorted(rows, key=lambda one: (-one.last, one.run, one.specialist))
    return LedgerView(tuple(newest_first), {sha: ledger.totals(sha) for sha in shas})


def _whose(trial: Trial) -> tuple[str, str, str]:
    return trial.data_sha256, trial.run, trial.specialist


def _together(trials: list[Trial]) -> Charged:
    first = trials[0]
    return Charged(
        run=first.run,
        specialist=first.specialist,
        series=first.series,
        data_sha256=first.data_sha256,
        evaluations={kind: _sum(trials, kind) for kind in KINDS},
        effective=max((one.effective for one in trials if one.effective is not None), default=None),
        last=max(one.at for one in trials),
        notes=tuple(one.note for one in sorted(trials, key=lambda one: one.at) if one.kind == "vault"),
    )


def _sum(trials: Iterable[Trial], kind: TrialKind) -> int:
    return sum(one.evaluations for one in trials if one.kind == kind)
