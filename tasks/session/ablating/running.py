"""Measuring everything, series after series."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.evidence.ablation import verdicts
from models.evidence.redrawn import REPLICATES
from models.types import Series
from models.types.speakers import META
from tasks.session.ablating.alone import each_alone
from tasks.session.ablating.blending import added_to_the_blend
from tasks.session.ablating.ground import HORIZONS_A_BLOCK, SEED, costs_of, ground_of
from tasks.session.ablating.proposing import proposal_for
from tasks.session.ablating.proving import Tried, asked_of, tried
from tasks.session.ablating.report import TREES, AblationReport, Added, Alone
from tasks.session.ablating.retraining import added_by_inputs, parts_of_meta, parts_of_trees
from tasks.session.desk import Desk


def ablate(desk: Desk, report: Callable[[str, float], None]) -> AblationReport:
    """All models of the configured symbols that may speak: each alone, and what each part adds to its whole. Models are
    trained again for that; none of them is kept. `report` hears what comes next and the share that is done.

    Raises:
        BadInput: the lake has no such series, or no model of one may speak.
        Damaged: stored data or a model's file does not match its checksum.
    """
    universe, settings = desk.universe(), desk.loaded.settings
    alone: list[Alone] = []
    added: list[Added] = []
    asked: list[Tried] = []
    for number, series in enumerate(universe):
        steps = _Steps(report, number, len(universe))
        by_themselves, parts, trials = _of_series(desk, series, steps)
        alone += by_themselves
        added += parts
        asked += trials
    found = verdicts([one.figure for one in added])
    judged = [replace(one, verdict=said) for one, said in zip(added, found, strict=True)]
    report("done", 1.0)
    return AblationReport(
        command=_command(universe),
        series=tuple(map(str, universe)),
        horizon=settings.model.horizon,
        costs_bps={str(one): 2e4 * costs_of(desk, one).side for one in universe},
        blocks=HORIZONS_A_BLOCK * settings.model.horizon,
        replicates=REPLICATES,
        seed=SEED,
        alone=tuple(alone),
        added=tuple(judged),
        proposals=tuple(proposal_for(desk, one, judged) for one in universe),
        proofs=tuple(one.proof(desk, judged) for one in asked),
        config_version=desk.loaded.version,
        data_sha256={str(one): desk.bars.dataset(one).manifest().sha256 for one in universe},
    )


@dataclass(slots=True)
class _Steps:
    """Tells what comes next and how much is behind: every series is an equal share, every training of it another."""

    report: Callable[[str, float], None]
    number: int
    of: int
    total: int = 1
    done: int = 0

    def __call__(self, text: str) -> None:
        self.report(text, (self.number + self.done / self.total) / self.of)
        self.done += 1


def _of_series(desk: Desk, series: Series, step: _Steps) -> tuple[list[Alone], list[Added], list[Tried]]:
    step.report(f"{series}: what its models said", step.number / step.of)
    ground = ground_of(desk, series)
    parts = {META: parts_of_meta(desk, ground), TREES: parts_of_trees(ground)}
    step.total = 2 + sum(map(len, parts.values())) + len(asked_of(ground))
    step(f"{series}: each model alone")
    alone = each_alone(desk, ground)
    step(f"{series}: the blend without each model")
    added = [*added_to_the_blend(desk, ground)]
    for whole, inputs in parts.items():
        added += added_by_inputs(desk, ground, whole, inputs, step)
    trials = []
    for model in asked_of(ground):
        step(f"{series}: whether {model} may speak with real money")
        trials.append(tried(desk, ground, model))
    return alone, added, trials


def _command(universe: Sequence[Series]) -> str:
    """The command of the same report again."""
    words = ["keel", "ablate", "--venue", universe[0].venue]
    for one in universe:
        words += ["--symbol", one.symbol]
    return shlex.join([*words, "--timeframe", universe[0].timeframe])
