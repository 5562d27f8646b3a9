"""A configuration that is not valid keeps what was adopted last, but makes no stage live that is not."""

import pytest

from conf import stage_said
from models.types import BadInput, Refused
from tasks.bootstrap import build_broker, build_paper_broker, build_trading_desk
from tasks.session.ordering.paper import PaperBroker


def told(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def adopted_live(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """A home in which a live configuration was in force."""
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setenv("KEEL_STAGE", "live")
    build_trading_desk({}, told)


@pytest.mark.usefixtures("adopted_live")
@pytest.mark.parametrize("stage", ["paper", "papre"])
def test_what_was_adopted_live_sends_nothing_once_the_stage_is_another(monkeypatch, stage: str) -> None:
    monkeypatch.setenv("KEEL_STAGE", stage)
    monkeypatch.setenv("KEEL_EXECUTION__COLLAR", "nonsense")
    desk, journal = build_trading_desk({}, told)
    assert desk.loaded.settings.stage == "live"
    with pytest.raises(Refused, match=f"the configuration says stage {stage} now"):
        build_broker(desk, journal, live=True)


@pytest.mark.usefixtures("adopted_live")
def test_a_broken_setting_elsewhere_asks_for_the_other_acts_as_ever(monkeypatch) -> None:
    monkeypatch.setenv("KEEL_EXECUTION__COLLAR", "nonsense")
    desk, journal = build_trading_desk({}, told)
    with pytest.raises(Refused, match="live orders are refused; what is missing"):
        build_broker(desk, journal, live=True)


@pytest.mark.usefixtures("adopted_live")
def test_what_sends_nothing_works_under_stage_live() -> None:
    desk, journal = build_trading_desk({}, told)
    assert isinstance(build_paper_broker(desk, journal), PaperBroker)


def test_the_stage_is_read_though_nothing_else_is_valid(monkeypatch) -> None:
    monkeypatch.setenv("KEEL_STAGE", "live")
    monkeypatch.setenv("KEEL_TRADING__CAPITAL", "much")
    assert stage_said() == "live"


def test_files_that_cannot_be_read_say_nothing(tmp_path) -> None:
    with pytest.raises(BadInput):
        stage_said(tmp_path)
