"""`keel regimes` from the shell, and the same by Prefect's flow."""

import base64
import json
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from regime_lake import ARCHIVE, COUNT, DAYS, MADE, NAMES, TRUTH, begins_with, stored, versions
from small_lake import settle

import tasks.regimes
from data.catalogue import CATALOGUE
from data.files import sha256_of
from data.repair import set_aside
from data.verify import verify_lake
from models.regime import DETECTORS, RegimeSettings, regime_history
from models.types import Series, parse_time
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.regimes import regime_inputs
from tasks.session.regimes.history import history_of

FLAGS = ("--venue", DAYS.venue, "--symbol", DAYS.symbol, "--timeframe", DAYS.timeframe)


@pytest.fixture
def desk(keel_home):
    """A desk with 900 simulated days, and two small series of no interest."""
    made = build_desk()
    settle(made)
    take_in_archive(made, DAYS, ARCHIVE)
    return made


def parts_of(history):
    """Every column of a history."""
    sides = [
        getattr(side, name) for side in (history.context, history.trigger) for name in ("raw", "label", "confidence")
    ]
    figures = [history.figures[name] for name in sorted(history.figures)]
    return [history.label, history.raw, history.confidence, *sides, *figures]


def test_json_has_the_figures_of_the_stored_history(keel, desk):
    outcome = keel("regimes", *FLAGS, "--json")
    assert outcome.code == 0, outcome.err
    found, rows = outcome.json, stored(desk)
    bars = desk.bars.read(DAYS)
    assert found["bars"] == len(bars) == rows.ts.size > 880
    for code, name in enumerate(NAMES):
        assert found["share"][name] == np.count_nonzero(rows.codes["label"] == code) / rows.ts.size
    changes = int(np.count_nonzero(np.diff(rows.codes["label"])))
    assert changes > 3
    assert found["switches_per_year"] == pytest.approx(changes / (rows.ts.size - 1) * 365)
    assert found["accuracy"] is None
    assert (found["detector"], found["context"], found["trigger"], found["crisis_index"]) == ("rules", "1d", "1h", 35.0)
    assert set(found["detectors"]) == set(DETECTORS)
    assert found["detectors"]["rules"]["share"] == found["share"] != found["detectors"]["hmm"]["share"]
    assert found["stored"]["hmm"] == {"version": 1, "rows": len(bars), "added": len(bars)}
    assert found["index_source"] == "realised volatility"
    for detector in DETECTORS:
        in_2001 = (bars.ts >= parse_time("2001-01-01")) & (bars.ts < parse_time("2002-01-01"))
        told = [found["years"][detector]["2001"][name] for name in NAMES]
        label = stored(desk, detector).codes["label"][in_2001]
        assert told == (np.bincount(label, minlength=4) / label.size).tolist()
        history = regime_history(regime_inputs(desk, DAYS)[0], RegimeSettings(detector))
        kept = stored(desk, detector)
        for told, meant in zip(parts_of(history_of(kept)), parts_of(history), strict=True):
            assert told.tobytes() == meant.tobytes()
        assert kept.known_at.tolist() == desk.closes(DAYS, bars.ts).tolist()


def test_any_client_finds_the_history_in_the_catalogue(keel, desk):
    keel("regimes", *FLAGS)
    with duckdb.connect(str(desk.lake.root / CATALOGUE), read_only=True) as connection:
        found = connection.execute("SELECT detector, count(*) FROM regimes GROUP BY 1 ORDER BY 1").fetchall()
    assert found == [(name, stored(desk, name).ts.size) for name in sorted(DETECTORS)]


def test_a_second_run_stores_nothing(keel, desk, lake_hash):
    keel("regimes", *FLAGS)
    before = lake_hash()
    outcome = keel("regimes", *FLAGS, "--json")
    assert [one["added"] for one in outcome.json["stored"].values()] == [0, 0]
    assert lake_hash() == before


def test_repaired_history_begins_a_new_version(keel, desk):
    keel("regimes", *FLAGS)
    before = stored(desk)
    whole = ARCHIVE.rows(slice(0, COUNT))
    close = whole.close.copy()
    close[400] = whole.low[400]
    path = desk.lake.folder("bars", DAYS)
    for part in sorted(path.rglob("*.parquet")):
        part.unlink()
    (path / "manifest.json").unlink()
    take_in_archive(build_desk(), DAYS, replace(whole, close=close))
    outcome = keel("regimes", *FLAGS, "--json")
    assert outcome.json["stored"]["rules"]["version"] == 2
    assert versions(desk) == [1, 2]
    assert begins_with(stored(desk, version=1), before)
    assert stored(desk, version=1).ts.size == before.ts.size
    assert not begins_with(stored(desk), before)


