"""The group `evolution`: its dates mean the same wherever they are written, and a search is part of the version."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conf import load
from conf.explaining import explained
from conf.schema import Settings
from models.types import BadInput, parse_time


@pytest.mark.parametrize("name", ["train_from", "held_from"])
def test_a_date_is_the_same_in_a_file_a_variable_and_a_flag(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flagged = load({f"evolution.{name}": "2019-06-01"})
    monkeypatch.setenv(f"KEEL_EVOLUTION__{name.upper()}", "2019-06-01")
    loaded = load()
    assert getattr(loaded.settings.evolution, name) == "2019-06-01"
    assert parse_time(getattr(loaded.settings.evolution, name)) == 1_559_347_200_000_000
    assert loaded.version == flagged.version
    assert loaded.place(("evolution", name)) == f"environment KEEL_EVOLUTION__{name.upper()}"


def test_the_tree_of_a_version_reads_as_the_settings_that_it_was_made_of() -> None:
    """As `keel replay` and a restart read it out of the journal."""
    loaded = load()
    tree = json.loads(loaded.tree)
    del tree["genomes"]
    assert Settings.model_validate(tree) == loaded.settings
    assert Settings.model_validate_json(json.dumps(tree)) == loaded.settings


@pytest.mark.parametrize(
    ("key", "value"),
    [("held_from", "2023-01-01"), ("seed", 2), ("gates.dsr", 0.9), ("pareto", True), ("workers", 1)],
)
def test_another_search_is_another_version(key: str, value: object) -> None:
    assert load({f"evolution.{key}": value}).version != load().version


def test_every_key_has_a_meaning_and_says_what_is_allowed() -> None:
    found = explained(load(), "evolution")
    assert len(found) == 34
    assert [one.key for one in found if len(one.meaning) < 15 or not one.allowed] == []
    allowed = {one.key: one.allowed for one in found}
    assert allowed["evolution.workers"] == "null or a whole number from 1, at most 1024"
    assert allowed["evolution.gates.pbo"] == "a number above 0, at most 1"


def test_keel_explains_a_gate_and_a_date(keel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_EVOLUTION__HELD_FROM", "2023-01-01")
    outcome = keel("config", "explain", "evolution.gates.dsr", "--json")
    assert (outcome.code, outcome.json["value"], outcome.json["layer"]) == (0, 0.95, "conf/base.yaml")
    found = keel("config", "explain", "evolution.held_from", "--json").json
    assert (found["value"], [one["value"] for one in found["overrode"]]) == ("2023-01-01", ["2024-01-01"])
    assert keel("check").code == 0


def test_the_vault_begins_after_the_training_does() -> None:
    with pytest.raises(BadInput, match=r"^flag for evolution\.held_from: .*: found 2015-01-01, allowed is after"):
        load({"evolution.held_from": "2015-01-01"})
    assert load({"evolution.held_from": "2015-01-01T00:00:01Z"}).settings.evolution.folds == 5
