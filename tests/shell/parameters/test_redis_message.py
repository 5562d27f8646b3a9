"""What is allowed on `param.reload`."""

import json
from pathlib import Path

import pytest

from models.types import BadInput
from tasks.adapters.parameters import check_message

pytestmark = pytest.mark.risk


def body(path: object = "conf/risk_params.yml", component: object = "risk_harmoniser", **more: object) -> bytes:
    return json.dumps({"component": component, "config_path": path, **more}).encode()


@pytest.mark.parametrize(
    "path",
    [
        "conf/risk_params.yml",
        "conf/base.yaml",
        "conf/local.yaml",
        "conf/stages/paper.yaml",
        "./conf/risk_params.yml",
        "conf/stages/../risk_params.yml",
        "conf/model_router_rules.yml",
        "model_router_rules.yml",
        "risk_params.yml",
    ],
)
def test_files_of_the_configuration_may_be_named(tmp_path: Path, path: str) -> None:
    check_message(body(path), tmp_path / "conf")


def test_the_router_may_be_told_of_its_rules_as_of_old(tmp_path: Path) -> None:
    check_message(b'{"component": "model_router", "config_path": "model_router_rules.yml"}', tmp_path / "conf")


def test_an_absolute_path_of_one_may_be_named(tmp_path: Path) -> None:
    check_message(body(str(tmp_path / "conf" / "risk_params.yml")), tmp_path / "conf")


def test_a_file_of_ours_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "risk_params.yml").symlink_to(tmp_path / "elsewhere.yml")
    check_message(body(), tmp_path / "conf")


REFUSED = {
    "nothing": (b"", "not JSON"),
    "no JSON": (b"reload", "not JSON"),
    "no UTF-8": (b"\xff\xfe\x00", "not JSON"),
    "deep": (b"[" * 4000, "not JSON"),
    "too long": (body("conf/" + "x" * 5000), "bytes, allowed are 4096"),
    "a list": (b"[]", "another shape"),
    "a number": (b"7", "another shape"),
    "no component": (b'{"config_path": "conf/risk_params.yml"}', "another shape"),
    "no path": (b'{"component": "risk_harmoniser"}', "another shape"),
    "values of its own": (body(max_positions=99), "another shape"),
    "another component": (body(component="router"), "unknown component"),
    "a component of another kind": (body(component=["risk_harmoniser"]), "unknown component"),
    "a path of another kind": (body(7), "no file of the configuration"),
    "an empty path": (body(""), "no file of the configuration"),
    "a NUL": (body("conf/risk_params.yml\0"), "no file of the configuration"),
    "outside": (body("/etc/passwd"), "no file of the configuration"),
    "upwards": (body("conf/../../conf/risk_params.yml"), "no file of the configuration"),
    "beside": (body("../risk_params.yml"), "no file of the configuration"),
    "the folder": (body("conf"), "no file of the configuration"),
    "no file of ours": (body("conf/other.yml"), "no file of the configuration"),
    "nor by its name alone": (body("other.yml"), "no file of the configuration"),
    "a genome": (body("conf/genomes/crisis.json"), "no file of the configuration"),
    "deeper": (body("conf/stages/a/paper.yaml"), "no file of the configuration"),
    "a stage of another name": (body("conf/stages/.yaml"), "no file of the configuration"),
    "a folder that is named alike": (body("conf2/risk_params.yml"), "no file of the configuration"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_with_its_reason_and_without_its_text(tmp_path: Path, name: str) -> None:
    said, reason = REFUSED[name]
    with pytest.raises(BadInput, match=reason) as refusal:
        check_message(said, tmp_path / "conf")
    assert "passwd" not in str(refusal.value)
