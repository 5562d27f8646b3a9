"""The limits of the configured book: what the engine is given, and the limit behind every bound with its line."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lakes import merge

from conf import load
from conf.home import PROJECT
from conf.limits import limits_of
from models.engine.parameters import instrument_at, profile_at
from models.risk import House, RiskProfile
from models.types import Bars, Bound, Regime, Series
from models.types.limits import Limit
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.backtesting.dearer import with_costs
from tasks.session.book import Book, configured_book
from tasks.session.limits import house_of
from tasks.session.worth.variants import alone, short_term

pytestmark = pytest.mark.risk

SYMBOLS = ("AAA/USDT", "BBB/USDT", "GLD/USDT")
SETTINGS = {
    "STAGE": "paper",
    "TRADING__VENUE": "binance",
    "TRADING__SYMBOLS": "[AAA/USDT, BBB/USDT]",
    "TRADING__TIMEFRAME": "1h",
    "TRADING__HAVEN": "GLD/USDT",
}
Books = Callable[..., Book]


@pytest.fixture
def book(tmp_path: Path, conf_folder: Path, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    """Maker of the configured book with variables and a local.yaml of its own."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(f"KEEL_{name}", value)
    desk = build_desk()
    for symbol in SYMBOLS:
        ts = 1_577_836_800_000_000 + np.arange(50, dtype=np.int64) * HOUR
        price = np.full(50, 100.0)
        merge(desk.bars, Series("binance", symbol, "1h"), Bars(ts, price, price, price, price, price))

    def make(local: str = "", timed: bool = False, **variables: str) -> Book:
        (conf_folder / "local.yaml").write_text(local)
        for name, value in variables.items():
            monkeypatch.setenv(f"KEEL_{name}", value)
        return configured_book(build_desk(), timed=timed)

    return make


def line(file: str, text: str, number: int = 1) -> str:
    """Place of the n-th line of a shipped file that has the text."""
    lines = (PROJECT / file).read_text().splitlines()
    found = [k for k, one in enumerate(lines, 1) if text in one]
    return f"{file}:{found[number - 1]}"


RISK = "conf/risk_params.yml"


def test_the_account_has_the_figures_of_the_files_and_only_a_person_releases(book: Books) -> None:
    wanted = House(
        entries_drawdown=0.05,
        max_drawdown=0.15,
        daily_loss=0.05,
        weekly_loss=0.10,
        max_var=0.02,
        halt_var=0.025,
        pause_days=0.0,
        reduce_days=0.0,
        flatten_days=0.0,
        max_positions=10.0,
        max_trades=20.0,
        max_capital=math.inf,
        delever_floor=0.25,
        delever_band=0.10,
    )
    plain = book().parameters
    assert plain.house == wanted
    assert plain.systems[0].profile.pause_days == 0.0
    timed = book(timed=True).parameters
    assert timed.house == wanted._replace(pause_days=7.0, reduce_days=7.0, flatten_days=30.0)
    assert timed.systems[1].profile == plain.systems[1].profile._replace(pause_days=7.0)


@pytest.mark.parametrize(("stage", "rung", "most"), [("live", 1, 1000.0), ("live", 3, 5000.0), ("paper", 1, math.inf)])
def test_the_rung_of_the_ladder_binds_live_money_only(keel_home: Path, stage: str, rung: int, most: float) -> None:
    loaded = load({"stage": "paper", "risk.ladder.rung": rung})
    live = replace(loaded, settings=loaded.settings.model_copy(update={"stage": stage}))
    assert house_of(live, timed=False).max_capital == most
    assert limits_of(live, "swing", "AAA/USDT", "crypto").winner("max_leverage").value == (
        1.0 if stage == "live" else 2.0
    )


def test_other_books_of_a_backtest_keep_the_account(book: Books) -> None:
    timed = book(timed=True)
    for other in (with_costs(timed, 2.0), short_term(timed), alone(short_term(timed), Regime.CRISIS)):
        assert other.parameters.house == timed.parameters.house
        assert other.limits is timed.limits


def test_a_system_has_the_tightest_of_its_own(book: Books) -> None:
    local = "risk: {strategies: {swing: {max_position: 0.03, max_drawdown: 0.08}, long: {max_leverage: 1.5}}}\n"
    swing, long = book(local).parameters.systems
    assert swing.profile == RiskProfile(
        max_portfolio_risk=0.02,
        max_position_risk=0.01,
        max_position=0.03,
        max_leverage=2.0,
        max_drawdown=0.08,
        kelly_fraction=0.25,
        pause_days=0.0,
        horizon=24.0,
    )
    assert long.profile == swing.profile._replace(max_position=0.1, max_drawdown=0.10, max_leverage=1.5)
    assert profile_at(book(local).parameters.profiles, 0) == swing.profile


