"""The bill of materials: the lock as CycloneDX, valid by its schema, the same bytes each time."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from locked import locked
from processes import ROOT
from sbom_run import bill

LOCK, PROJECT = ROOT / "requirements.txt", ROOT / "pyproject.toml"


@pytest.fixture(scope="module")
def text() -> str:
    return bill(LOCK, PROJECT)


def test_it_has_every_locked_package_with_its_hashes(text: str) -> None:
    found = json.loads(text)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    packages = locked(LOCK)
    assert {one["bom-ref"] for one in found["components"]} == set(packages)
    assert len(packages) == len(re.findall(r"^[a-z0-9][^\s]*==", LOCK.read_text(), flags=re.M))
    for one in found["components"]:
        hashes = {each["content"] for each in one["externalReferences"][0]["hashes"]}
        assert hashes == set(packages[one["bom-ref"]].hashes)
        assert hashes


def test_it_names_licences_and_who_wants_whom(text: str) -> None:
    found = json.loads(text)
    parts = {one["name"]: one for one in found["components"]}
    licences = {name: json.dumps(one.get("licenses")) for name, one in parts.items()}
    assert "MIT" in licences["pydantic"]
    assert "Apache" in licences["prefect"]
    assert sum(one != "null" for one in licences.values()) > 0.9 * len(licences)
    wants = {one["ref"]: one.get("dependsOn", []) for one in found["dependencies"]}
    assert any(one.startswith("prefect==") for one in wants["keel"])
    assert any(one.startswith("fastapi==") for one in wants[f"prefect=={parts['prefect']['version']}"])


def test_nothing_of_this_machine_is_in_it(text: str) -> None:
    assert str(Path.home()) not in text
    assert "/simple" not in text


def test_it_is_written_where_it_is_asked_for_and_the_same_each_time(tmp_path: Path, text: str) -> None:
    program = [sys.executable, ROOT / "tests" / "support" / "sbom_run.py"]
    assert subprocess.run([*program, tmp_path / "keel.cdx.json"], check=False).returncode == 0
    assert (tmp_path / "keel.cdx.json").read_text() == text
    asked = subprocess.run([*program, ""], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "make sbom OUT=" in asked.stderr


def test_a_lock_without_packages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("# nothing\n")
    with pytest.raises(ValueError, match="no package is locked"):
        bill(tmp_path / "lock.txt", PROJECT)
