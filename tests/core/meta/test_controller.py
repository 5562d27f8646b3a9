"""Who is in charge of a symbol: a row for each case."""

import pytest

from models.meta import NOBODY, in_charge, no_records, plain_controller, share_when_crowded
from models.meta.controller import BENCHED, PERFORMANCE
from models.types import Regime

V, T, R, C = (int(one) for one in Regime)
# Regime, who is benched, performances, who was in charge in which regime -> who is
CHARGES = [
    ("that of the regime", T, [], {}, (V, V), T),
    ("whatever others earn", T, [], {V: 9.0, R: 9.0}, (V, V), T),
    ("the best of the others", T, [T], {V: 0.1, R: 0.2}, (T, T), R),
    ("the one that lost less", T, [T], {V: -0.1, R: -0.2}, (T, T), V),
    ("of two alike the first", R, [R], {}, (R, R), V),
    ("not one that is benched itself", T, [T, R], {V: -0.1, R: 0.2}, (T, T), V),
    ("never that of the crisis", T, [T], {C: 9.0}, (T, T), V),
    ("nor when nobody else is left", T, [V, T, R], {C: 9.0}, (T, T), NOBODY),
    ("in a crisis that of the crisis", C, [V, T, R], {}, (V, V), C),
    ("or nobody", C, [C], {V: 9.0, T: 9.0, R: 9.0}, (C, C), NOBODY),
    ("who stands in stays", T, [T], {V: 0.1, R: 0.2}, (V, T), V),
    ("whatever it loses", T, [T], {V: -0.9, R: 0.2}, (V, T), V),
    ("until it is benched", T, [T, V], {V: 0.1, R: 0.2}, (V, T), R),
    ("until the regime is its own again", V, [], {}, (R, V), V),
    ("in another regime it is chosen anew", T, [T], {V: 0.1, R: 0.2}, (V, R), R),
    ("after nobody the best", T, [T], {V: 0.1, R: 0.2}, (NOBODY, T), R),
    ("at the first decision", T, [T], {V: 0.1, R: 0.2}, (NOBODY, NOBODY), R),
]


@pytest.mark.parametrize(
    ("regime", "benched", "performances", "before", "charge"), [one[1:] for one in CHARGES], ids=[o[0] for o in CHARGES]
)
def test_in_charge(regime, benched, performances, before, charge):
    records = no_records(2)
    for one in benched:
        records[1, one, BENCHED] = 1.0
    for one, performance in performances.items():
        records[1, one, PERFORMANCE] = performance
    assert in_charge(records, 1, regime, 1.0, *before) == charge
    assert in_charge(records, 1, regime, 0.0, *before) == regime
    assert in_charge(records, 0, regime, 1.0, *before) == regime


CROWDED = plain_controller()._replace(crowded_at=0.7, crowded_share=0.5)


@pytest.mark.parametrize(("exposure", "share"), [(0.0, 1.0), (700.0, 1.0), (700.01, 0.5), (5_000.0, 0.5)])
def test_beside_much_else_an_entry_gets_less(exposure, share):
    assert share_when_crowded(exposure, 1_000.0, CROWDED) == share
    assert share_when_crowded(exposure, 1_000.0, plain_controller()) == 1.0
