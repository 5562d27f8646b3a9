"""Evolutions of a planted market in processes that kill themselves where they are told to.

    python evolution_process.py '[[FOLDER, PLACE, NUMBER], ...]'

PLACE is what is about to happen for that time: see PLACES. With an empty one it runs to its end and prints what it
found as JSON. Every job is a process of its own, forked before anything was computed; its exit status is a line too.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from planted_markets import EDGES, ground_of, planted
from studies import land_of, saying, study_of

from data.evolution import EvolutionFiles
from data.journal import TrialLedger
from models.types import Regime
from tasks.session.evolving import chunks, searching, studying
from tasks.session.evolving.studying import study

SPECIALISTS = (Regime.TRENDING, Regime.CRISIS)
CHOSEN = {
    "generations": 7,
    "population": 12,
    "checkpoint_generations": 3,
    "folds": 2,
    "placebo_draws": 2,
    "placebo_generations": 2,
    "neighbours": 10,
    "sampled": 30,
    "least_bars": 100,
    "least_trades": 5,
}


def found_in(where: Path, runner: Any = None, report: Any = lambda text, share: None) -> dict[str, Any]:
    """What an evolution in that folder finds, with everything that it charged."""
    market = planted(5_000, 11, {one: 2.0 * edge for one, edge in EDGES.items()})
    work = saying(study_of(land_of([ground_of(market)]), where, CHOSEN, runner), report)
    candidates = study(work, SPECIALISTS)
    totals = work.charges.ledger.totals(work.charges.series)
    return {
        "candidates": [{name: value for name, value in one.as_json().items() if name != "pages"} for one in candidates],
        "curves": [[float(value).hex() for value in one.curve.ravel()] for one in candidates],
        "evaluations": totals.evaluations,
        "effective": totals.effective,
    }


def _dies_at(owner: Any, name: str, number: int) -> None:
    real, calls = getattr(owner, name), 0

    def dying(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(owner, name, dying)


PLACES = {
    "charge": (TrialLedger, "charge"),
    "advance": (chunks, "advanced"),
    "save": (EvolutionFiles, "save_checkpoint"),
    "choice": (searching, "crown"),
    "placebo": (chunks, "shuffled"),
    "gates": (studying, "judged"),
}


def main() -> None:
    """See above."""
    for folder, place, number in json.loads(sys.argv[1]):
        child = os.fork()
        if not child:
            if place:
                _dies_at(*PLACES[place], number)
            print(json.dumps(found_in(Path(folder)), sort_keys=True), flush=True)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
