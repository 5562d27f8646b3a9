"""The trial ledger for people: what every evolution tried, and what it adds up to for each book."""

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
    """Everything that was ever tried, the newest first; totals by series, each with what was tried on others that share
    a symbol with it; and the sum of everything.
    """

    rows: tuple[Charged, ...]
    totals: dict[str, Totals]
    everything: Totals

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "trials": self.everything.evaluations,
            "effective_trials": self.everything.effective,
            "totals": [{"series": series} | asdict(one) for series, one in self.totals.items()],
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
        """A row for each series."""
        return [
            {
                "on, or on one of its symbols": series,
                "trials": one.evaluations,
                "effective": one.effective,
                "runs": one.runs,
                "looks into the vault": one.looks,
            }
            for series, one in self.totals.items()
        ]


def ledger_of(journal: Journal | None) -> LedgerView:
    """Of the journal; of none: nothing was tried yet."""
    if journal is None:
        return LedgerView((), {}, Totals(0, 0.0, 0, 0))
    ledger = TrialLedger(journal.engine)
    trials = ledger.rows()
    series = dict.fromkeys(one.series for one in trials)
    ordered = sorted(trials, key=_whose)
    rows = [_together(list(group)) for _, group in groupby(ordered, key=_whose)]
    newest_first = sorted(rows, key=lambda one: (-one.last, one.run, one.specialist))
    return LedgerView(tuple(newest_first), {one: ledger.totals(one) for one in series}, ledger.totals(None))


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
