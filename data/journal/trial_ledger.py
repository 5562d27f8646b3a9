"""The journal's page on trials: what was tried on which data, so that luck can be told from skill."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Engine, select, update

from data.journal.dialects import insert_new
from data.journal.reading import reads
from data.journal.tables import trials
from models.types import BadInput

TrialKind = Literal["search", "placebo", "vault", "judgement"]
KINDS: tuple[TrialKind, ...] = get_args(TrialKind)
VAULT: TrialKind = "vault"


@dataclass(frozen=True, slots=True)
class Trial:
    """Evaluations that are charged at once.

    Attributes:
        key: of the charge: the same work has the same key, whoever does it again.
        run: id of the evolution.
        kind: search, placebo (on shuffled returns), judgement (what the gates tried) or vault (a look at held bars).
        specialist: lower-case name.
        fold: 0 the whole training window, 1 and up walk-forward folds.
        series: what it was tried on: `venue A+B timeframe`.
        data_sha256: of the bars.
        evaluations: backtests of a genome, finished or abandoned.
        at: UTC microseconds.
        effective: independent trials among all of its run and specialist; None before that was measured.
    """

    key: str
    run: str
    kind: TrialKind
    specialist: str
    fold: int
    series: str
    data_sha256: str
    evaluations: int
    at: int
    note: str = ""
    effective: float | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything that was tried on some symbols.

    Attributes:
        evaluations: of every kind.
        effective: independent ones. Of a run that was abandoned before they were measured, as large a share of the
            evaluations as in those that were measured; all of them where none was. Every look counts.
        runs: evolutions.
        looks: times that the held bars were looked at.
    """

    evaluations: int
    effective: float
    runs: int
    looks: int


@dataclass(frozen=True, slots=True)
class TrialLedger:
    """Trials in one journal; `engine` is the journal's. Every write is one transaction, durable once it is made."""

    engine: Engine

    def charge(self, trial: Trial) -> bool:
        """Count evaluations, before they are made; False where this key was charged already.

        Raises:
            BadInput: the key was charged with something else, the kind is not known, or the number is negative.
        """
        if trial.kind not in KINDS or trial.evaluations < 0:
            raise BadInput(
                f"a charge of {trial.evaluations} evaluations as {trial.kind!r}; allowed are 0 or more, as one of "
                f"{', '.join(KINDS)}"
            )
        with self.engine.begin() as connection:
            made = (
                connection.execute(insert_new(connection, trials).on_conflict_do_nothing(), asdict(trial)).rowcount == 1
            )
            row = connection.execute(select(trials).where(trials.c.key == trial.key)).one()
        charged, asked = _identity(Trial(**row._mapping)), _identity(trial)
        if charged != asked:
            raise BadInput(f"the key {trial.key} was charged as {charged}, now {asked}; give other work another key")
        return made

    def note_effective(self, run: str, specialist: str, effective: float) -> None:
        """Write how many independent trials a run's searches for a specialist come to; the last word holds.

        Raises:
            BadInput: nothing was charged for them, or the number is negative or not finite.
        """
        if not 0.0 <= effective < float("inf"):
            raise BadInput(f"found {effective} independent trials, allowed is a finite number from 0")
        mine = trials.c.run == run, trials.c.specialist == specialist, trials.c.kind != VAULT
        with self.engine.begin() as connection:
            if connection.execute(update(trials).where(*mine).values(effective=effective)).rowcount == 0:
                raise BadInput(f"run {run} has no trials of {specialist} in the ledger; charge them first")

    def totals(self, series: str | None, specialist: str | None = None) -> Totals:
        """Everything that was ever tried on one of the symbols of `series`, by every run, on whatever bars of it: a
        window that is moved by a day, or a symbol that is left out, makes no trial undone. None: on any symbol at all.
        For one specialist, or for all of them.
        """
        wanted = None if series is None else _symbols(series)
        columns = trials.c.run, trials.c.specialist, trials.c.series, trials.c.kind, trials.c.at
        amounts = trials.c.evaluations, trials.c.effective
        with reads(self.engine) as connection:
            every = connection.execute(select(*columns, *amounts)).all()
        mine = [
            one
            for one in every
            if (wanted is None or wanted & _symbols(one.series)) and specialist in (None, one.specialist)
        ]
        groups: dict[tuple[str, str, bool], tuple[int, float | None]] = {}
        for one in mine:
            key = one.run, one.specialist, one.kind == VAULT
            charged, measured = groups.get(key, (0, None))
            groups[key] = charged + one.evaluations, one.effective if measured is None else measured
        count = len({(one.run, one.at) for one in mine if one.kind == VAULT})
        return Totals(
            evaluations=sum(charged for charged, _ in groups.values()),
            effective=_independent([(*amount, looked) for (_, _, looked), amount in groups.items()]),
            runs=len({run for run, _, _ in groups}),
            looks=count,
        )

    def rows(self, limit: int | None = None) -> list[Trial]:
        """The newest charges first, `limit` of them at most."""
        with reads(self.engine) as connection:
            found = connection.execute(select(trials).order_by(trials.c.at.desc(), trials.c.key).limit(limit)).all()
        return [Trial(**one._mapping) for one in found]

    def looks(self, data_sha256: str) -> list[Trial]:
        """What was charged for looks at the held bars of the data, the oldest first."""
        mine = trials.c.data_sha256 == data_sha256, trials.c.kind == VAULT
        with reads(self.engine) as connection:
            found = connection.execute(select(trials).where(*mine).order_by(trials.c.at, trials.c.key)).all()
        return [Trial(**one._mapping) for one in found]


def _symbols(series: str) -> set[str]:
    """Of `venue A+B timeframe`; a text of another form is one name by itself."""
    parts = series.split(" ")
    return set(parts[1].split("+")) if len(parts) == 3 else {series}


def _independent(groups: list[tuple[int, float | None, bool]]) -> float:
    """Independent trials of (evaluations, what was measured of them, whether they are looks)."""
    known = [(charged, measured) for charged, measured, looked in groups if not looked and measured is not None]
    rate = sum(measured for _, measured in known) / max(1, sum(charged for charged, _ in known)) if known else 1.0
    total = 0.0
    for charged, measured, looked in groups:
        if looked:
            total += charged
        else:
            total += charged * rate if measured is None else measured
    return float(total)


def _identity(trial: Trial) -> dict[str, str | int]:
    """What the same key has to come with again; time, note and what was measured later may differ."""
    return {name: value for name, value in asdict(trial).items() if name not in ("key", "at", "note", "effective")}