def test_another_threshold_or_detector_is_another_history(keel, desk, monkeypatch, tmp_path):
    keel("regimes", *FLAGS)
    outcome = keel("regimes", *FLAGS, "--detector", "hmm", "--json")
    assert outcome.json["detector"] == "hmm"
    assert outcome.json["share"] == outcome.json["detectors"]["hmm"]["share"]
    assert versions(desk) == versions(desk, "hmm") == [1]
    text = json.loads((tmp_path / "conf" / "genomes" / "crisis.json").read_text())
    text["genes"]["crisis_threshold"] = 31.0
    body = {name: text[name] for name in ("schema", "specialist", "genes", "lineage")}
    text["sha256"] = sha256_of(json.dumps(body, sort_keys=True, separators=(",", ":")).encode())
    (tmp_path / "nervous.json").write_text(json.dumps(text))
    monkeypatch.setenv("KEEL_SPECIALISTS__CRISIS", str(tmp_path / "nervous.json"))
    outcome = keel("regimes", *FLAGS, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["crisis_index"] == 31.0
    assert outcome.json["share"]["crisis"] > np.mean(stored(desk).codes["label"] == 3)
    assert stored(desk, crisis_index=31.0).ts.size == stored(desk).ts.size


def test_a_truth_is_scored_exactly(keel, desk, tmp_path):
    keel("regimes", *FLAGS)
    rows = stored(desk)
    label = rows.codes["label"]
    truth = label.copy()
    wrong = np.arange(0, rows.ts.size, 7)
    truth[wrong] = (truth[wrong] + 1) % 4
    stamps = pd.to_datetime(rows.ts, unit="us", utc=True)
    frame = pd.DataFrame({"ts": stamps, "truth": np.array(NAMES)[truth], "price": 1.0})
    frame = pd.concat([frame, frame.assign(ts=stamps + pd.Timedelta(hours=5))]).sample(frac=1.0, random_state=4)
    frame.to_csv(tmp_path / "truth.csv", index=False)
    outcome = keel("regimes", *FLAGS, "--truth", tmp_path / "truth.csv", "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert found["accuracy"] == (rows.ts.size - wrong.size) / rows.ts.size
    assert found["truth"] == {"given": 2 * rows.ts.size, "matched": rows.ts.size}
    hmm = stored(desk, "hmm").codes["label"]
    assert found["detectors"]["hmm"]["accuracy"] == np.count_nonzero(hmm == truth) / truth.size
    for row, true in enumerate(NAMES):
        for column, said in enumerate(NAMES):
            count = int(np.count_nonzero((truth == row) & (label == column)))
            assert found["confusion"][true][said] == count
    by_hmm = keel("regimes", *FLAGS, "--truth", tmp_path / "truth.csv", "--detector", "hmm", "--json").json
    assert by_hmm["accuracy"] == found["detectors"]["hmm"]["accuracy"]
    assert "accuracy" in keel("regimes", *FLAGS, "--truth", tmp_path / "truth.csv").out


def test_several_series_are_one_object(keel, desk):
    flags = ("--venue", "binance", "--symbol", "AAA/USDT", "--symbol", "BBB/USDT", "--timeframe", "1d")
    take_in_archive(desk, Series("binance", "BBB/USDT", "1d"), ARCHIVE.rows(slice(0, 300)))
    outcome = keel("regimes", *flags, "--json")
    assert outcome.code == 0, outcome.err
    assert [one["series"] for one in outcome.json["series"]] == ["binance AAA/USDT 1d", "binance BBB/USDT 1d"]
    assert sum(outcome.json["share"].values()) == pytest.approx(1.0)
    assert {"switches_per_year", "accuracy"} <= set(outcome.json)


def test_people_see_both_detectors_and_where_the_history_is(keel, desk):
    outcome = keel("regimes", *FLAGS)
    assert outcome.code == 0, outcome.err
    head = next(line for line in outcome.out.splitlines() if "figure" in line)
    assert "rules" in head
    assert "hmm" in head
    for said in ("switches a year", "median bars crisis", "taken back within 5 bars", "volatility index: realised"):
        assert said in outcome.out
    assert "by rules version 1, " in outcome.out


def test_a_simulation_needs_no_data_and_writes_none(keel, keel_home):
    outcome = keel("regimes", "--simulate", 3, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert 0.0 < found["accuracy"] < 1.0
    assert found["accuracy"] == found["detectors"]["rules"]["accuracy"]
    for one in found["detectors"].values():
        counts = [[one["confusion"][true][said] for said in NAMES] for true in NAMES]
        assert np.sum(counts) == found["bars"]
        assert np.trace(counts) / found["bars"] == one["accuracy"]
        assert {"share", "switches_per_year"} <= set(one)
    assert not keel_home.exists()
    shown = keel("regimes", "--simulate", 3)
    assert "bars by truth (rows) and what hmm says" in shown.out
    assert f"{round(found['accuracy'], 4):,.4f}" in shown.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--symbol", "NOPE/USDT"], "the lake has no bars of binance NOPE/USDT 1d"),
        (["--symbol", "AAA/USDT", "--symbol", "NOPE/USDT"], "the lake has no bars of binance NOPE/USDT 1d"),
        (["--timeframe", "2d"], "'2d'"),
        (["--venue", "nowhere"], "'nowhere'"),
        (["--detector", "oracle"], "'oracle'"),
        (["--truth", "nowhere.csv"], "there is no file nowhere.csv"),
        (["--simulate", "3", "--truth", "truth.csv"], "brings its own truth"),
        (["--simulate", "-3"], "seed -3"),
        (["--symbol", "AAA/USDT", "--symbol", "BBB/USDT", "--truth", "truth.csv"], "Give one --symbol"),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_what_cannot_be_done_is_one_sentence(keel, desk, arguments, said, as_json, lake_hash):
    before = lake_hash()
    flags = [*FLAGS[:2], *FLAGS[4:], *(() if "--symbol" in arguments else FLAGS[2:4])]
    outcome = keel("regimes", *flags, *arguments, *(["--json"] if as_json else []))
    assert outcome.code == 2, outcome.err
    sentence = outcome.err.splitlines()[-1]  # after what was said of the progress
    assert said in sentence
    if as_json:
        assert outcome.json == {"error": sentence.removeprefix("keel: "), "exit_code": 2}
    if "--truth" not in arguments:
        assert lake_hash() == before


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"ts": MADE.ts, "label": TRUTH}, "has no column truth (nor regime); it has ts, label"),
        ({"ts": MADE.ts, "truth": TRUTH + 1}, "allowed are volatile (0), trending (1), ranging (2), crisis (3)"),
        ({"ts": MADE.ts + 60_000_000, "truth": TRUTH}, "has no row of any bar"),
    ],
)
def test_a_truth_that_cannot_be_used_is_exit_code_2(keel, desk, tmp_path, columns, said):
    pd.DataFrame(columns).to_parquet(tmp_path / "truth.parquet")
    outcome = keel("regimes", *FLAGS, "--truth", tmp_path / "truth.parquet", "--json")
    assert outcome.code == 2
    assert said in outcome.json["error"]


