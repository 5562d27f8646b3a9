"""What a person can get wrong on the command line: one sentence, the right exit code, one JSON object, no traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Frame = Callable[..., pd.DataFrame]
Keel = Callable[..., Any]


@pytest.fixture
def archive(frame: Frame, tmp_path: Path) -> Path:
    frame().to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def _names(venue: str = "binance", symbol: str = "BTC/USDT", timeframe: str = "1h") -> list[str]:
    return ["--venue", venue, "--symbol", symbol, "--timeframe", timeframe]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (_names(venue="nowhere"), ["'nowhere'", "sample, alpaca, binance"]),
        (_names(venue="Binance"), ["'Binance'", "small letters"]),
        (_names(venue="../binance"), ["'../binance'", "small letters"]),
        (_names(venue=""), ["''", "small letters"]),
        (_names(symbol="btc/usdt"), ["'btc/usdt'", "capital letters"]),
        (_names(symbol="A/../../B"), ["'A/../../B'", "capital letters"]),
        (_names(symbol="/ETC"), ["'/ETC'"]),
        (_names(symbol=""), ["''"]),
        (_names(symbol="X" * 99), ["capital letters"]),
        (_names(symbol="BTC\nUSDT"), ["BTC\\nUSDT"]),
        (_names(timeframe="2h"), ["'2h'", "1m, 5m, 15m, 30m, 1h, 4h, 1d"]),
        (_names(timeframe="1H"), ["'1H'"]),
        (_names(timeframe=""), ["''"]),
    ],
)
@pytest.mark.parametrize("command", ["import", "ingest", "train", "backtest", "trade"])
def test_a_name_that_does_not_exist(
    command: str, names: list[str], said: list[str], keel: Keel, archive: Path, keel_home: Path
) -> None:
    more = {"import": [archive], "trade": ["--once"]}.get(command, [])
    outcome = keel(command, *more, *names, "--json")
    assert outcome.code == 2, outcome.err
    assert outcome.json == {"error": outcome.sentence, "exit_code": 2}
    if command == "import":  # the others say it as the setting that the flag stands for
        assert all(part in outcome.sentence for part in said)
    assert not keel_home.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingest", "--venue", "bitstamp", "--symbol", "BTC/USD"], "keel import"),
        (["ingest", "--since", "yesterday"], "'yesterday' is no time"),
        (["ingest", "--since", "2020-13-01"], "write 2024-01-31"),
        (["backtest"], "the lake has no bars of sample SP500 1d; it has nothing yet"),
        (["backtest", "--start", "soon"], "'soon' is no time"),
        (["train"], "the lake has no bars of sample SP500 1d"),
        (["train", "--model", "oracle"], "model: found 'oracle', allowed is one of momentum"),
        (["trade"], "keel trade --once"),
        (["trade", "--once"], "the lake has no bars"),
        (["trade", "--once", "--as-of", "2020-01-01T25:00"], "is no time"),
        (["trade", "--once", "--profile", "reckless"], "conservative, moderate, aggressive"),
        (["trade", "--once", "--symbol", "SP500", "--symbol", "SP500"], "every symbol once"),
        (["config", "show", "--profile", "reckless"], "flag for trading.profile: trading.profile: found 'reckless'"),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_a_command_that_cannot_be_done(arguments: list[str], said: str, as_json: bool, keel: Keel) -> None:
    outcome = keel(*arguments, *(["--json"] if as_json else []))
    assert outcome.code == 2, outcome.err
    assert said in outcome.sentence
    if as_json:
        assert outcome.json == {"error": outcome.sentence, "exit_code": 2}
    else:
        assert outcome.out == ""


@pytest.mark.parametrize("command", ["check", "ingest", "backtest", "train", "trade", "sql", "status", "config"])
def test_a_wrong_configuration_stops_every_command_with_its_line(
    command: str, keel: Keel, conf_folder: Path, keel_home: Path
) -> None:
    (conf_folder / "local.yaml").write_text("risk:\n  kelly_fraction: 7\n")
    more = {"trade": ["--once"], "sql": ["SELECT 1"], "config": ["show"]}.get(command, [])
    outcome = keel(command, *more, "--json")
    assert outcome.code == 2, outcome.err
    assert outcome.sentence.startswith("conf/local.yaml:2: risk.kelly_fraction: found 7, allowed: ")
    assert outcome.json["exit_code"] == 2
    assert not keel_home.exists()


@pytest.mark.parametrize(
    "arguments",
    [["import"], ["import", "x.csv"], ["sql"], ["ingest", "--nonsense"], ["nonsense"], ["--log-level", "LOUD"]],
)
def test_a_wrong_usage_ends_with_two_and_no_traceback(arguments: list[str], keel: Keel) -> None:
    outcome = keel(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert "Usage: " in outcome.err


def test_an_import_as_text_names_flaws_and_gaps(keel: Keel, frame: Frame, tmp_path: Path) -> None:
    rows = frame(close={3: None}).drop(index=[20, 21])
    rows.to_csv(tmp_path / "rows.csv", index=False)
    outcome = keel("import", tmp_path / "rows.csv", *_names())
    assert (outcome.code, outcome.err) == (0, "")
    for part in ("not_finite 1", "quarantined", "2020-01-01T20:00:00Z", "missing bars"):
        assert part in outcome.out


def test_many_gaps_are_counted_and_not_all_shown(
    keel: Keel, frame: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_VENUES__BINANCE__OUTAGES", "[{start: 2020-01-01, end: 2020-02-01, why: a bad month}]")
    rows = frame(200)
    rows = rows[(rows.index % 4 != 1) | (rows.index < 8)]
    rows.to_csv(tmp_path / "rows.csv", index=False)
    outcome = keel("import", tmp_path / "rows.csv", *_names())
    assert "and 8 more gaps: --json lists them all" in outcome.out


@pytest.mark.parametrize("where", ["home", "lake", "bars", "series"])
def test_a_file_where_a_folder_should_be_is_one_sentence(
    where: str, keel: Keel, keel_home: Path, archive: Path
) -> None:
    series = keel_home / "lake" / "bars" / "venue=binance" / "symbol=BTC%2FUSDT" / "timeframe=1h"
    path = {"home": keel_home, "lake": keel_home / "lake", "bars": keel_home / "lake" / "bars", "series": series}[where]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    for command in (
        ["import", archive, *_names()],
        ["import", archive, *_names(), "--dry-run"],
        ["ingest"],
        ["sql", "FROM bars"],
    ):
        outcome = keel(*command, "--json")
        if outcome.code == 0:
            assert where in ("bars", "series") or command[-1] == "--dry-run"
            assert command[0] != "import" or command[-1] == "--dry-run"
            continue
        assert outcome.code == 1, outcome.err
        assert str(path) in outcome.err.splitlines()[-1]
        assert "Traceback" not in outcome.err
        assert outcome.json["exit_code"] == 1
    assert path.read_text() == "in the way"


def test_a_journal_that_is_none_stops_trading_with_its_name(keel: Keel, keel_home: Path) -> None:
    assert keel("ingest").code == 0
    journal = keel_home / "state" / "journal.sqlite"
    for leftover in journal.parent.glob("journal.sqlite*"):
        leftover.unlink()  # its log alone would restore it
    journal.write_bytes(b"garbage" * 999)
    for command in (["trade", "--once"], ["trade", "--once", "--dry-run"], ["sql", "SELECT 1"]):
        outcome = keel(*command, "--json")
        assert outcome.code == 1, outcome.err
        assert str(journal) in outcome.sentence
        assert outcome.json["exit_code"] == 1
    assert journal.read_bytes() == b"garbage" * 999


def test_an_interrupt_is_no_traceback(keel: Keel, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.commands.data.build_desk", interrupted)
    outcome = keel("ingest", "--json")
    assert (outcome.code, outcome.out) == (130, "")
    assert "Traceback" not in outcome.err


def test_check_says_which_secrets_are_set_and_not_what_they_are(keel: Keel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_KEY", "c4n4ry")
    for more in ([], ["--json"]):
        outcome = keel("check", *more)
        assert outcome.code == 0
        assert "binance_api_key" in outcome.out
        assert "c4n4ry" not in outcome.out + outcome.err
    assert json.loads(keel("config", "show", "--json").out)["settings"]["stage"] == "exploration"
    assert "c4n4ry" not in keel("config", "show").out
