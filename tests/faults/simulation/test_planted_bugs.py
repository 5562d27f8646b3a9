"""Seeds find the mistakes that cost others money: each is planted, and found."""

import pytest
from order_sims import simulation
from sim_bugs import BUGS
from sim_oracle import judged

SEEDS = range(40)


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_a_seed_that_the_sound_product_passes(name: str) -> None:
    bug = BUGS[name]
    for seed in (bug.first, *SEEDS):
        with pytest.MonkeyPatch.context() as patch:
            bug.plant(patch)
            found = judged(seed, bug.acts, bug.plan)
        if found:
            assert not judged(seed, bug.acts, bug.plan)
            return
    pytest.fail(f"{len(SEEDS)} seeds did not find {name}")


def test_the_same_seed_is_the_same_run() -> None:
    runs = []
    for _ in range(2):
        with simulation(12) as one:
            one.run()
            runs.append((one.world.told, [(e.at_ms, e.method, e.path, e.params) for e in one.world.exchange.log]))
    assert len(runs[0][1]) > 50
    assert runs[0] == runs[1]
