"""Two trainings that end at once, on a database that refuses what was inserted twice."""

from collections.abc import Callable

import pytest

from tasks.adapters.tracking import registry

# isort: split
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, INTERNAL_ERROR


class Refusing(MlflowClient):
    """It takes an alias after so many refusals."""

    def __init__(self, refusals: int, code: int) -> None:
        self.left, self.code, self.taken = refusals, code, list[tuple[str, str, str]]()

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        if self.left:
            self.left -= 1
            raise MlflowException("duplicate key value violates unique constraint", error_code=self.code)
        self.taken.append((name, alias, version))


@pytest.fixture
def point() -> Callable[..., None]:
    return registry._point


def test_an_alias_that_another_training_sets_at_the_same_moment_is_set_again(point: Callable[..., None]) -> None:
    client = Refusing(1, BAD_REQUEST)
    point(client, "challenger", "xgboost-a", "2")
    assert client.taken == [("xgboost-a", "challenger", "2")]


@pytest.mark.parametrize(("refusals", "code"), [(9, BAD_REQUEST), (1, INTERNAL_ERROR)])
def test_what_stays_refused_or_is_no_such_race_is_raised(point: Callable[..., None], refusals: int, code: int) -> None:
    client = Refusing(refusals, code)
    with pytest.raises(MlflowException):
        point(client, "challenger", "xgboost-a", "2")
    assert client.taken == []
