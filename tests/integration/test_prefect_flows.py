"""The real servers: a scheduled trade run fires, ad-hoc backtests succeed and fail as they should, models are there."""

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from news_attacks import ATTACKS
from news_house import KEYS, House, news_house
from news_server import Reply
from prefect_api import ask
from processes import carriers, command, eventually
from synthetic import SETTINGS, SYMBOLS, swinging_bars
from venues.base import running
from venues.kraken import Kraken
from venues.tape import HOUR_MS, Tape

from data.coverage import CoverageStore
from data.journal import AuditKind, AuditLog, Heartbeats, SessionLog, open_journal
from data.lake import Lake
from data.news import read_headlines
from models.types import Series
from models.types.news import SOURCES
from models.types.timeframes import HOUR
from tasks.adapters.logs import Wanted, found_lines
from tasks.adapters.servers import down, free_port
from tasks.bootstrap import build_desk, journal_place
from tasks.session.intake import take_in_archive

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("servers")]
COUNT = 3200
TOKENS = ("WATCH", "STOP", "RESUME", "NOTIFY")


@dataclass(frozen=True, slots=True)
class Servers:
    """A running stack, what a shell needs to use it, a venue on the loopback that lacks three hours, and the sources of
    news: of the seven one is broken, one slow, and one says something else.
    """

    home: Path
    venue: Kraken
    news: House
    env: dict[str, str]
    prefect: str
    mlflow: str
    api: str

    @property
    def watching(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.env['KEEL_API__WATCH_TOKEN']}"}

    def post(self, path: str, body: object) -> Any:
        return ask("POST", f"{self.prefect}/api{path}", body)

    def watch(self, *arguments: str) -> Any:
        return command("prefect", "deployment", "run", *arguments, "--watch", env=self.env)


@pytest.fixture(scope="module")
def venue() -> Iterator[Kraken]:
    now = int(time.time() * 1000) // HOUR_MS * HOUR_MS
    with running(Kraken(Tape(((now - 300 * HOUR_MS, now - 103 * HOUR_MS), (now - 100 * HOUR_MS, now))))) as told:
        assert isinstance(told, Kraken)
        yield told


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    hostile = list(ATTACKS.values())
    titles = {name: [f"Bitcoin soars, {name} says", *hostile[6 * one :][:6]] for one, name in enumerate(SOURCES)}
    wrong = {
        "bloomberg": [Reply(before_s=60.0)],
        "coindesk": [Reply(500, body=KEYS["CRYPTOPANIC_API_KEY"].encode())],
        "telegram": [Reply(body=b"<rss><nothing")],
    }
    with news_house(titles, wrong) as told:
        yield told


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, venue: Kraken, house: House) -> Iterator[Servers]:
    home = tmp_path_factory.mktemp("home")
    env = {**SETTINGS, **house.env} | {
        "KEEL_HOME": str(home),
        "KEEL_VENUES__BINANCE__FEED": "none",
        "KEEL_VENUES__KRAKEN__URL": venue.url,
        "KEEL_NEWS__SOURCES__BLOOMBERG__TIMEOUT_SECONDS": "2",
        "KEEL_SERVERS__PREFECT_PORT": str(free_port()),
        "KEEL_SERVERS__MLFLOW_PORT": str(free_port()),
        "KEEL_API__PORT": str(free_port()),
        **{f"KEEL_API__{name}_TOKEN": f"{name.lower()}-token-of-a-test-and-long-enough" for name in TOKENS},
    }
    before = dict(os.environ)
    os.environ.update(env)
    desk = build_desk()
    start = desk.clock.now() // HOUR * HOUR - COUNT * HOUR
    for seed, symbol in enumerate(SYMBOLS):
        take_in_archive(desk, Series("binance", symbol, "1h"), swinging_bars(seed + 1, COUNT, start))
    os.environ.clear()
    os.environ.update(before)
    try:
        started = command("flows.cli", "up", "--json", env=env)
        assert started.returncode == 0, started.stderr
        urls = json.loads(started.stdout)
        env |= {"PREFECT_API_URL": f"{urls['prefect']}/api", "PREFECT_HOME": str(home / "state" / "prefect")}
        yield Servers(home, venue, house, env, urls["prefect"], urls["mlflow"], urls["api"])
    finally:
        down(home)
    assert carriers(home) == []


