"""Which models speak for what."""

import pytest

from models.predictors import Predictions
from models.risk.routing import MODELS, routes_of
from models.types import BadInput

pytestmark = pytest.mark.risk

NAMED = {"crypto": ["boosting", "momentum"], "stocks": ["momentum"], "metals": []}


def test_columns_by_asset_class_and_horizon():
    table = routes_of(NAMED, 24)
    assert {key: columns.tolist() for key, columns in table.items()} == {
        ("crypto", 24): [1, 0],
        ("stocks", 24): [0],
        ("metals", 24): [],
    }
    assert table["crypto", 24].dtype == "int64"


def test_every_model_that_may_be_named_predicts():
    for model in MODELS:
        assert {f"{model}_bps", f"{model}_confidence"} <= set(Predictions.__slots__)


@pytest.mark.parametrize("key", [("forex", 24), ("crypto", 12)])
def test_who_has_no_route_is_told_what_there_is(key):
    with pytest.raises(BadInput, match=rf"routed to {key[0]} over {key[1]} bars; there is crypto over 24 bars") as told:
        _ = routes_of(NAMED, 24)[key]
    assert f"risk.harmoniser.routes.{key[0]}" in str(told.value)


def test_an_empty_table_says_so():
    with pytest.raises(BadInput, match="there is nothing"):
        _ = routes_of({}, 24)["crypto", 24]


@pytest.mark.parametrize("models", [["lstm"], ["momentum", "momentum"], ["momentum", ""]])
def test_a_model_that_is_not_known_or_stands_there_twice_is_refused(models):
    with pytest.raises(BadInput, match=r"risk\.harmoniser\.routes\.crypto names .*momentum, boosting"):
        routes_of({"crypto": models}, 24)
