"""Genes as rules, a course's costs, and groups of trades: each to the bit what the ordinary way gives."""

from dataclasses import replace

import numpy as np
import pytest
from genomes import CAPITAL, INSTRUMENT, PROFILE, packed, random_genomes, random_symbol
from panel_rows import rows_of
from planted_markets import ground_of, planted

from models.engine import course_of, evaluate_on, first_state, run_backtest
from models.engine.scores import GROUPED
from models.evolution.operators import latin_hypercube
from models.evolution.problem import at_costs
from models.evolution.searching import breeding_of
from models.evolution.streams import streams_of, walked
from models.evolution.translating import Terms, genome_of_row, genome_row, rules_rows
from models.specialists.genomes import Lineage
from models.specialists.translation import rules_of
from models.types import Regime

TERMS = Terms(bar_hours=4.0, bars_per_day=6.0, share=0.7, shorts=1.0, entry_multiple=1.3)


@pytest.mark.parametrize("specialist", list(Regime))
def test_rules_of_a_row_are_those_of_its_genome(specialist: Regime) -> None:
    genes = latin_hypercube(np.random.default_rng(1), 200, breeding_of(specialist))
    rows = rules_rows(specialist, genes, TERMS)
    for gene_row, row in zip(genes, rows, strict=True):
        genome = genome_of_row(specialist, gene_row, Lineage((), 3, "test", 1))
        expected = rules_of(
            genome, TERMS.bar_hours, TERMS.bars_per_day, TERMS.share, TERMS.shorts, TERMS.entry_multiple
        )
        assert row.tobytes() == np.array(expected).tobytes()
        assert genome_row(genome).tobytes() == gene_row.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_trades_are_counted_in_the_group_they_began_and_ended_in(seed: int) -> None:
    panel = random_symbol(seed, 600)
    groups = np.repeat([0, -1, 1, 2], [200, 20, 180, 200])
    genomes = random_genomes(np.random.default_rng(seed), 12)
    for row in genomes:
        parameters = packed(row, PROFILE, INSTRUMENT)
        done = evaluate_on(course_of(panel, parameters, CAPITAL, groups), row[None, :])
        expected = np.zeros((3, len(GROUPED)))
        for began, ended, share in _round_trips(panel, parameters):
            if groups[began] == groups[ended] >= 0:
                expected[groups[began]] += (1.0, share, share * share)
        assert done.by_group[0].tobytes() == expected.tobytes()


def _round_trips(panel, parameters) -> list[tuple[int, int, float]]:
    """(bar of the entry, bar of the exit, return) of a backtest bar after bar."""
    state, found, began = first_state(parameters.systems), [], -1
    before = state.account(0).cash
    for t in range(panel.ts.size):
        held = state.book[0, 0] != 0.0
        run = run_backtest(rows_of(panel, slice(t, t + 1)), parameters, state)
        state = run.state
        opened = run.fills.shape[0] > 0 and not held
        began = t if opened else began
        if state.book[0, 0] == 0.0 and (held or opened):
            cash = state.account(0).cash
            found.append((began, t, (cash - before) / before))
            before = cash
    return found


def test_a_multiple_of_the_costs_is_that_of_a_dearer_book() -> None:
    from models.execution.dearer import dearer

    instrument = INSTRUMENT._replace(long_carry=0.001, short_carry=-0.002, liquidation_fee=0.01)
    parameters = packed(random_genomes(np.random.default_rng(0), 1)[0], PROFILE, instrument)
    charged = at_costs(parameters, 2.5).instruments[0]
    assert charged.tobytes() == np.array(dearer(instrument, 2.5), np.float64).tobytes()
    found = dict(zip(instrument._fields, charged.tolist(), strict=True))
    own = instrument._asdict()
    dear = ("taker_fee", "maker_fee", "half_spread", "impact", "liquidation_fee", "long_carry")
    assert {name: found[name] for name in dear} == {name: 2.5 * own[name] for name in dear}
    assert {name: one for name, one in found.items() if name not in dear} == {
        name: one for name, one in own.items() if name not in dear
    }, "the carry that is received too"
    assert at_costs(parameters, 1.0).instruments.tobytes() == parameters.instruments.tobytes()


@pytest.mark.parametrize("specialist", list(Regime))
def test_the_ordinary_backtest_ends_where_the_search_did(specialist: Regime) -> None:
    ground = ground_of(planted(4_000, 2))
    terms = Terms(1.0, 24.0, 1.0, 0.0, 1.5)
    genes = latin_hypercube(np.random.default_rng(4), 3, breeding_of(specialist))
    streams = streams_of((ground, ground.rows(0, 3_000)), specialist, genes, terms)
    traded = 0
    for column, row in enumerate(genes):
        found = walked((ground, ground.rows(0, 3_000)), specialist, row, terms)
        assert found.matched
        assert found.stream.returns.tobytes() == np.ascontiguousarray(streams[:, column]).tobytes()
        traded += len(found.trades)
        growth = [run.equity[-1] / run.equity[0] for run in found.runs]
        alone = walked((ground,), specialist, row, terms)
        assert np.prod(1.0 + alone.stream.returns) == pytest.approx(growth[0])
    assert traded > 0


def test_a_search_that_saw_something_else_does_not_match(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = ground_of(planted(4_000, 2))
    genes = latin_hypercube(np.random.default_rng(4), 1, breeding_of(Regime.CRISIS))[0]
    terms = Terms(1.0, 24.0, 1.0, 0.0, 1.5)
    assert walked((ground,), Regime.CRISIS, genes, terms).matched
    dearer = at_costs(ground.parameters, 1.01)
    monkeypatch.setattr(
        "models.evolution.streams.course_of", lambda panel, _, capital: course_of(panel, dearer, capital)
    )
    assert not walked((replace(ground),), Regime.CRISIS, genes, terms).matched
