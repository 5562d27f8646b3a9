"""What the API's settings allow."""

import pytest
from pydantic import ValidationError

from conf.schema.api import ApiConfig
from tasks.bootstrap import build_desk

pytestmark = pytest.mark.monitoring

BOUNDS = {
    "port": (1, 65_535),
    "reads_per_minute": (1, 100_000),
    "writes_per_minute": (1, 1000),
    "body_bytes": (256, 1_048_576),
    "refresh_seconds": (0.1, 60.0),
}


def shipped() -> dict[str, object]:
    return build_desk().loaded.settings.api.model_dump()


@pytest.mark.usefixtures("keel_home")
@pytest.mark.parametrize("name", list(BOUNDS))
def test_each_bound_is_allowed_and_nothing_beyond_it(name: str) -> None:
    least, most = BOUNDS[name]
    for value in (least, most):
        assert getattr(ApiConfig.model_validate(shipped() | {name: value}), name) == value
    for value in (least - 0.05 if isinstance(least, float) else least - 1, most + 1):
        with pytest.raises(ValidationError, match=name):
            ApiConfig.model_validate(shipped() | {name: value})


@pytest.mark.usefixtures("keel_home")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost", "192.168.0.1"])  # noqa: S104 - what must not be allowed
def test_nothing_but_the_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(ValidationError, match=r"127\.0\.0\.1"):
        ApiConfig.model_validate(shipped() | {"host": host})


@pytest.mark.usefixtures("keel_home")
@pytest.mark.parametrize("hours", [0.0, 721.0, float("nan")])
def test_nobody_stays_signed_in_for_ever(hours: float) -> None:
    with pytest.raises(ValidationError, match="sign_in_hours"):
        ApiConfig.model_validate(shipped() | {"sign_in_hours": hours})