def test_a_damaged_history_stops_the_command_until_it_is_set_aside(keel, desk):
    keel("regimes", *FLAGS)
    whole = stored(desk)
    part = next(desk.lake.root.glob("regimes/**/detector=rules/**/*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 4
    part.write_bytes(content)
    outcome = keel("regimes", *FLAGS, "--json")
    assert outcome.code == 1
    assert "does not match its checksum" in outcome.json["error"]
    assert "keel data repair" in outcome.json["error"]
    found = keel("data", "verify", "--json")
    assert [one["path"] for one in found.json["damaged"]] == [str(part)]
    (damage,) = verify_lake(desk.lake, lambda _: None).damaged
    set_aside(desk.lake, damage)
    assert keel("regimes", *FLAGS, "--json").code == 0
    assert begins_with(stored(desk), whole)


def test_prefect_gets_tables_and_a_picture_of_every_series(desk, monkeypatch):
    made, said = {}, []

    class Log:
        def info(self, text):
            said.append(text)

    for kind in ("table", "image"):
        keep = lambda content, key, description: made.update({key: (content, description)})  # noqa: E731
        monkeypatch.setattr(tasks.regimes, f"create_{kind}_artifact", keep)
    monkeypatch.setattr(tasks.regimes, "get_run_logger", Log)
    flags = {"trading.venue": "binance", "trading.symbols": [DAYS.symbol], "trading.timeframe": "1d"}
    flags |= {"regimes.detector": "hmm"}
    kept = tasks.regimes.keep_regimes.fn(flags)
    (found,) = tasks.regimes.show_regimes.fn(flags, kept)
    assert found["detector"] == "hmm"
    assert found["stored"]["hmm"]["rows"] == stored(desk, "hmm").ts.size
    assert any("version 1" in one for one in said)
    key = "regimes-binance-aaa-usdt-1d"
    tables = ("figures", "transitions-rules", "transitions-hmm", "years-rules", "years-hmm")
    assert set(made) == {key, *(f"{key}-{name}" for name in tables)}
    picture, told = made[key]
    assert base64.b64decode(picture.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert "binance AAA/USDT 1d" in told
    json.dumps([rows for name, (rows, _) in made.items() if name != key], allow_nan=False)
