"""What `keel risk` says of a book that holds the sample: figures of every method, held against plain arithmetic."""

import math

import numpy as np
import pytest
from sample_home import DAYS, sample_home
from scipy.stats import norm

from models.types import Series

pytestmark = pytest.mark.risk
METHODS = ("filtered", "historical", "normal", "student_t", "cornish_fisher", "shrunk_normal")
WINDOW = 1000


def test_value_at_risk_of_what_is_held(keel, keel_home, tmp_path_factory):
    desk = sample_home(tmp_path_factory, keel_home)
    for day in DAYS:
        assert keel("trade", "--once", "--as-of", day).code == 0
    found = keel("risk", "--json").json
    values = {one["symbol"]: one["value"] for one in found["prices"]}
    assert all(one > 0.0 for one in values.values())
    tails, equity = found["tails"], found["equity"]
    assert tuple(tails["methods"]) == METHODS
    for name, one in tails["methods"].items():
        assert 0.0 < one["var"] < one["cvar"] < sum(values.values()), name
        assert one["var_share"] == pytest.approx(one["var"] / equity, rel=1e-12)
        assert one["cvar_share"] == pytest.approx(one["cvar"] / equity, rel=1e-12)
    closes = np.column_stack([desk.bars.read(Series("sample", one, "1d")).close[-WINDOW - 1 :] for one in values])
    made = np.expm1(np.diff(np.log(closes), axis=0)) @ np.array(list(values.values()))
    assert tails["methods"]["historical"]["var"] == pytest.approx(-np.quantile(made, 0.01), rel=0.05)
    logs = np.diff(np.log(closes), axis=0) @ np.array(list(values.values()))
    by_hand = norm.ppf(tails["confidence"]) * logs.std() - logs.mean()
    assert tails["methods"]["normal"]["var"] == pytest.approx(by_hand, rel=0.02)
    parts = tails["positions"]
    assert math.fsum(one["component_cvar"] for one in parts) == pytest.approx(tails["methods"]["filtered"]["cvar"])
    assert math.fsum(one["component_var"] for one in parts) == pytest.approx(tails["methods"]["shrunk_normal"]["var"])
    # The step sees the same day, and gives hedges no credit.
    assert found["value_at_risk"] >= tails["methods"]["filtered"]["var"]
    shown = keel("risk").out
    for name in METHODS:
        assert name in shown
    assert f"{tails['methods']['filtered']['var']:,.4f}" in shown
