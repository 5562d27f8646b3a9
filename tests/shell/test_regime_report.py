"""The report on regimes: figures counted by hand, truths from files, tables and the picture."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.regimes import Stored
from models.regime import Detected, RegimeHistory, RegimeSettings
from models.types import BadInput, Series
from models.types.timeframes import DAY
from tasks.session.regimes import (
    Kept,
    Labelling,
    RegimeReport,
    Truth,
    measured,
    report_tables,
    simulated_report,
    simulated_tables,
    together,
)
from tasks.session.regimes.episodes import past_of
from tasks.session.regimes.picture import regime_picture
from tasks.session.regimes.truth import read_truth

START = 1_577_836_800_000_000  # 2020-01-01
VOLATILE, TRENDING, RANGING, CRISIS = range(4)
# Ranging for four days, trending for two, ranging for one, trending for three; never a crisis.
LABEL = np.array([2, 2, 2, 2, 1, 1, 2, 1, 1, 1])
CONFIDENCE = np.array([0.0, 0.25, 0.5, 0.25, 1.0, 0.5, 0.0, 0.5, 0.5, 0.5])
TS = START + np.arange(LABEL.size) * DAY


def report_of(*labels, truth=None):
    """A report of these labels, whose detectors are rules and hmm."""
    named = tuple(Labelling(name, label, CONFIDENCE) for name, label in zip(("rules", "hmm"), labels, strict=False))
    stored = {one.detector: Stored(3, LABEL.size, 2) for one in named}
    kept = Kept(Series("binance", "BTC/USDT", "1d"), RegimeSettings(), "realised volatility", stored)
    figures = tuple(measured(one, 365, truth) for one in named)
    pasts = tuple(past_of(one.detector, kept.series, TS, said(one.label), 365) for one in named)
    return RegimeReport(kept, TS, np.linspace(90.0, 110.0, LABEL.size), named, figures, pasts, truth)


def said(context, trigger=None):
    """A history of which only the labels matter."""
    quick = context if trigger is None else trigger
    sides = [Detected(label, label, np.ones(label.size)) for label in (context, quick)]
    return RegimeHistory(np.where(quick == CRISIS, CRISIS, context), context, np.ones(context.size), *sides, {})


def test_figures_are_those_counted_by_hand():
    found = measured(Labelling("rules", LABEL, CONFIDENCE), 365)
    assert found.share == {"volatile": 0.0, "trending": 0.5, "ranging": 0.5, "crisis": 0.0}
    assert found.switches_per_year == 3 / 9 * 365
    assert found.thrash_rate == 2 / 3  # to trending and back in 2, to ranging and back in 1; the last one stands
    spans = {name: (one.spells, one.mean, one.median, one.longest) for name, one in found.durations.items()}
    assert spans["trending"] == (2, 2.5, 2.5, 3)
    assert spans["ranging"] == (2, 2.5, 2.5, 4)
    assert spans["crisis"][::3] == (0, 0)
    assert np.isnan(spans["crisis"][1:3]).all()
    assert found.confidence["trending"] == 0.6
    assert found.confidence["ranging"] == 0.2
    assert found.mean_confidence == 0.4
    assert found.transitions[RANGING].tolist() == [0.0, 0.4, 0.6, 0.0]
    assert found.transitions[TRENDING].tolist() == [0.0, 0.75, 0.25, 0.0]
    assert np.isnan(found.transitions[CRISIS]).all()
    assert (found.accuracy, found.confusion) == (None, None)


def test_mean_and_median_of_durations_are_two_things():
    label = np.repeat([1, 2, 1, 2, 1], [1, 9, 1, 9, 10])
    found = measured(Labelling("hmm", label, np.ones(30)), 365).durations["trending"]
    assert (found.mean, found.median, found.longest) == (4.0, 1.0, 10)


def test_accuracy_is_of_the_bars_whose_truth_is_known():
    truth = Truth(np.array([0, 1, 4, 6, 9]), np.array([RANGING, CRISIS, TRENDING, RANGING, TRENDING]), 7)
    found = measured(Labelling("rules", LABEL, CONFIDENCE), 365, truth)
    assert found.accuracy == 0.8
    assert found.confusion is not None
    assert found.confusion.tolist() == [[0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 1, 0]]


def test_json_has_the_configured_detector_at_the_top_and_both_below():
    truth = Truth(np.arange(10), LABEL, 12)
    found = report_of(LABEL, np.full(10, CRISIS), truth=truth).as_json()
    assert (found["accuracy"], found["detector"], found["bars"]) == (1.0, "rules", 10)
    assert found["share"] == {"volatile": 0.0, "trending": 0.5, "ranging": 0.5, "crisis": 0.0}
    assert (found["first"], found["last"]) == ("2020-01-01T00:00:00Z", "2020-01-10T00:00:00Z")
    assert found["truth"] == {"given": 12, "matched": 10}
    assert found["stored"] == {name: {"version": 3, "rows": 10, "added": 2} for name in ("rules", "hmm")}
    hmm = found["detectors"]["hmm"]
    assert (hmm["accuracy"], hmm["switches_per_year"], hmm["share"]["crisis"]) == (0.0, 0.0, 1.0)
    assert hmm["confusion"]["trending"] == {"volatile": 0, "trending": 0, "ranging": 0, "crisis": 5}
    assert found["detectors"]["rules"]["transitions"]["ranging"]["trending"] == 0.4


def test_several_series_are_one_object_weighted_by_their_bars():
    short = report_of(np.full(10, CRISIS))
    rows = slice(0, 5)
    label = Labelling("rules", np.array([1, 1, 1, 1, 2]), CONFIDENCE[rows])
    long = replace(short, ts=TS[rows], labellings=(label,), figures=(measured(label, 365),))
    found = together([short, long])
    assert found["share"] == pytest.approx({"volatile": 0.0, "trending": 4 / 15, "ranging": 1 / 15, "crisis": 10 / 15})
    assert found["switches_per_year"] == pytest.approx((0.0 * 10 + 365 / 4 * 5) / 15)
    assert found["accuracy"] is None
    assert [one["bars"] for one in found["series"]] == [10, 5]


def test_tables_hold_both_detectors_side_by_side():
    tables = {one.key: one.rows for one in report_tables(report_of(LABEL, np.full(10, CRISIS)))}
    assert list(tables) == ["figures", "transitions-rules", "transitions-hmm", "years-rules", "years-hmm"]
    rows = {row["figure"]: (row["rules"], row["hmm"]) for row in tables["figures"]}
    assert rows["share ranging"] == (0.5, 0.0)
    assert rows["switches a year"] == (121.6667, 0.0)
    assert rows["taken back within 5 bars"] == (0.6667, None)
    assert rows["mean bars crisis"] == (None, 10.0)
    assert rows["confidence trending"] == (0.6, None)
    assert "accuracy" not in rows
    assert tables["transitions-rules"][RANGING] == {
        "from": "ranging",
        "volatile": 0.0,
        "trending": 0.4,
        "ranging": 0.6,
        "crisis": 0.0,
    }


def test_tables_of_a_known_truth_have_accuracy_and_confusion():
    truth = Truth(np.arange(10), np.roll(LABEL, 1), 10)
    tables = {one.key: one.rows for one in report_tables(report_of(LABEL, truth=truth))}
    assert tables["figures"][0] == {"figure": "accuracy", "rules": 0.6}
    confused = tables["confusion-rules"][TRENDING]
    assert confused == {"truth": "trending", "volatile": 0, "trending": 3, "ranging": 2, "crisis": 0}


def written(folder, suffix, columns):
    """A file of the columns."""
    path, frame = folder / f"truth{suffix}", pd.DataFrame(columns)
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_feather(path)
    return path


STAMPS = pd.to_datetime(TS, unit="us", utc=True)
WORDS = np.array(["volatile", "trending", "ranging", "crisis"])[LABEL]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
@pytest.mark.parametrize("times", [STAMPS, TS, TS // 1_000_000, STAMPS.strftime("%Y-%m-%dT%H:%M:%SZ")])
@pytest.mark.parametrize(
    "column",
    [{"truth": WORDS}, {"regime": LABEL}, {"Truth": LABEL.astype(float)}, {"truth": np.char.upper(WORDS), "regime": 9}],
)
def test_a_truth_is_names_or_codes_at_times(tmp_path, suffix, times, column):
    found = read_truth(written(tmp_path, suffix, {"ts": times} | column), TS)
    assert found.rows.tolist() == list(range(10))
    assert found.codes.tolist() == LABEL.tolist()
    assert found.given == 10


def test_rows_are_matched_by_time_in_any_order(tmp_path):
    order = np.array([7, 3, 0, 9])
    times = np.append(TS[order], [TS[0] - DAY, TS[-1] + DAY, TS[4] + 1])
    truth = np.append(LABEL[order], [0, 0, 0])
    found = read_truth(written(tmp_path, ".parquet", {"ts": times, "truth": truth}), TS)
    assert (found.rows.tolist(), found.codes.tolist(), found.given) == ([0, 3, 7, 9], LABEL[[0, 3, 7, 9]].tolist(), 7)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"ts": TS, "label": LABEL}, r"has no column truth \(nor regime\); it has ts, label"),
        ({"when": TS, "truth": LABEL}, "has no column ts"),
        (
            {"ts": TS, "truth": np.append(WORDS[:-1], "calm")},
            r"row 10 has the regime calm; allowed are volatile \(0\)",
        ),
        ({"ts": TS, "truth": np.append(LABEL[:-1], 4)}, "row 10 has the regime 4"),
        ({"ts": TS, "truth": np.append(LABEL[:-1], -1)}, "row 10 has the regime -1"),
        ({"ts": TS, "truth": np.append(LABEL[:-1].astype(float), 1.5)}, "row 10 has the regime 1.5"),
        ({"ts": TS, "truth": np.append(LABEL[:-1].astype(float), np.nan)}, "row 10 has the regime nan"),
        ({"ts": TS, "truth": [*WORDS[:4], None, *WORDS[5:]]}, "row 5 has the regime (None|nan)"),
        ({"ts": np.append(TS[:-1], TS[0]), "truth": LABEL}, "has 2020-01-01T00:00:00Z more than once"),
        ({"ts": TS + DAY * 400, "truth": LABEL}, "no row of any bar: its times are 2021-02-04T00:00:00Z to 2021-02-13"),
        ({"ts": ["2020-01-01"] * 9 + ["soon"], "truth": LABEL}, "row 10 has no time"),
        ({"ts": ["soon"] * 10, "truth": LABEL}, "holds no time stamps"),
        ({"ts": TS[:0], "truth": LABEL[:0]}, "has no rows"),
    ],
)
def test_a_truth_that_cannot_be_used_is_refused_with_its_reason(tmp_path, columns, said):
    with pytest.raises(BadInput, match=said):
        read_truth(written(tmp_path, ".parquet", columns), TS)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("truth.xlsx", b"", "allowed are .parquet, .csv, .feather files"),
        ("nowhere.csv", None, "there is no file"),
        ("truth.parquet", b"PAR1 no more", "is not a readable .parquet file"),
        ("truth.csv", b"", "is not a readable .csv file"),
        ("truth.csv", b"ts,truth,truth\n2020-01-01,1,2\n", "has the column truth more than once"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_truth(tmp_path / name, TS)


def colours_of(picture: bytes) -> set[tuple[int, ...]]:
    import io

    import matplotlib.image

    pixels = matplotlib.image.imread(io.BytesIO(picture))
    return {tuple(row) for row in np.round(pixels[..., :3].reshape(-1, 3) * 255).astype(int).tolist()}


def test_the_picture_shows_the_regimes_that_there_are(tmp_path: Path):
    many = np.repeat(LABEL, 40)
    ts = START + np.arange(many.size) * DAY
    base = report_of(LABEL, LABEL)
    labels = [Labelling(name, label, np.ones(400)) for name, label in (("rules", many), ("hmm", np.full(400, CRISIS)))]
    figures = tuple(measured(one, 365) for one in labels)
    picture = regime_picture(
        replace(base, ts=ts, close=np.linspace(1, 9, 400), labellings=tuple(labels), figures=figures)
    )
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 900
    assert height > 600
    red, green, yellow = (209, 73, 91), (79, 180, 119), (242, 177, 52)
    assert {red, green} <= colours_of(picture)  # crisis by hmm, trending by rules
    calm = [Labelling(name, np.full(400, RANGING), np.ones(400)) for name in ("rules", "hmm")]
    quiet = tuple(measured(one, 365) for one in calm)
    again = regime_picture(replace(base, ts=ts, close=np.linspace(1, 9, 400), labellings=tuple(calm), figures=quiet))
    assert not {red, yellow} & colours_of(again)


def test_one_bar_can_be_drawn_and_shown():
    one = Labelling("rules", np.array([RANGING]), np.array([0.0]))
    base = report_of(LABEL)
    report = replace(base, ts=TS[:1], close=np.ones(1), labellings=(one,), figures=(measured(one, 365),))
    assert regime_picture(report).startswith(b"\x89PNG")
    assert report_tables(report)[0].rows


def test_the_simulation_is_scored_on_its_own_truth():
    settings = RegimeSettings("hmm")
    report = simulated_report(5, settings, 1500)
    found = report.as_json()
    assert [one.detector for one in report.figures] == ["hmm", "rules"]
    assert found["accuracy"] == found["detectors"]["hmm"]["accuracy"]
    for one in report.figures:
        assert one.confusion is not None
        assert one.confusion.sum() == 1500
        assert np.trace(one.confusion) / 1500 == one.accuracy
        told = one.confusion.sum(axis=1) / 1500
        assert told.tolist() == list(report.truth_share.values())
    assert json.dumps(simulated_report(5, settings, 1500).as_json()) == json.dumps(found)
    assert simulated_report(6, settings, 1500).as_json()["truth_share"] != found["truth_share"]
    tables = {one.key: one.rows for one in simulated_tables(report)}
    assert {"confusion-rules", "confusion-hmm"} <= set(tables)
    share = next(row for row in tables["figures"] if row["figure"] == "share crisis")
    assert share["truth"] == round(report.truth_share["crisis"], 4)
    with pytest.raises(BadInput, match="seed -1"):
        simulated_report(-1, settings)
