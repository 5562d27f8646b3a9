"""A validation of a lake: its plain runs are the backtest's to the bit, and what is shown is one file and honest."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lively_backtests import Remembering, lively_desk
from synthetic import SYMBOLS, MemoryTracker

import flows.commands.output
import flows.commands.validate
import tasks.validate
from models.bootstrap import bootstrap_trades
from models.engine import first_state
from models.ensemble import bootstrap_candles
from models.types import BadInput, Regime, iso, parse_time
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.backtesting import backtest
from tasks.session.desk import Desk
from tasks.session.validating import ValidationReport, validate
from tasks.session.validating.bootstrapping import CANDLES_SEED, TRADES_SEED, TooFew, gains_of, of_candles
from tasks.session.validating.cases import side_of, thinned
from tasks.session.validating.ground import Ground, contender, ground_of
from tasks.session.validating.page import page_of
from tasks.session.validating.picture import validation_picture
from tasks.session.validating.publishing import EXPERIMENT, page_path, publish, record_of
from tasks.session.validating.running import SEEDS
from tasks.session.validating.showing import NOTES, TITLES, tables_of
from tasks.session.validating.verdict import IDLE, IMPLAUSIBLE
from tasks.session.validating.worsening import late, without_bars

PROFILES = ["conservative", "moderate", "aggressive"]
TRIED = {
    "KEEL_VALIDATION__PATHS": "40",
    "KEEL_VALIDATION__COSTS": "[1.0, 2.0]",
    "KEEL_VALIDATION__DELAYS": "[2]",
    "KEEL_VALIDATION__MISSING": "[0.1]",
    "KEEL_VALIDATION__DRAWS": "3",
    "KEEL_STRESS__BLOCK_DAYS": "2",
}


@dataclass(frozen=True)
class Case:
    desk: Desk
    report: ValidationReport
    heard: list[tuple[str, float]]
    ground: Ground


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TRIED.items():
            patch.setenv(name, value)
        desk = lively_desk(tmp_path_factory, tmp_path_factory.mktemp("lively"), patch)
        heard: list[tuple[str, float]] = []
        report = validate(desk, MemoryTracker(), None, None, lambda text, share: heard.append((text, share)))
        yield Case(desk, report, heard, ground_of(desk, MemoryTracker(), None, None, lambda _: None))


def test_every_profile_is_validated_and_progress_rises_to_the_end(case: Case) -> None:
    assert list(case.report.profiles) == PROFILES
    shares = [share for _, share in case.heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    steps = [share for text, share in case.heard if ": " in text]
    assert np.diff([*steps, 1.0]) == pytest.approx(1.0 / len(steps))
    assert len(steps) == 3 * (1 + 2 + 2 + 2 + 2)


def test_the_plain_runs_are_the_backtests_to_the_bit(case: Case) -> None:
    for name in PROFILES:
        one = case.report.profiles[name]
        desk = build_desk({"trading.profile": name})
        plain = backtest(desk, MemoryTracker(), None, None, lambda _: None)
        assert one.whole.out_of_sample == plain.out_of_sample
        assert one.whole.in_sample == plain.in_sample
        assert one.intervals is not None
        assert plain.intervals is not None
        assert one.intervals.total_return.figure == plain.intervals.total_return.figure
        assert one.intervals.total_return.low < one.intervals.total_return.figure < one.intervals.total_return.high
        assert (one.equity.out_of_sample == plain.run.equity).all()
        assert (one.ts == plain.run.panel.ts).all()
        figures = (plain.out_of_sample.total_return, plain.out_of_sample.max_drawdown)
        told = (plain.in_sample.total_return, plain.in_sample.max_drawdown)
        assert plain.out_of_sample.trades > 10
        for both in (one.cases.costs[1.0], one.cases.delays[0]):
            honest, seen = both.out_of_sample, both.in_sample
            assert (honest.total_return, honest.max_drawdown) == figures
            assert (seen.total_return, seen.max_drawdown) == told
            assert (honest.costs, honest.trades, honest.sharpe) == (
                plain.out_of_sample.costs,
                plain.out_of_sample.trades,
                plain.out_of_sample.sharpe,
            )
        none_gone = one.cases.missing[0.0].out_of_sample
        assert none_gone.draws == 1
        assert {none_gone.total_return.low, none_gone.total_return.high} == {figures[0]}
        assert {none_gone.max_drawdown.low, none_gone.max_drawdown.high} == {figures[1]}
        assert one.limit == desk.loaded.settings.risk.profiles[name].max_drawdown
        assert {key: asdict(found.whole.out_of_sample) for key, found in one.systems.items()} == {
            key: asdict(found) for key, found in plain.systems.items()
        }
    different = {case.report.profiles[name].whole.out_of_sample.total_return for name in PROFILES}
    assert len(different) == 3


def test_holding_is_the_backtests_too(case: Case) -> None:
    plain = backtest(build_desk({"trading.profile": "moderate"}), MemoryTracker(), None, None, lambda _: None)
    assert case.report.hold == plain.hold.metrics
    assert case.report.as_json()["hold"] == asdict(plain.hold.metrics)
    row = next(row for row in tables_of(case.report)[0].rows if row["profile"] == "hold")
    assert row["return"] == f"{plain.hold.metrics.total_return:+.2%}"
    for one in case.report.profiles.values():
        assert f"made {plain.hold.metrics.total_return:+.2%}" in one.verdict.text


def test_dearer_is_the_dearer_backtest(case: Case) -> None:
    plain = backtest(build_desk({"trading.profile": "aggressive"}), MemoryTracker(), None, None, lambda _: None, 2.0)
    found = case.report.profiles["aggressive"].cases.costs[2.0]
    assert found.out_of_sample.total_return == plain.out_of_sample.total_return
    assert found.in_sample.total_return == plain.in_sample.total_return
    assert found.out_of_sample.total_return < case.report.profiles["aggressive"].whole.out_of_sample.total_return


def test_parts_sum_to_the_whole_in_every_profile(case: Case) -> None:
    for one in case.report.profiles.values():
        for side in ("out_of_sample", "in_sample"):
            equity = getattr(one.equity, side)
            change = pytest.approx(equity[-1] - equity[0], abs=1e-6)
            assert sum(getattr(both, side).profit for both in one.years.values()) == change
            assert sum(getattr(both, side).profit for both in one.regimes.values()) == change
            of_systems = [both for system in one.systems.values() for both in system.regimes.values()]
            assert sum(getattr(both, side).profit for both in of_systems) == change
        assert list(one.years) == ["2020", "2021"]
        assert sum(1 for both in one.regimes.values() if both.out_of_sample.share > 0.05) >= 2


def test_late_is_a_shift_of_predictions_and_regimes_and_of_nothing_else(case: Case) -> None:
    inputs = contender(case.desk, case.ground, "moderate").honest
    for bars in (0, 1, 3):
        for before, after in zip(inputs.symbols, late(inputs, bars).symbols, strict=True):
            edge, regime = pd.Series(before.edge).shift(bars), pd.Series(before.regime).shift(bars)
            np.testing.assert_array_equal(after.edge, edge)
            np.testing.assert_array_equal(after.regime, regime.fillna(int(Regime.RANGING)))
            for name in ("ts", "open", "close", "volatility", "atr", "adx", "gate", "split", "tails"):
                assert getattr(after, name) is getattr(before, name)
    # The window is cut after the shift: its first bars have what was said before it.
    whole, shifted = case.ground.panel(inputs), case.ground.panel(late(inputs, 1))
    assert (shifted.edge[1:] == whole.edge[:-1])[np.isfinite(shifted.edge[1:])].mean() > 0.9
    assert (shifted.prices[:, 0] == whole.prices[:, 0]).all()


def test_bars_that_are_gone_are_few_or_many_nested_and_drawn_by_symbol(case: Case) -> None:
    inputs = contender(case.desk, case.ground, "moderate").honest
    changed = replace(
        inputs,
        symbols=tuple(
            replace(one, dividend=np.where(np.arange(one.ts.size) % 50 == 0, 0.1, 0.0)) for one in inputs.symbols
        ),
    )
    whole = case.ground.panel(changed)
    there = np.isfinite(whole.close)
    ex = whole.actions[:, :, 1] > 0.0

    def left(share: float, draw: int) -> np.ndarray:
        panel = without_bars(changed, case.ground, share, draw)
        found = np.zeros(whole.close.shape, np.bool_)
        rows = np.searchsorted(whole.ts, panel.ts)
        found[rows] = np.isfinite(panel.close)
        kept = np.isfinite(panel.close)
        assert (panel.prices[kept] == whole.prices[rows][kept]).all()
        return found

    few, many, again, other = left(0.05, 0), left(0.3, 0), left(0.3, 0), left(0.3, 1)
    for k in range(2):
        assert few[there[:, k], k].mean() == pytest.approx(0.95, abs=0.02)
        assert many[there[:, k], k].mean() == pytest.approx(0.7, abs=0.04)
        rows = np.flatnonzero(there[:, k])
        assert many[rows[[0, -1]], k].all()
    assert not (many & ~few).any()
    assert (many == again).all()
    assert (many != other).mean() > 0.2
    assert many[ex].all()
    assert (left(0.0, 5) == there).all()
    twins = replace(changed, symbols=(changed.symbols[0], changed.symbols[0]))
    drawn = np.isfinite(without_bars(twins, case.ground, 0.3, 0).close)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] < 0.9


def test_the_order_of_symbols_draws_the_same_bars(case: Case) -> None:
    swapped = build_desk({"trading.symbols": list(reversed(SYMBOLS))})
    ground = ground_of(swapped, MemoryTracker(), None, None, lambda _: None)
    ours = without_bars(contender(case.desk, case.ground, "moderate").honest, case.ground, 0.2, 1)
    theirs = without_bars(contender(swapped, ground, "moderate").honest, ground, 0.2, 1)
    assert (ours.ts == theirs.ts).all()
    np.testing.assert_array_equal(ours.prices, theirs.prices[:, ::-1])
    np.testing.assert_array_equal(ours.edge, theirs.edge[:, ::-1])


def test_draws_differ_and_their_spread_is_over_all_of_them(case: Case) -> None:
    one = contender(case.desk, case.ground, "aggressive")
    side = side_of(one.book, one.honest, case.ground, {})
    singles = [thinned(side, case.ground, 0.1, draws) for draws in (1, 2, 3)]
    found = case.report.profiles["aggressive"].cases.missing[0.1].out_of_sample
    assert singles[-1] == found
    assert found.draws == 3
    assert found.total_return.low < found.total_return.high
    assert found.total_return.low <= singles[0].total_return.median <= found.total_return.high


def test_redrawn_candles_and_trades_are_what_the_models_give(case: Case) -> None:
    one = contender(case.desk, case.ground, "aggressive")
    side = side_of(one.book, one.honest, case.ground, {})
    found = case.report.profiles["aggressive"].redrawn
    assert not isinstance(found.candles, TooFew)
    assert not isinstance(found.trades, TooFew)
    start = first_state(one.book.parameters.systems)
    bars = min(8760, side.panel.ts.size)
    drawn = bootstrap_candles(side.panel, one.book.parameters, start, 40, bars, 48.0, CANDLES_SEED)
    assert (found.candles.bars, found.candles.block, found.candles.paths) == (bars, 48.0, 40)
    assert found.candles.within == (drawn.max_drawdown < one.limit).mean()
    assert found.candles.losing == (drawn.total_return < 0.0).mean()
    assert found.candles.total_return.median == pytest.approx(pd.Series(drawn.total_return).median())
    assert found.candles.max_drawdown.high == pytest.approx(pd.Series(drawn.max_drawdown).quantile(0.95))
    gains = gains_of(side.run, side.trades)
    own = bootstrap_trades(gains, found.trades.block, 40, one.limit, np.random.default_rng(TRADES_SEED))
    assert found.trades == own
    assert found.trades.total_return.figure == pytest.approx(np.prod(1.0 + gains) - 1.0)
    tight = of_candles(replace(one, limit=float(np.median(drawn.max_drawdown))), case.ground, side.panel, 40, 2.0)
    assert not isinstance(tight, TooFew)
    assert 0.4 < tight.within < 0.6
    few = of_candles(one, case.ground, side.panel, 40, 1000.0)
    assert few == TooFew("bars", side.panel.ts.size, 120_000)


def test_the_same_command_gives_the_same_figures(case: Case) -> None:
    again = validate(case.desk, MemoryTracker(), None, None, lambda *_: None, ("moderate",))
    ours = case.report.as_json()["profiles"]["moderate"]
    assert again.as_json()["profiles"] == {"moderate": ours}
    words = case.report.command.split()
    assert words[:2] == ["keel", "validate"]
    given = [words[k + 1] for k, word in enumerate(words) if word == "--profile"]
    assert given == PROFILES
    assert words[words.index("--paths") + 1] == "40"
    start, end = (words[words.index(name) + 1] for name in ("--start", "--end"))
    assert [start, end] == case.report.as_json()["window"]
    window = validate(case.desk, MemoryTracker(), parse_time(start), parse_time(end), lambda *_: None, ("moderate",))
    assert window.as_json()["profiles"]["moderate"] == ours


def test_the_json_says_everything_and_survives_a_round_trip(case: Case, tmp_path: Path) -> None:
    fields = json.loads(json.dumps(case.report.as_json(), allow_nan=False))
    assert set(fields) >= {"profiles", "command", "window", "config_version", "data_sha256", "seeds"}
    assert fields["config_version"] == case.desk.loaded.version
    assert fields["seeds"] == SEEDS
    assert len(set(SEEDS.values())) == len(SEEDS)
    for one in fields["profiles"].values():
        assert set(one) == {
            *("limit", "out_of_sample", "in_sample", "intervals", "doubts", "years", "regimes", "systems"),
            *("specialists", "costs", "delays", "missing", "monte_carlo", "verdict"),
        }
        assert list(one["costs"]) == ["1", "2"]
        assert (list(one["delays"]), list(one["missing"])) == (["0", "2"], ["0", "0.1"])
        assert set(one["monte_carlo"]) == {"trades", "candles"}
        sides = [
            one["years"],
            one["regimes"],
            one["costs"],
            one["delays"],
            one["missing"],
            *one["specialists"].values(),
        ]
        assert all(set(both) == {"out_of_sample", "in_sample"} for rows in sides for both in rows.values())


def test_the_page_asks_nobody_for_anything(case: Case) -> None:
    page = page_of(case.report)
    body = re.sub(r"<script>.{3000000,}?</script>", "", page, flags=re.S)
    assert len(body) < 2_000_000
    assert page.count("Content-Security-Policy") == 1
    assert not re.findall(r"(?:src|href|action|data)\s*=", re.sub(r"<script.*?</script>", "", body, flags=re.S))
    assert "http" not in body.replace('http-equiv="Content-Security-Policy"', "")
    assert re.findall(r'<div id="([a-z]+)"', body) == ["profiles", "regimes", "cases", "redrawn"]
    for one in case.report.profiles.values():
        assert one.verdict.finding in body
        assert f"{one.whole.out_of_sample.total_return:+.2%}" in body
        assert f"{one.whole.in_sample.total_return:+.2%}" in body
    assert case.desk.loaded.version in body
    hostile = replace(case.report, symbols=('<img src="https://example.org">',))
    assert "<img" not in re.sub(r"<script>.*?</script>", "", page_of(hostile), flags=re.S)
    picture = validation_picture(case.report)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"


def test_in_sample_stands_beside_out_of_sample_in_every_table_of_runs(case: Case) -> None:
    tables = {one.key: one.rows for one in tables_of(case.report)}
    assert list(tables) == ["profiles", "years", "regimes", "specialists", "cases", "redrawn"]
    for key in ("profiles", "years", "regimes", "specialists", "cases"):
        assert all("in sample" in row for row in tables[key])
        assert len({tuple(row) for row in tables[key]}) == 1
    assert {row["profile"] for rows in tables.values() for row in rows} == {*PROFILES, "hold"}


def test_it_is_published_as_page_json_and_a_run(case: Case) -> None:
    tracker, said = Remembering(), []
    shown = publish(case.desk, tracker, case.report, said.append)
    assert said == []
    assert shown.page is not None
    assert shown.page == page_path(case.desk, case.report)
    assert shown.page.parent == case.desk.home / "state" / "reports"
    ((experiment, record, texts),) = tracker.pages
    assert (experiment, [page.suffix for page in record.pages]) == (EXPERIMENT, [".html", ".json"])
    assert texts[0] == shown.page.read_text()
    assert json.loads(texts[1]) == json.loads(json.dumps(shown.as_json()))
    one = case.report.profiles["moderate"]
    plausible = one.verdict.finding != IMPLAUSIBLE
    prefix = "" if plausible else "doubted."
    assert record.metrics[f"{prefix}moderate.out_of_sample.total_return"] == one.whole.out_of_sample.total_return
    assert (
        record.metrics[f"{prefix}moderate.costs.2.in_sample.total_return"]
        == one.cases.costs[2.0].in_sample.total_return
    )
    doubted = replace(one, verdict=replace(one.verdict, finding=IMPLAUSIBLE))
    other = record_of(case.desk, replace(case.report, profiles={"moderate": doubted}), record.pages)
    assert other.metrics
    assert all(name.startswith("doubted.moderate.") for name in other.metrics)
    assert (record.settings["paths"], record.settings["bars"]) == (40, case.report.ts.size)
    assert record.tags["keel.finding.moderate"] == one.verdict.finding
    publish(case.desk, tracker, case.report, said.append)
    assert len(list(shown.page.parent.glob("validation-*"))) == 2
    down = publish(case.desk, Remembering(down=True), case.report, said.append)
    assert said == [f"MLflow did not take the run of validation; the validation is not lost: {down.page}"]


def test_mlflow_keeps_it(case: Case, tmp_path: Path) -> None:
    import mlflow

    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    before, uri = mlflow.get_tracking_uri(), f"sqlite:///{tmp_path / 'mlflow.db'}"
    try:
        said: list[str] = []
        shown = publish(case.desk, MlflowTracker(uri, tmp_path / "mlartifacts"), case.report, said.append)
        assert said == []
        client = mlflow.MlflowClient(uri)
        experiment = client.get_experiment_by_name("validation")
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
    finally:
        mlflow.set_tracking_uri(before)
    assert shown.page is not None
    names = [name for name in run.data.metrics if name.endswith("aggressive.out_of_sample.total_return")]
    assert [run.data.metrics[name] for name in names] == [
        case.report.profiles["aggressive"].whole.out_of_sample.total_return
    ]
    assert len(run.data.metrics) > 300
    assert run.data.tags["keel.command"] == case.report.command
    stored = {one.name: one.read_text() for one in (tmp_path / "mlartifacts").rglob("artifacts/*")}
    assert stored[shown.page.name] == shown.page.read_text()


@pytest.mark.parametrize(
    ("start", "end", "profiles", "said"),
    [
        (None, None, ("reckless",), "'reckless' is not known; it is one of conservative, moderate, aggressive"),
        (None, "2020-09-14", (), "before the first prediction that had not seen its bar"),
        ("2021-01-02", "2021-01-01", (), "exchange --start and --end"),
        ("2021-02-01T00:10:00Z", "2021-02-01T00:50:00Z", (), "fewer than two bars"),
        ("2030-01-01", None, (), "fewer than two bars"),
    ],
)
def test_bad_input_is_a_sentence(
    start: str | None, end: str | None, profiles: tuple[str, ...], said: str, case: Case
) -> None:
    window = [None if one is None else parse_time(one) for one in (start, end)]
    with pytest.raises(BadInput, match=said):
        validate(case.desk, MemoryTracker(), window[0], window[1], lambda *_: None, profiles)


def test_a_window_begins_with_the_first_prediction(case: Case) -> None:
    heard: list[str] = []
    early = parse_time("2020-09-14")
    ground = ground_of(case.desk, MemoryTracker(), early, None, heard.append)
    assert ground.begin == case.ground.begin > early
    assert any(f"there is no prediction before {iso(case.ground.begin)}" in text for text in heard)
    later = ground_of(case.desk, MemoryTracker(), case.ground.begin + 50 * HOUR, None, heard.append)
    assert later.begin == case.ground.begin + 50 * HOUR
    assert len(heard) == 1


def test_an_account_that_is_too_small_trades_nothing_and_says_so(case: Case) -> None:
    desk = build_desk({"trading.capital": 1.0})
    found = validate(desk, MemoryTracker(), None, None, lambda *_: None, ("moderate",))
    one = found.profiles["moderate"]
    assert (one.whole.out_of_sample.trades, one.whole.out_of_sample.total_return) == (0, 0.0)
    assert one.verdict.finding == IDLE
    assert one.redrawn.trades == TooFew("trades", 0, 20)
    assert one.specialists == {}
    assert json.loads(json.dumps(found.as_json()))["profiles"]["moderate"]["monte_carlo"]["trades"]["found"] == 0
    assert "nothing was traded" in page_of(found)
    assert validation_picture(found)
    assert "specialists" not in [table.key for table in tables_of(found)]


def test_a_window_of_two_bars_is_no_crash(case: Case) -> None:
    begin = case.ground.begin
    found = validate(case.desk, MemoryTracker(), begin, begin + HOUR, lambda *_: None, ("moderate",))
    one = found.profiles["moderate"]
    assert found.ts.size == 2
    assert one.intervals is None
    assert isinstance(one.redrawn.candles, TooFew)
    assert page_of(found)
    assert validation_picture(found)


def test_the_command_line_prints_one_object_or_tables(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flows.commands.validate, "build_tracker", lambda _: Remembering(down=True))
    flows.commands.validate.validate(profile=["conservative"], paths=20, as_json=True)
    written = capsys.readouterr()
    fields = json.loads(written.out)
    assert list(fields["profiles"]) == ["conservative"]
    assert fields["profiles"]["conservative"]["monte_carlo"]["trades"]["paths"] == 20
    assert Path(fields["page"]).exists()
    assert "100% done" in written.err
    assert "the validation is not lost" in written.err
    flows.commands.validate.validate(profile=["conservative"], paths=20)
    shown = capsys.readouterr().out
    assert "Risk profiles over the whole window" in shown
    assert fields["profiles"]["conservative"]["verdict"]["text"] in shown
    assert Path(fields["page"]).name in shown


def test_the_tables_fit_a_narrow_terminal(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    wide = flows.commands.output.out.width
    flows.commands.output.out.width = 80
    try:
        flows.commands.validate.show(case.report)
    finally:
        flows.commands.output.out.width = wide
    shown = capsys.readouterr().out
    tables = [line for line in shown.splitlines() if line[:1] in "┏┃┡│└"]
    assert max(map(len, tables)) <= 80
    assert "…" not in shown
    for name in PROFILES:
        assert f"By year: {name}" in shown
    for one in tables_of(case.report):
        assert one.note in shown


def test_a_wrong_profile_on_the_command_line_is_one_object_and_exit_code_2(keel: Callable[..., Any]) -> None:
    done = keel("validate", "--profile", "reckless", "--json")
    assert (done.code, done.json["exit_code"]) == (2, 2)
    assert "'reckless' is not known" in done.sentence
    done = keel("validate", "--paths", "0", "--json")
    assert done.code == 2
    assert "validation.paths" in str(done.json["error"])


def test_prefect_gets_tables_picture_verdict_and_page(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    made, moved = {}, []

    class Log:
        def info(self, text: str) -> None:
            moved.append(text)

        warning = info

    for kind in ("table", "image", "markdown"):
        keep = lambda content, key, description: made.update({key: (content, description)})  # noqa: E731
        monkeypatch.setattr(tasks.validate, f"create_{kind}_artifact", keep)
    monkeypatch.setattr(tasks.validate, "get_run_logger", Log)
    monkeypatch.setattr(
        tasks.validate, "ProgressArtifact", lambda what: lambda text, share: moved.append(f"{share} {text}")
    )
    monkeypatch.setattr(tasks.validate, "build_tracker", lambda _: Remembering())
    fields = tasks.validate.validate_book.fn({"validation.paths": 20}, "2021-01-20", "2021-02-10", ("moderate",))
    keys = ["profiles", "years", "regimes", "specialists", "cases", "redrawn"]
    assert set(made) >= {f"validation-{key}" for key in (*keys[:3], "cases", "redrawn", "picture", "verdict")}
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in made)
    for key in ("profiles", "years", "cases", "redrawn"):
        assert made[f"validation-{key}"][1] == f"{TITLES[key]}. {NOTES[key]}"
    assert made["validation-picture"][0].startswith("data:image/png;base64,")
    note = made["validation-verdict"][0]
    assert fields["profiles"]["moderate"]["verdict"]["text"] in note
    assert fields["page"] in note
    assert fields["command"] in note
    assert any(text.startswith("result: moderate") for text in moved)
    assert "1.0 done" in moved
    assert fields["window"][0] == "2021-01-20T00:00:00Z"