def test_bars_are_ingested_and_their_coverage_is_shown(servers: Servers) -> None:
    series = ("venue=kraken", "symbol=BTC/USD", "timeframe=1h")
    parameters = [word for one in series for word in ("--param", one)]
    done = servers.watch("ingest/series", *parameters)
    assert done.returncode == 0, done.stdout
    artifacts = servers.post("/artifacts/filter", {})
    table = json.loads(next(one["data"] for one in artifacts if one["key"] == "coverage"))
    row = {name: table[0][name] for name in ("expected", "present", "missing", "quiet", "outage", "quarantined")}
    assert row == {"expected": 300, "present": 297, "missing": 3, "quiet": 0, "outage": 0, "quarantined": 0}
    picture = next(one["data"] for one in artifacts if one["key"] == "coverage-gaps")
    assert str(picture).startswith("data:image/png;base64,")
    assert [one for one in artifacts if one["type"] == "progress"]
    begin = f"since={time.strftime('%Y-%m-%d', time.gmtime(time.time() - 11 * 86400))}"
    done = servers.watch("backfill/history", *parameters, "--param", begin)
    assert done.returncode == 0, done.stdout
    ledger = CoverageStore(Lake(servers.home / "lake")).read(Series("kraken", "BTC/USD", "1h"))
    assert ledger is not None
    assert [(one.source, one.brought) for one in ledger.asked] == [("kraken", 0)]
    assert servers.watch("housekeeping/nightly").returncode == 0


def test_the_models_are_trained_by_a_deployment_and_registered_as_challengers(servers: Servers) -> None:
    done = servers.watch("train/models")
    assert done.returncode == 0, done.stdout
    query = {"name": "xgboost-binance-AAA-USDT-1h", "alias": "challenger"}
    found = httpx.get(f"{servers.mlflow}/api/2.0/mlflow/registered-models/alias", params=query).raise_for_status()
    tags = {tag["key"]: tag["value"] for tag in found.json()["model_version"]["tags"]}
    booster = next((servers.home / "state" / "models").rglob("symbol=AAA*/**/xgboost/*/card.json"))
    assert tags["keel.sha256.artifacts/booster.ubj"] == json.loads(booster.read_text())["files"]["booster.ubj"]
    assert not list((servers.home / "state").rglob("*.pkl"))


def test_regimes_are_kept_and_shown_by_a_deployment(servers: Servers) -> None:
    done = servers.watch("regimes/detected", "--param", "symbol=AAA/USDT")
    assert done.returncode == 0, done.stdout
    artifacts = {one["key"]: one for one in servers.post("/artifacts/latest/filter", {})}
    key = "regimes-binance-aaa-usdt-1h"
    assert str(artifacts[key]["data"]).startswith("data:image/png;base64,")
    rows = {row["figure"]: row for row in json.loads(artifacts[f"{key}-figures"]["data"])}
    shares = [rows[f"share {name}"] for name in ("volatile", "trending", "ranging", "crisis")]
    assert sum(one["rules"] for one in shares) == pytest.approx(1.0, abs=3e-4)
    assert sum(one["hmm"] for one in shares) == pytest.approx(1.0, abs=3e-4)
    asked = command(
        "flows.cli", "sql", "SELECT DISTINCT detector, version FROM regimes ORDER BY 1", "--json", env=servers.env
    )
    assert json.loads(asked.stdout)["rows"] == [["hmm", 1], ["rules", 1]]


