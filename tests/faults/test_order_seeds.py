"""Seeded simulations of orders: the real account, desk and journal against the exchange in memory, with random faults.

The exchange's own log is the oracle. A seed is one deterministic run: a failure names it, and it fails again.
"""

import pytest
from order_sims import simulation
from sim_oracle import problems

SEEDS = range(1, 61)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_each_intent_is_one_order_and_the_journal_is_the_exchange(seed: int) -> None:
    with simulation(seed) as made:
        made.run()
        found = problems(made)
    assert not found, f"seed {seed}: {'; '.join(found)}"