OWN = """risk:
  symbols:
    AAA/USDT: {leverage: 2.0, size_range: [0.01, 0.12]}
    BBB/USDT: {weight: 0.25}
"""


def test_a_symbol_has_its_own_in_both_systems(book: Books) -> None:
    made = book(OWN, VENUES__BINANCE__MARGIN="0.2")
    found = [
        (slot.instrument.class_limit, slot.instrument.margin, slot.instrument.least_size)
        for _, slot in made.parameters.rows
    ]
    assert found == [(0.12, 0.5, 0.01), (0.20, 0.2, 0.0), (0.20, 0.2, 0.0)] * 2
    assert instrument_at(made.parameters.instruments, 0) == made.parameters.systems[0].slots[0].instrument
    tight = book(OWN.replace("0.25", "0.05"))
    assert tight.parameters.systems[0].slots[1].instrument.class_limit == 0.05


def test_a_symbols_leverage_never_lowers_what_the_venue_asks_for(book: Books) -> None:
    made = book(OWN)
    assert [slot.instrument.margin for _, slot in made.parameters.rows] == [1.0] * 6
    assert made.parameters.systems[0].slots[0].instrument.maintenance == 0.0


@pytest.mark.parametrize(
    ("weights", "parts"),
    [
        ({}, (0.5, 0.5)),
        ({"AAA": 0.6, "BBB": 0.2}, (0.75, 0.25)),
        ({"AAA": 0.6}, (0.6, 0.4)),
        ({"AAA": 1.0}, (1.0, 0.0)),
        ({"AAA": 0.1, "BBB": 0.1, "GLD": 0.8}, (0.5, 0.5)),
    ],
)
def test_weights_split_what_the_long_system_holds(
    book: Books, weights: dict[str, float], parts: tuple[float, float]
) -> None:
    local = "".join(f"    {name}/USDT: {{weight: {value}}}\n" for name, value in weights.items())
    long = book(f"risk:\n  symbols:\n{local}" if weights else "").parameters.systems[1]
    for slot, part in zip(long.slots[:2], parts, strict=True):
        held = [one.weight for one in slot.rules]
        assert held == pytest.approx([0.6 * part, 0.9 * part, 0.9 * part, 0.3 * part], rel=1e-12)
    assert [one.weight for one in long.slots[2].rules] == [0.0, 0.0, 0.0, 0.3]


def test_every_bound_names_the_limit_behind_it_with_its_line(book: Books) -> None:
    limits = book().limits
    moderate = "risk.profiles.moderate"
    wanted = {
        Bound.PROFILE_POSITION: Limit("max_position", 0.1, moderate, line(RISK, "max_position: 0.10")),
        Bound.KELLY: Limit("kelly_fraction", 0.25, "risk.kelly_fraction", line(RISK, "kelly_fraction:")),
        Bound.POSITION_RISK: Limit("max_position_risk", 0.01, "risk.limits", line(RISK, "max_position_risk: 0.01")),
        Bound.PORTFOLIO_RISK: Limit("max_portfolio_risk", 0.02, moderate, line(RISK, "max_portfolio_risk: 0.02")),
        Bound.ASSET_CLASS: Limit("max_position", 0.2, "risk.asset_classes.crypto", line(RISK, "    crypto: {max_")),
        Bound.LEVERAGE: Limit("max_leverage", 2.0, moderate, line(RISK, "max_leverage: 2.0")),
        Bound.VAR: Limit("max_var", 0.02, "risk.limits", line(RISK, "max_var: 0.02")),
        Bound.CAPITAL: Limit("max_capital", 1000.0, "risk.ladder.rung", line(RISK, "ladder: {rungs")),
        Bound.CASH: None,
        Bound.NONE: None,
    }
    for bound, limit in wanted.items():
        assert limits.bound_by("swing", "AAA/USDT", bound) == limit
        assert limits.bound_by("swing", "AAA/USDT", bound, "trending") == limit
    own = {Bound.SPECIALIST_SIZE, Bound.SPECIALIST_EXPOSURE, Bound.SPECIALIST_CASH}
    assert set(wanted) | own == set(Bound), "a new bound needs a limit behind it, or a reason why it has none"


