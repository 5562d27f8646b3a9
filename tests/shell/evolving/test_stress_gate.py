"""What the fullest book of a candidate's own regime may lose in the worst scenario."""

from pathlib import Path

import numpy as np
import pytest
from changed_genomes import changed, written
from stress_runs import silent
from stressed_lakes import CRYPTO, crypto, lake_desk

from conf.genomes import default_genome
from conf.scenarios import load_scenarios
from models.engine import State
from models.engine.state import OWNER, QUANTITY
from models.stress import exposure_of
from models.types import BadInput, Regime
from tasks.session.desk import Desk
from tasks.session.evolving import stress_gate
from tasks.session.evolving.stress_gate import worst_loss
from tasks.session.shadowing.placing import with_genome
from tasks.session.stressing.report import FULL
from tasks.session.stressing.running import Request, stress

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]
DAILY = CRYPTO | {"trading.timeframe": "1d", "stress.recovery_paths": 100}
TREND = Regime.TRENDING
# Only of these does the account's own money lose anything.
DEPEGS = ("stablecoin_depeg", "crash_depeg")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return lake_desk(tmp_path / "lake", crypto("1d", 500), DAILY)


def of(folder: Path, specialist: Regime, **genes: float) -> Path:
    folder.mkdir(exist_ok=True)
    return written(folder, changed(specialist, **genes))


def scenarios(monkeypatch: pytest.MonkeyPatch, folder: Path, **texts: str) -> None:
    """These, instead of those that come with Keel."""
    file = folder / "scenarios.yaml"
    lines = [f"  {name}: {text}" for name, text in texts.items()]
    file.write_text("\n".join(["betas: {}", "scenarios:", *lines, "reverse: []", ""]))
    monkeypatch.setattr(stress_gate, "load_scenarios", lambda names, _: load_scenarios(names, file))


def bought(monkeypatch: pytest.MonkeyPatch) -> list[State]:
    """What each book held before the scenarios."""
    honest, seen = stress_gate._fullest, []
    monkeypatch.setattr(stress_gate, "_fullest", lambda *told: seen.append(honest(*told)) or seen[-1])
    return seen


def test_of_the_specialist_of_calm_markets_it_is_the_worst_fall_that_keel_stress_finds(desk, tmp_path):
    rows = [one for one in stress(desk, None, Request(), silent).rows if one.book == FULL and one.in_force]
    assert len(rows) > 10
    found = worst_loss(desk, TREND, of(tmp_path / "genomes", TREND))
    assert found == max(one.drawdown for one in rows if one.scenario not in DEPEGS)
    assert found > 0.02


def test_each_specialist_is_filled_by_its_own_rules_and_leads_what_it_holds(desk, tmp_path, monkeypatch):
    scenarios(monkeypatch, tmp_path, gap="{text: all open lower, move: -0.5, gap: true}")
    states = bought(monkeypatch)
    for one in Regime:
        assert worst_loss(desk, one, of(tmp_path / "genomes", one)) > 0.0
    for one, state in zip(Regime, states, strict=True):
        assert set(state.book[state.book[:, QUANTITY] != 0.0, OWNER]) == {float(one)}
    crisis, trending = states[Regime.CRISIS].book[:, QUANTITY], states[Regime.TRENDING].book[:, QUANTITY]
    haven = np.array([False, False, True] * 2)
    assert (crisis[haven] > 0.0).all()
    assert (trending[haven] == 0.0).all()
    assert (crisis[~haven] > 0.0).all()
    assert (crisis[~haven] <= trending[~haven]).all(), "in a crisis sizes and weights are smaller"
    assert (crisis[:2] < trending[:2]).all()


def test_a_larger_position_loses_more_by_what_is_more_of_it(tmp_path, monkeypatch):
    desk = lake_desk(tmp_path / "lake", crypto("1d", 500), DAILY | {"trading.profile": "aggressive"})
    scenarios(monkeypatch, tmp_path, gap="{text: all open lower, move: -0.5, gap: true, days: 1, calm_days: 0}")
    states = bought(monkeypatch)
    sizes = (0.03, 0.06)
    falls = [worst_loss(desk, TREND, of(tmp_path / "genomes", TREND, position_size_pct=size)) for size in sizes]
    exposures = [exposure_of(one) for one in states]
    assert exposures[1] > exposures[0] + 0.01
    assert falls[1] - falls[0] == pytest.approx(0.5 * (exposures[1] - exposures[0]), rel=0.1)


def test_what_the_accounts_own_coin_loses_is_not_the_genomes_doing_nor_what_touches_nothing(
    desk, tmp_path, monkeypatch
):
    path = of(tmp_path / "genomes", TREND)
    scenarios(monkeypatch, tmp_path, depeg="{text: Tether fails, days: 1, depeg: {USDT: 0.9}, calm_days: 0}")
    assert worst_loss(desk, TREND, path) < 0.05
    scenarios(monkeypatch, tmp_path, fees="{text: margin is dear, funding_bps_per_day: 500}")
    assert worst_loss(desk, TREND, path) == 0.0


def test_scenarios_that_cannot_be_lived_are_left_out_and_where_all_are_there_is_no_figure(desk, tmp_path, monkeypatch):
    path = of(tmp_path / "genomes", TREND)
    long_ago = "{text: before there were bars, from: 2001-09-10, to: 2001-09-22}"
    scenarios(monkeypatch, tmp_path, gone=long_ago, fall="{text: all fall, move: -0.3}")
    both = worst_loss(desk, TREND, path)
    scenarios(monkeypatch, tmp_path, fall="{text: all fall, move: -0.3}")
    assert both == worst_loss(desk, TREND, path) > 0.0
    scenarios(monkeypatch, tmp_path, gone=long_ago)
    assert worst_loss(desk, TREND, path) is None


def test_the_present_is_that_of_the_clock(desk, tmp_path, monkeypatch):
    path = of(tmp_path / "genomes", TREND)
    series = desk.universe()[0]
    moment = int(desk.bars.read(series).ts[450])
    seen = []
    honest = stress_gate.stress_market
    monkeypatch.setattr(stress_gate, "stress_market", lambda *told: seen.append(honest(*told)) or seen[-1])
    assert worst_loss(desk.at(moment), TREND, path) != worst_loss(desk, TREND, path)
    assert [one.newest for one in seen] == [int(desk.bars.read(series).ts[k]) for k in (449, 499)]


def test_a_genome_of_another_specialist_is_refused(desk, tmp_path):
    with pytest.raises(BadInput, match="a genome of crisis, allowed is one of trending"):
        worst_loss(desk, TREND, of(tmp_path / "genomes", Regime.CRISIS))


def test_a_desk_with_a_genome_has_a_version_of_its_own_and_leaves_the_other_as_it_was(desk, tmp_path):
    before = desk.loaded
    own = with_genome(desk, TREND, of(tmp_path / "genomes", TREND, position_size_pct=0.06))
    again = with_genome(desk, TREND, of(tmp_path / "genomes", TREND, position_size_pct=0.06))
    assert desk.loaded is before
    assert own.loaded.version == again.loaded.version != before.version
    assert own.loaded.settings.specialists.trending.endswith("trending.json")
    assert own.loaded.settings.specialists.crisis == before.settings.specialists.crisis
    assert default_genome(TREND).named["position_size_pct"] != 0.06
    assert np.isfinite(worst_loss(own, TREND, tmp_path / "genomes" / "trending.json"))
