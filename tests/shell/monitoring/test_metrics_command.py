"""`keel metrics`: what is scraped, and the files of Prometheus and Alertmanager."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conf import PROJECT

pytestmark = pytest.mark.monitoring
Keel = Callable[..., Any]


def test_show_prints_what_is_scraped(keel: Keel) -> None:
    outcome = keel("metrics", "show")
    assert outcome.code == 0
    assert "# HELP keel_available 1 while every required part is well." in outcome.out
    assert "# TYPE keel_cycle_seconds histogram" in outcome.out


def test_show_as_json(keel: Keel) -> None:
    found = keel("metrics", "show", "--json").json
    assert found["keel_journal_bytes"][0]["value"] > 0  # type: ignore[index]
    parts: Any = found["keel_component_up"]
    required = {one["labels"]["component"]: one["labels"]["required"] for one in parts}
    assert (required["journal"], required["mlflow"]) == ("yes", "no")


def test_rules_go_to_a_file_with_the_settings_of_now(
    keel: Keel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_MONITORING__RULES__SWITCHES", "5")
    assert keel("metrics", "rules", "--out", tmp_path / "r.yml").code == 0
    assert "keel:switches:5m > 5" in (tmp_path / "r.yml").read_text()
    assert keel("metrics", "rules").out == (tmp_path / "r.yml").read_text()


def test_files_come_with_their_tokens(keel: Keel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WATCH", "NOTIFY"):
        monkeypatch.setenv(f"KEEL_API__{name}_TOKEN", f"{name.lower()}-0123456789abcdef0123456789abcdef")
    outcome = keel("metrics", "files", tmp_path / "m", "--beside", "http://127.0.0.1:1/told", "--json")
    assert outcome.json["lacking"] == []
    assert stat.S_IMODE((tmp_path / "m" / "notify-token").stat().st_mode) == 0o600
    assert "told" in (tmp_path / "m" / "alertmanager.yml").read_text()
    assert "0123456789abcdef" not in outcome.out


def test_files_without_tokens_say_so(keel: Keel, tmp_path: Path) -> None:
    outcome = keel("metrics", "files", tmp_path / "m")
    assert outcome.code == 0
    assert "KEEL_API__WATCH_TOKEN" in outcome.err
    shipped = PROJECT / "conf" / "monitoring" / "prometheus.yml"
    assert (tmp_path / "m" / "prometheus.yml").read_text() == shipped.read_text()
    assert yaml.safe_load(shipped.read_text())["scrape_configs"][0]["job_name"] == "keel"


def test_a_folder_that_cannot_be_made_is_said(keel: Keel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outcome = keel("metrics", "files", tmp_path / "file" / "m")
    assert outcome.code == 1
    assert "cannot be written" in outcome.err