@pytest.mark.parametrize(
    ("local", "bound", "said"),
    [
        ("strategies: {swing: {max_position: 0.02}}", Bound.PROFILE_POSITION, "0.02 of risk.strategies.swing"),
        ("stages: {paper: {max_position: 0.02}}", Bound.PROFILE_POSITION, "0.02 of risk.stages.paper"),
        ("symbols: {AAA/USDT: {weight: 0.02}}", Bound.ASSET_CLASS, "0.02 of risk.symbols.AAA/USDT.weight"),
        (
            "symbols: {AAA/USDT: {size_range: [0.0, 0.02]}}",
            Bound.ASSET_CLASS,
            "0.02 of risk.symbols.AAA/USDT.size_range",
        ),
        ("limits: {max_asset: 0.02}", Bound.ASSET_CLASS, "0.02 of risk.limits.max_asset"),
        ("asset_classes: {crypto: {max_leverage: 0.5}}", Bound.LEVERAGE, "0.5 of risk.asset_classes.crypto"),
        ("stages: {paper: {max_leverage: 0.5}}", Bound.LEVERAGE, "0.5 of risk.stages.paper"),
        ("stages: {paper: {max_position_risk: 0.002}}", Bound.POSITION_RISK, "0.002 of risk.stages.paper"),
        ("strategies: {swing: {max_portfolio_risk: 0.002}}", Bound.PORTFOLIO_RISK, "0.002 of risk.strategies.swing"),
        ("strategies: {long: {max_var: 0.01}}", Bound.VAR, "0.01 of risk.strategies.long"),
        ("kelly_fraction: 0.1", Bound.KELLY, "0.1 of risk.kelly_fraction"),
    ],
)
def test_the_layer_that_is_tightest_is_the_one_that_is_named(book: Books, local: str, bound: Bound, said: str) -> None:
    limit = book(f"risk:\n  {local}\n").limits.bound_by("swing", "AAA/USDT", bound)
    assert limit is not None
    assert limit.text == f"{said} (conf/local.yaml:2)"


def test_what_a_specialist_limits_itself_is_a_gene_in_its_file(book: Books, tmp_path: Path) -> None:
    limits = book().limits
    for name in ("volatile", "trending", "ranging", "crisis"):
        limit = limits.bound_by("swing", "AAA/USDT", Bound.SPECIALIST_SIZE, name)
        assert limit is not None
        file = f"conf/genomes/{name}.json"
        assert (limit.name, limit.source) == ("position_size_pct", f"specialists.{name}")
        assert limit.place == line(file, '"position_size_pct"')
        assert f'"position_size_pct": {limit.value}' in (PROJECT / file).read_text()
    assert limits.bound_by("swing", "AAA/USDT", Bound.SPECIALIST_SIZE) is None, "which of the four it was is not known"
    for bound, gene in ((Bound.SPECIALIST_EXPOSURE, "max_exposure"), (Bound.SPECIALIST_CASH, "cash_preservation")):
        found = limits.bound_by("swing", "AAA/USDT", bound)
        assert found is not None
        assert (found.name, found.place) == (gene, line("conf/genomes/crisis.json", f'"{gene}"'))
        assert limits.bound_by("swing", "AAA/USDT", bound, "trending") is None
    haven = limits.bound_by("swing", "GLD/USDT", Bound.SPECIALIST_SIZE, "crisis")
    assert haven is not None
    assert haven.name == "safe_haven_allocation"
    moved = tmp_path / "mine.json"
    moved.write_text("\n\n" + (PROJECT / "conf/genomes/trending.json").read_text())
    mine = book(SPECIALISTS__TRENDING=str(moved)).limits.bound_by(
        "swing", "AAA/USDT", Bound.SPECIALIST_SIZE, "trending"
    )
    assert mine is not None
    assert mine.place == f"{moved}:{int(line('conf/genomes/trending.json', 'position_size').split(':')[1]) + 2}"


def test_what_the_long_system_limits_itself_is_its_weight(book: Books) -> None:
    limits = book().limits
    weight = limits.bound_by("long", "AAA/USDT", Bound.SPECIALIST_SIZE, "trending")
    assert weight == Limit(
        "weight", 0.45, "systems.long.weights.trending", line("conf/base.yaml", "weights: {volatile")
    )
    haven = limits.bound_by("long", "GLD/USDT", Bound.SPECIALIST_SIZE, "crisis")
    assert haven == Limit("weight", 0.3, "systems.long.haven_share", line("conf/base.yaml", "haven_share:"))


def test_nothing_stands_behind_a_row_that_is_not_there(book: Books) -> None:
    limits = book(SYSTEMS__LONG__SHARE="0.0").limits
    assert limits.bound_by("long", "AAA/USDT", Bound.LEVERAGE) is None
    assert limits.bound_by("swing", "CCC/USDT", Bound.LEVERAGE) is None
    assert limits.bound_by("swing", "CCC/USDT", Bound.SPECIALIST_SIZE, "trending") is None
