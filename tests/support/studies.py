"""Evolutions of made markets, without a desk: everything but what the gates ask of a lake and of stress scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conf import load
from data.evolution import EvolutionFiles
from data.journal import TrialLedger, open_journal
from models.evolution.ground import Ground
from models.evolution.translating import Terms
from models.types import Regime
from tasks.adapters.clocks import FixedClock
from tasks.adapters.runners import ThreadRunner
from tasks.ports import Runner
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.judging import Told
from tasks.session.evolving.land import Land
from tasks.session.evolving.plan import folds_of, run_id, settings_of
from tasks.session.evolving.studying import Study

HORIZON = 24
SOUND = Told(missing=0.0, differences=0, loss=0.0, limit=0.15)
TERMS = Terms(bar_hours=1.0, bars_per_day=24.0, share=1.0, shorts=0.0, entry_multiple=1.5)


def land_of(grounds: Sequence[Ground], terms: Terms = TERMS) -> Land:
    """Every bar is searched on: nothing is held."""
    begin = min(int(one.panel.ts[0]) for one in grounds)
    end = max(int(one.panel.ts[-1]) for one in grounds) + 1
    return Land(tuple(grounds), begin, end, dict.fromkeys(Regime, terms))


def study_of(
    land: Land, where: Path, chosen: Mapping[str, Any], runner: Runner | None = None, told: Told = SOUND
) -> Study:
    """A study whose settings of `evolution` are `chosen` on top of the defaults."""
    evolution = load({f"evolution.{name}": value for name, value in chosen.items()}).settings.evolution
    settings = settings_of(evolution, HORIZON, HORIZON)
    plan = folds_of(land, settings, evolution.folds)
    run = run_id(land, settings, (evolution.generations, plan))
    ledger = TrialLedger(open_journal(where / "journal.sqlite").engine)
    return Study(
        land=land,
        plan=plan,
        settings=settings,
        chosen=evolution,
        generations=evolution.generations,
        files=EvolutionFiles(where / "evolution"),
        charges=Charges(ledger, FixedClock(1_600_000_000_000_000), run, "made", "0" * 64),
        runner=ThreadRunner(None) if runner is None else runner,
        outside=lambda specialist, path: told,
        report=lambda text, share: None,
    )


def saying(study: Study, report: Any) -> Study:
    """The study that tells its progress to `report`."""
    return replace(study, report=report)
