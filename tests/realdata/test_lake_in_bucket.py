"""Binance's real hourly bars from a folder and from a bucket: the command's backtest is the same to the bit."""

import json
from pathlib import Path
from typing import Any

import pytest
from midway import settings_of
from object_servers import KEY, object_server
from typer.testing import CliRunner

from flows.cli import app

BOOK = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    # A fee of next to nothing, a narrow band and regimes by the hour: equality over two orders would prove little.
    "KEEL_VENUES__BINANCE__FEE_BPS": "0.5",
    "KEEL_SYSTEMS__LONG__BAND": "0.02",
    "KEEL_REGIMES__CONTEXT": "1h",
    "KEEL_TRADING__PROFILE": "aggressive",
}
FILE = "btcusdt_binance_1h_2017-08_2024-12.parquet"


def _said(home: Path, where: dict[str, str], *arguments: str) -> Any:
    with settings_of({"KEEL_HOME": str(home), **BOOK, **where}):
        done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.realdata
def test_imported_detected_and_backtested_by_the_commands(market_data: Path, tmp_path: Path) -> None:
    with object_server() as server:
        name = server.new_bucket()
        there = {
            "KEEL_LAKE__URL": f"s3://{name}/of/keel",
            "KEEL_LAKE__ENDPOINT": f"http://127.0.0.1:{server.port}",
            "KEEL_LAKE__ACCESS_KEY": KEY.name,
            "KEEL_LAKE__SECRET_KEY": KEY.secret,
        }
        reports, regimes, rows = [], [], []
        series = ("--venue", "binance", "--symbol", "BTC/USDT", "--timeframe", "1h")
        for home, where in ((tmp_path / "here", {}), (tmp_path / "there", there)):
            assert _said(home, where, "import", str(market_data / FILE), *series)["added"] == 64_524
            regimes.append(_said(home, where, "regimes"))
            reports.append(_said(home, where, "backtest", "--start", "2022-01-01"))
            rows.append(_said(home, where, "sql", "SELECT count(*), min(low), max(high), max(ts)::VARCHAR FROM bars"))
        assert reports[0]["intents_sha256"] == reports[1]["intents_sha256"]
        assert regimes[0] == regimes[1]
        assert rows[0] == rows[1]
        assert not list((tmp_path / "there" / "lake" / "bars").rglob("*.parquet"))
        assert {key.split("/")[2] for key in server.contents(name)} >= {"bars", "regimes", "coverage"}