def test_an_adhoc_backtest_succeeds_and_prints_its_result(servers: Servers) -> None:
    flags = ("symbol=AAA/USDT", "start=2020-01-01", "profile=moderate")
    done = servers.watch("backtest/adhoc", *(word for one in flags for word in ("--param", one)))
    assert done.returncode == 0, done.stdout
    said = " ".join(done.stdout.split())
    assert "result:" in said
    assert "out-of-sample return" in said
    keys = {one["key"]: one for one in servers.post("/artifacts/filter", {})}
    assert keys["backtest-metrics"]["type"] == "table"
    assert {"metric", "out of sample", "in sample", "hold"} <= set(json.loads(keys["backtest-metrics"]["data"])[0])
    assert {"backtest-systems", "backtest-specialists", "backtest-switches"} <= set(keys)
    assert str(keys["backtest-equity"]["data"]).startswith("data:image/png;base64,")
    (page,) = (servers.home / "state" / "reports").glob("backtest-*.html")
    assert str(page) in str(keys["backtest-tear-sheet"]["data"])
    assert page.read_text().startswith("<!DOCTYPE html>")
    found = httpx.get(
        f"{servers.mlflow}/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": "backtests"}
    ).raise_for_status()
    query = {"experiment_ids": [found.json()["experiment"]["experiment_id"]]}
    runs = httpx.post(f"{servers.mlflow}/api/2.0/mlflow/runs/search", json=query).raise_for_status().json()["runs"]
    logged = {one["key"] for one in runs[0]["data"]["metrics"]}
    assert {"out_of_sample.total_return", "in_sample.total_return"} <= logged


def test_a_validation_shows_tables_verdict_picture_and_page(servers: Servers) -> None:
    flags = ("symbol=AAA/USDT", "profile=moderate", "paths=20")
    done = servers.watch("validate/adhoc", *(word for one in flags for word in ("--param", one)))
    assert done.returncode == 0, done.stdout
    assert "result: moderate:" in " ".join(done.stdout.split())
    found = {one["key"]: one for one in servers.post("/artifacts/latest/filter", {"limit": 200}) if one["key"]}
    keys = ("profiles", "years", "regimes", "cases", "redrawn")
    assert {found[f"validation-{key}"]["type"] for key in keys} == {"table"}
    assert json.loads(found["validation-profiles"]["data"])[0]["profile"] == "moderate"
    assert str(found["validation-picture"]["data"]).startswith("data:image/png;base64,")
    (page,) = (servers.home / "state" / "reports").glob("validation-*.html")
    assert str(page) in str(found["validation-verdict"]["data"])
    progress = [one for one in servers.post("/artifacts/filter", {}) if one["description"] == "validation"]
    assert max(float(one["data"]) for one in progress) == 100.0
    named = {"experiment_name": "validation"}
    asked = httpx.get(f"{servers.mlflow}/api/2.0/mlflow/experiments/get-by-name", params=named).raise_for_status()
    query = {"experiment_ids": [asked.json()["experiment"]["experiment_id"]]}
    runs = httpx.post(f"{servers.mlflow}/api/2.0/mlflow/runs/search", json=query).raise_for_status().json()["runs"]
    logged = {one["key"].removeprefix("doubted.") for one in runs[0]["data"]["metrics"]}
    assert {"moderate.out_of_sample.total_return", "moderate.in_sample.total_return"} <= logged


def test_a_bad_symbol_fails_with_exit_code_1_and_its_reason(servers: Servers) -> None:
    done = servers.watch("backtest/adhoc", "--param", "symbol=NOPE/USDT")
    assert done.returncode == 1
    assert "the lake has no bars of binance NOPE/USDT 1h" in " ".join(done.stdout.split())


@pytest.mark.parametrize("parameter", ["symbols=AAA/USDT", "start=[1]"])
def test_unknown_parameters_and_wrong_types_are_refused(servers: Servers, parameter: str) -> None:
    done = command("prefect", "deployment", "run", "backtest/adhoc", "--param", parameter, env=servers.env)
    assert done.returncode == 1


