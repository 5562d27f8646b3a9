"""keel news from the shell: fields, exit codes, and nothing of a title that is more than text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from news_attacks import ATTACKS

Keel = Callable[..., Any]
FIELDS = {"headlines", "added", "duplicates", "linked", "scored", "opportunities", "opportunity_list"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    rows = [("2024-01-01T00:00:00Z", title, "Paper") for title in ATTACKS.values()]
    path = tmp_path / "a.parquet"
    pd.DataFrame(rows, columns=["ts", "title", "source"]).to_parquet(path)
    return path


def test_an_archive_of_attacks_is_read_like_any_other(keel: Keel, archive: Path) -> None:
    found = keel("news", "import", archive, "--json").json
    assert found.keys() >= FIELDS
    assert found["headlines"] == 30
    assert found["scored"] == found["added"] > 20
    assert keel("news", "import", archive, "--json").json["added"] == 0
    shown = keel("sql", "SELECT min(tone) AS low, max(tone) AS high FROM news", "--json").json
    ((low, high),) = shown["rows"]
    assert -1.0 <= low <= high <= 1.0
    for arguments in (("news",), ("news", "sources"), ("news", "import", archive)):
        told = keel(*arguments)
        assert told.code == 0, told.err
        assert not {"\x1b", "\u202e", "\x07", "\x9b"} & set(told.out)


def test_without_anything_it_says_who_would_be_heard_and_why_not(keel: Keel) -> None:
    found = keel("news", "--json").json
    assert (found["opportunities"], found["opportunity_list"]) == (0, [])
    states = {one["source"]: one["state"] for one in found["sources"]}
    assert [*states] == ["reuters", "bloomberg", "coindesk", "cryptopanic", "twitter", "reddit", "telegram"]
    assert {states[one] for one in ("cryptopanic", "twitter", "reddit")} == {"off"}
    weights = [one["base_weight"] for one in found["sources"]]
    assert weights == pytest.approx([0.25, 0.2, 0.15, 0.15, 0.1, 0.1, 0.05])
    assert [one["priority"] for one in keel("news", "sources", "--json").json["sources"]] == [*range(1, 8)]


def test_a_round_in_which_nobody_may_be_asked_is_a_round(keel: Keel, conf_folder: Path) -> None:
    off = {"news": {"sources": {one: {"enabled": False} for one in ("reuters", "bloomberg", "coindesk", "telegram")}}}
    (conf_folder / "local.yaml").write_text(yaml.safe_dump(off))
    found = keel("news", "--once", "--json")
    assert found.code == 0, found.err
    assert found.json.keys() >= FIELDS | {"asked", "troubles", "sources"}
    assert (found.json["headlines"], found.json["asked"]) == (0, [])
    assert keel("news", "--once").code == 0


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("NEWS__SOURCES__REUTERS__WEIGHT", "0.5", "add up to 1.25"),
        ("NEWS__KEEP_DAYS", "90", "look back on"),
        ("NEWS__KNOWN_DAYS", "3", "memory_days (7) or more"),
        ("NEWS__LONGEST_PAUSE_SECONDS", "5", "first_pause_seconds (300) or more"),
        ("NEWS__CONDITIONS__CRISIS__WIRE", "9", "less than or equal to 1.5"),
        ("NEWS__SCORER", "../../etc/passwd", "news.scorer"),
    ],
)
def test_what_the_configuration_may_not_say(
    keel: Keel, monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"KEEL_{key}", value)
    found = keel("check")
    assert found.code == 2
    assert said in found.err, found.err


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("  sources:\n    reddit: {weight: 0.3}", "conf/local.yaml:3: news.sources: found weights that add up to 1.2"),
        ("  sources:\n    reddit: {wait: 0.1}", "conf/local.yaml:3: the key news.sources.reddit.wait is not known"),
        ("  sources:\n    reuter: {weight: 0.1}", "conf/local.yaml:3"),
        ("  sources:\n    reuters: {urls: ['https://evil.example/x']}", "conf/local.yaml:3: news.sources.reuters"),
        (
            "  sources:\n    reuters: {urls: ['http://news.google.com/x']}",
            "conf/local.yaml:3: news.sources.reuters.urls",
        ),
        ("  keep_days: 70", "conf/local.yaml:2: news.keep_days: found 70, allowed is 180 or more"),
        ("  opportunities: {evidence: 0}", "conf/local.yaml:2: news.opportunities.evidence: found 0"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(keel: Keel, conf_folder: Path, written: str, said: str) -> None:
    (conf_folder / "local.yaml").write_text(f"news:\n{written}\n")
    found = keel("check")
    assert found.code == 2
    assert said in found.err, found.err


def test_where_a_weight_comes_from_is_explained(keel: Keel, conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "news.sources.reuters.weight"
    assert f"{key}: 0.25 (conf/base.yaml:" in keel("config", "explain", key).out
    changes = {"reuters": {"weight": 0.2}, "telegram": {"weight": 0.1}}
    (conf_folder / "local.yaml").write_text(yaml.safe_dump({"news": {"sources": changes}}))
    assert f"{key}: 0.2 (conf/local.yaml:" in keel("config", "explain", key).out
    monkeypatch.setenv("KEEL_NEWS__SOURCES__REUTERS__WEIGHT", "0.3")
    monkeypatch.setenv("KEEL_NEWS__SOURCES__TELEGRAM__WEIGHT", "0")
    assert "KEEL_NEWS__SOURCES__REUTERS__WEIGHT" in keel("config", "explain", key).out


def test_an_unknown_scorer_is_named(keel: Keel, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_NEWS__SCORER", "nobody")
    found = keel("news", "import", archive)
    assert found.code == 2
    assert "keel news train" in found.err
