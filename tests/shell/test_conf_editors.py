"""The JSON Schema for editors: what is valid in conf/local.yaml is valid there, and a typing error is not."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from conf import load
from conf.schema.editors import local_schema
from flows.cli import app

CHECK = Draft202012Validator(local_schema())


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    app(["config", "schema"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == local_schema()


def test_it_is_a_schema_and_takes_the_whole_tree() -> None:
    Draft202012Validator.check_schema(local_schema())
    assert [one.message for one in CHECK.iter_errors(load().settings.model_dump(mode="json"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "trading: {profile: aggressive}",
        "servers: {redis_url: null}",
        "router: {rules: [{name: mine, classes: [stocks], models: [momentum]}]}",
        "venues: {binance: {https_proxy: 'http://proxy:3128'}}",
    ],
)
def test_a_part_of_it_is_enough(text: str) -> None:
    assert CHECK.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "tradng: {profile: aggressive}",
        "trading: {profil: aggressive}",
        "model: {folds: 1}",
        "model: {folds: four}",
        "router: {rules: [{name: mine, models: [oracle]}]}",
        "stage: real",
    ],
)
def test_a_typing_error_is_marked(text: str) -> None:
    assert not CHECK.is_valid(yaml.safe_load(text))