def test_a_scheduled_trade_run_fires_and_decides_once(servers: Servers) -> None:
    deployment = ask("GET", f"{servers.prefect}/api/deployments/name/trade/book")
    assert deployment["concurrency_options"] == {"collision_strategy": "CANCEL_NEW", "grace_period_seconds": None} or (
        deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    )
    assert all(not schedule["active"] for schedule in deployment["schedules"])
    every = [{"schedule": {"interval": 12}, "active": True}]
    servers.post(f"/deployments/{deployment['id']}/schedules", every)

    def completed() -> list[dict[str, Any]]:
        runs = servers.post("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment["id"]]}}})
        return [run for run in runs if run["auto_scheduled"] and run["state_type"] == "COMPLETED"]

    eventually(lambda: len(completed()) >= 2, seconds=120)
    ask("POST", f"{servers.prefect}/api/deployments/{deployment['id']}/pause_deployment")
    tables = open_journal(journal_place(servers.home)).tables()
    bars = [row["bar"] for row in tables["decisions"]]
    assert 1 <= len(bars) <= 2, "one bar, one decision, however many runs; a second one only across the hour"
    assert len(set(bars)) == len(bars)
    assert len(tables["orders"]) == len(tables["intents"])


def test_the_stops_are_looked_at_by_a_deployment(servers: Servers) -> None:
    deployment = ask("GET", f"{servers.prefect}/api/deployments/name/risk/stops")
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert [one["schedule"]["cron"] for one in deployment["schedules"]] == ["* * * * *"]
    assert all(not schedule["active"] for schedule in deployment["schedules"])
    done = servers.watch("risk/stops")
    assert done.returncode == 0, done.stdout
    artifacts = {one["key"]: one for one in servers.post("/artifacts/latest/filter", {})}
    rows = json.loads(artifacts["risk-limits"]["data"])
    limits = {row["name"]: row for row in rows if row["system"] == ""}
    assert {"daily_loss", "weekly_loss", "max_drawdown", "max_var", "halt_var"} <= set(limits)
    assert limits["halt_var"]["limit"] == 0.025
    assert all("conf/risk_params.yml:" in row["source"] or row["source"] == "" for row in rows)
    asked = command("flows.cli", "risk", "--json", env=servers.env)
    found = json.loads(asked.stdout)
    assert {one["name"]: one["limit"] for one in found["limits"] if one["system"] == ""} == {
        name: row["limit"] for name, row in limits.items()
    }
    assert found["stopped"] is False


def test_a_round_of_the_news_is_shown_without_markup_and_without_a_key(servers: Servers) -> None:
    deployment = ask("GET", f"{servers.prefect}/api/deployments/name/news/rounds")
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert [(one["schedule"]["cron"], one["active"]) for one in deployment["schedules"]] == [("*/5 * * * *", False)]
    done = servers.watch("news/rounds")
    assert done.returncode == 0, done.stdout
    artifacts = {one["key"]: one for one in servers.post("/artifacts/latest/filter", {"limit": 200})}
    found = {row["asset"]: row for row in json.loads(artifacts["news-opportunities"]["data"])}
    assert found["BTC"]["sources"]
    shown = json.loads(artifacts["news-sources"]["data"])
    wrong = {"bloomberg", "coindesk", "telegram"}
    assert {row["source"]: row["state"] for row in shown} == {
        name: "paused" if name in wrong else "heard" for name in SOURCES
    }
    for row in (*found.values(), *shown):
        for cell in (one for one in row.values() if isinstance(one, str)):
            assert not re.search(r"[<>\x00-\x1f\u202a-\u202e]|(?<!\\)[\[\]`]|[^\\]://", cell), cell
    headlines = read_headlines(Lake(servers.home / "lake"))
    assert {one.source for one in headlines} == set(SOURCES) - wrong
    asked = servers.news.asked
    assert set(asked.values()) == {1}
    assert servers.watch("news/rounds").returncode == 0
    assert servers.news.asked == asked, "within the interval nobody is asked again"
    assert read_headlines(Lake(servers.home / "lake")) == headlines


def test_no_key_of_a_source_is_told_by_the_server_nor_kept_in_the_home(servers: Servers) -> None:
    kinds = ("flow_runs", "task_runs", "logs", "artifacts", "deployments", "work_pools")
    told = [json.dumps(servers.post(f"/{kind}/filter", {"limit": 200})) for kind in kinds]
    assert "news-opportunities" in told[3]
    files = {one: one.read_bytes() for one in servers.home.rglob("*") if one.is_file()}
    for key in KEYS.values():
        assert not any(key in one for one in told)
        assert [str(path) for path, content in files.items() if key.encode() in content] == []


def test_the_nightly_reports_run_as_deployments_and_are_in_the_audit_chain(servers: Servers) -> None:
    for name in ("gap/nightly", "stages/nightly", "report/daily", "report/weekly", "report/monthly"):
        done = servers.watch(name)
        assert done.returncode == 0, done.stdout
    kinds = [one.kind for one in AuditLog(open_journal(journal_place(servers.home)).engine).entries()]
    assert kinds == [AuditKind.GAP], "one report, and nothing was earned or lost"
    shown = {one["key"] for one in servers.post("/artifacts/latest/filter", {})}
    assert any(key.startswith("gap") for key in shown), shown
    assert any(key.startswith("stage") for key in shown), shown
    assert {"report-daily", "report-weekly", "report-monthly", "report-daily-equity"} <= shown
    pages = {one.name.split("-")[1] for one in (servers.home / "state" / "reports").glob("report-*.html")}
    assert pages == {"daily", "weekly", "monthly"}
    lines = found_lines(servers.home / "state" / "logs", Wanted()).lines
    traded = [one for one in lines if one["process"] == "flow" and one["event"] == "cycle ended"]
    assert traded, "the cycles of the runs before left lines"
    assert all(one.get("run") and one.get("cycle") for one in traded)


def test_a_stage_is_not_given_without_evidence_and_the_run_fails_with_what_is_missing(servers: Servers) -> None:
    said = ("stage=paper", "who=anna", "why=try", f"phrase=PROMOTE binance|1h|{'+'.join(sorted(SYMBOLS))} TO paper")
    done = servers.watch("promote/adhoc", *(part for one in said for part in ("--param", one)))
    assert done.returncode == 1, done.stdout
    runs = servers.post("/flow_runs/filter", {"flows": {"name": {"any_": ["promote"]}}})
    assert any("sharpe" in (run["state"]["message"] or "") for run in runs), [run["state"] for run in runs]


def test_a_session_is_one_run_with_a_heartbeat_and_a_report(servers: Servers) -> None:
    done = servers.watch("session/campaign", "--param", "duration=1m")
    assert done.returncode == 0, done.stdout
    journal = open_journal(journal_place(servers.home))
    last = [run for run in SessionLog(journal.engine).runs() if run.campaign != "scheduled"][-1]
    assert last.ended_at is not None
    assert last.until is not None
    beat = Heartbeats(journal.engine).last("trader")
    assert beat is not None
    assert beat.due_at is None
    shown = {one["key"] for one in servers.post("/artifacts/latest/filter", {})}
    assert any(key.startswith("session") for key in shown), shown


def test_status_says_that_every_part_works(servers: Servers) -> None:
    done = command("flows.cli", "status", "--json", env=servers.env)
    found = json.loads(done.stdout)
    assert {one["name"]: one["ok"] for one in found["components"]} == dict.fromkeys(
        ("prefect", "mlflow", "worker", "api", "guardian", "journal", "book", "lake", "drill", "alerts"), True
    )
    assert (found["stopped"], found["stage"], found["breakers"]) == (False, "exploration", [])


def test_the_api_is_up_with_the_servers_and_counts_their_runs(servers: Servers) -> None:
    assert httpx.get(f"{servers.api}/health").json() == {"alive": True}
    assert httpx.get(f"{servers.api}/risk").status_code == 401
    health = httpx.get(f"{servers.api}/health", headers=servers.watching).json()
    required = {one["name"]: one["ok"] for one in health["parts"] if one["required"]}
    assert required
    assert all(required.values()), health

    def counted() -> list[str]:
        text = httpx.get(f"{servers.api}/metrics", headers=servers.watching).raise_for_status().text
        return [line for line in text.splitlines() if line.startswith("keel_flow_runs{")]

    eventually(lambda: any('flow="backtest"' in line for line in counted()), seconds=60)
    assert any('flow="trade"' in line and 'state="completed"' in line.lower() for line in counted()), counted()


def test_a_second_up_is_refused(servers: Servers) -> None:
    done = command("flows.cli", "up", env=servers.env)
    assert done.returncode == 3
    assert "keel down" in done.stderr


def test_a_port_in_use_is_one_clear_sentence(servers: Servers, tmp_path: Path) -> None:
    done = command("flows.cli", "up", env=servers.env | {"KEEL_HOME": str(tmp_path)})
    assert done.returncode == 1
    assert "servers.prefect_port" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
