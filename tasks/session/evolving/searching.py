"""Running the searches of an evolution: chunk after chunk, each charged before it runs and kept once it has."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from data.evolution import EvolutionFiles
from models.evolution.champion import Champion
from models.evolution.fitness import BROKEN
from models.evolution.problem import Problem
from models.evolution.searching import begun
from models.evolution.state import SearchState
from models.types import FloatArray
from tasks.ports import Runner
from tasks.session.evolving.charging import Charges
from tasks.session.evolving.chunks import Crowning, Stretch, advance, crown

# Searches that are under way together: their markets are in memory, and two cores should seldom wait for the last one.
TOGETHER = 4


@dataclass(slots=True)
class Progress:
    """Tells what was done last and how much is behind, 0..`share`."""

    report: Callable[[str, float], None]
    total: int
    begin: float
    end: float
    done: int = field(default=0)

    def __call__(self, text: str, more: int = 1) -> None:
        """So many more steps are behind."""
        self.done += more
        self.report(text, self.begin + (self.end - self.begin) * min(1.0, self.done / max(1, self.total)))


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """One search at its end."""

    problem: Problem
    state: SearchState
    champion: Champion


def searched(
    problems: Sequence[Problem],
    known: Callable[[Problem], FloatArray],
    generations: int,
    step: int,
    files: EvolutionFiles,
    charges: Charges,
    runner: Runner,
    report: Callable[[str, float], None],
) -> Iterator[Searched]:
    """Every search, `generations` long, from its newest checkpoint where there is one, from `known` genomes elsewhere.

    A checkpoint is written every `step` generations, at the same ones however often it was interrupted.
    """
    progress = Progress(report, len(problems) * generations, 0.0, 1.0)
    for begin in range(0, len(problems), TOGETHER):
        batch = list(problems[begin : begin + TOGETHER])
        states = {one.name: _kept(files, charges.run, one) or begun(one, known(one)) for one in batch}
        progress(f"{batch[0].name} to {batch[-1].name}", sum(one.generation for one in states.values()))
        active = _unfinished(batch, states, generations)
        while active:
            works = [_stretch(one, states[one.name], generations, step) for one in active]
            for work in works:
                charges.search(work.problem, work.until, (work.until - work.state.generation))
            for number, state in runner.run(advance, works):
                name = active[number].name
                files.save_checkpoint(charges.run, name, state.arrays())
                progress(_said(name, state), state.generation - states[name].generation)
                states[name] = state
            active = _unfinished(batch, states, generations)
        crowned = dict(runner.run(crown, [Crowning(one, states[one.name]) for one in batch]))
        for number, one in enumerate(batch):
            charges.choosing(one, crowned[number].evaluations)
            one.released()
            yield Searched(one, states[one.name], crowned[number])


def _stretch(problem: Problem, state: SearchState, generations: int, step: int) -> Stretch:
    return Stretch(problem, state, min(generations, (state.generation // step + 1) * step))


def _unfinished(batch: Sequence[Problem], states: dict[str, SearchState], generations: int) -> list[Problem]:
    """Those of the batch that go on, the ones with most bars first: they take longest."""
    rest = [one for one in batch if states[one.name].generation < generations]
    return sorted(rest, key=lambda one: -sum(ground.panel.ts.size for ground in one.grounds))


def _kept(files: EvolutionFiles, run: str, problem: Problem) -> SearchState | None:
    arrays = files.load_checkpoint(run, problem.name)
    return None if arrays is None else SearchState.of(arrays)


def _said(name: str, state: SearchState) -> str:
    best, median = state.curve[-1, :2].tolist()
    if best <= BROKEN / 2.0:
        return f"{name} generation {state.generation}: no genome keeps the constraints yet"
    return f"{name} generation {state.generation}: best {best:+.3f}, median {median:+.3f}"
