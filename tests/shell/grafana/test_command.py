"""`keel grafana`: what a person types, and what comes of it."""

import json
from collections.abc import Iterator

import pytest
from grafana_server import ADMIN, GrafanaServer, serving_grafana

from conf.load import load
from tasks.monitoring.dashboards import FOLDER, dashboards_json, levels_of, text_of

pytestmark = pytest.mark.monitoring


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GrafanaServer]:
    monkeypatch.setenv("GRAFANA_TOKEN", ADMIN)
    with serving_grafana(GrafanaServer()) as one:
        yield one


def test_two_imports_change_nothing_more_than_one(keel, keel_home, server) -> None:
    first = keel("grafana", "import", "--url", server.url, "--json")
    assert (first.code, first.json["written"], first.json["kept"]) == (0, 6, 0)
    before = server.history()
    second = keel("grafana", "import", "--url", server.url, "--json")
    assert (second.code, second.json["written"]) == (0, 0)
    assert server.history() == before
    done = second.json["done"]
    assert isinstance(done, list)
    assert done[2] == {
        **{"of": "dashboard", "uid": "edge-risk", "title": "Edge Risk", "done": "unchanged", "why": None},
        "url": f"{server.url}/d/edge-risk/edge-risk",
    }
    assert ADMIN not in first.out + first.err + second.out


def test_what_is_kept_is_told_to_a_person(keel, keel_home, server) -> None:
    keel("grafana", "import", "--url", server.url)
    server.save_by_hand("model-router", panels=[])
    found = keel("grafana", "import", "--url", server.url)
    assert found.code == 0
    assert "dashboard Model Router was kept: changed by hand: version 2 by anna" in " ".join(found.err.split())
    assert keel("grafana", "import", "--url", server.url, "--dry-run", "--force", "--json").json["written"] == 1
    assert keel("grafana", "import", "--url", server.url, "--force", "--json").json["written"] == 1


def test_the_address_is_the_settings_unless_given(keel, keel_home, server, monkeypatch) -> None:
    monkeypatch.setenv("KEEL_MONITORING__GRAFANA_URL", server.url)
    assert keel("grafana", "import", "--json").json["url"] == server.url


def test_no_server_ends_with_1_and_a_bad_address_with_2(keel, keel_home) -> None:
    assert keel("grafana", "import", "--url", "http://127.0.0.1:1", "--json").code == 1
    assert keel("grafana", "import", "--url", "http://elsewhere.example", "--json").code == 2


def test_export_writes_what_is_shipped(keel, keel_home, tmp_path) -> None:
    found = keel("grafana", "export", str(tmp_path / "made"), "--json")
    assert found.code == 0
    made = {path.name: path.read_text() for path in (tmp_path / "made").iterdir()}
    assert made == {path.name: path.read_text() for path in FOLDER.iterdir()}, (
        "the shipped dashboards are not those of the code: keel grafana export conf/monitoring/grafana"
    )


def test_the_files_follow_the_settings(keel, keel_home, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("KEEL_MONITORING__RUNBOOK_URL", "https://desk.example/runbook.md")
    monkeypatch.setenv("KEEL_MONITORING__RULES__SWITCHES", "7")
    keel("grafana", "export", str(tmp_path), "--json")
    text = (tmp_path / "edge-risk.json").read_text()
    assert '"url": "https://desk.example/runbook.md#excessive-switching"' in text
    panel = next(one for one in json.loads(text)["panels"] if one["title"] == "Switches in 5 minutes")
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1] == {"value": 7.0, "color": "red"}


def test_a_folder_that_cannot_be_is_one_sentence(keel, keel_home, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    found = keel("grafana", "export", str(tmp_path / "file"), "--json")
    assert found.code == 1
    assert "give another folder" in found.err + found.out


def test_the_same_settings_are_the_same_text() -> None:
    levels = levels_of(load().settings)
    assert [text_of(one) for one in dashboards_json(levels)] == [text_of(one) for one in dashboards_json(levels)]
