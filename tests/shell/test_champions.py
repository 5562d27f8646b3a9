"""`specialists.<name>: champion`: the promoted genome trades; until there is one, the specialist holds cash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from changed_genomes import changed, written
from lively_backtests import lively_desk, report_on
from shelves import promoted

from conf import load
from conf.genomes import Chosen, choose_genomes, default_genome, load_genomes
from conf.schema import SpecialistsConfig
from models.types import BadInput, Damaged, KeelError, Reason, Regime
from tasks.bootstrap import build_desk
from tasks.session.backtesting import BacktestReport
from tasks.session.desk import Desk

NAMES = tuple(regime.name.lower() for regime in Regime)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lively_desk(tmp_path_factory, tmp_path, monkeypatch)


def with_champions(*names: str) -> SpecialistsConfig:
    return SpecialistsConfig(**dict.fromkeys(NAMES, "default") | dict.fromkeys(names, "champion"))


def test_without_a_champion_the_specialist_is_idle_and_the_others_are_not(home: Path) -> None:
    chosen = choose_genomes(with_champions("trending"))
    assert chosen == tuple(Chosen(default_genome(one), one is Regime.TRENDING) for one in Regime)
    assert not any(one.idle for one in choose_genomes(with_champions()))


def test_keel_check_names_who_holds_cash_for_lack_of_a_champion(
    keel: Callable[..., Any], keel_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keel("check", "--json").json["idle"] == []
    for name in ("trending", "crisis"):
        monkeypatch.setenv(f"KEEL_SPECIALISTS__{name.upper()}", "champion")
    promoted(keel_home, Regime.CRISIS)
    outcome = keel("check")
    assert outcome.code == 0
    assert "specialists.trending: champion, but none was promoted: it holds cash; see keel evolve\n" in outcome.out
    assert keel("check", "--json").json["idle"] == ["trending"]


def test_the_promoted_genome_is_read_and_the_next_one_in_its_place(home: Path) -> None:
    for size in (0.03, 0.05):
        promoted(home, Regime.TRENDING, position_size_pct=size)
        found = choose_genomes(with_champions("trending"))[Regime.TRENDING]
        assert found == Chosen(changed(Regime.TRENDING, position_size_pct=size), False)
    assert load_genomes(with_champions())[Regime.TRENDING] == default_genome(Regime.TRENDING)


def test_a_promotion_is_another_configuration_even_of_the_shipped_genome(home: Path) -> None:
    def version() -> str:
        return load({"specialists.volatile": "champion"}).version

    versions = [load().version, version()]
    (home / "state" / "genomes").mkdir(parents=True)
    text = (Path(__file__).parents[2] / "conf" / "genomes" / "volatile.json").read_text()
    (home / "state" / "genomes" / "volatile.json").write_text(text)
    versions.append(version())
    promoted(home, Regime.VOLATILE, position_size_pct=0.015)
    versions.append(version())
    assert len(set(versions)) == 4
    assert version() == versions[-1]


@pytest.mark.parametrize(
    ("genome", "edit", "kind", "said"),
    [
        (changed(Regime.CRISIS), lambda text: text, BadInput, "a genome of crisis, allowed is one of volatile"),
        (changed(Regime.VOLATILE), lambda text: text.replace("by a test", "by me"), Damaged, "sha256: found"),
        (changed(Regime.VOLATILE), lambda text: text[:100], BadInput, "not JSON"),
        (changed(Regime.VOLATILE), lambda text: "", BadInput, "not JSON"),
    ],
    ids=["another's", "changed", "torn", "empty"],
)
def test_a_champion_that_is_none_is_named_and_nothing_trades_instead(genome, edit, kind, said: str, home: Path) -> None:
    folder = home / "state" / "genomes"
    folder.mkdir(parents=True)
    (folder / "volatile.json").write_text(edit(written(folder, genome).read_text()))
    with pytest.raises(KeelError) as refusal:
        choose_genomes(with_champions("volatile"))
    assert type(refusal.value) is kind
    assert str(refusal.value).startswith("specialists.volatile: champion: ")
    assert said in str(refusal.value)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere.json")], ids=["folder", "dangling"])
def test_something_else_in_its_place_is_no_reason_to_hold_cash_in_silence(make, home: Path) -> None:
    path = home / "state" / "genomes" / "ranging.json"
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(BadInput, match=r"^specialists\.ranging: champion: there is no such file"):
        choose_genomes(with_champions("ranging"))


def _entries(report: BacktestReport) -> dict[str, int]:
    made = [one.specialist for one in report.run.intents() if one.system == "swing" and one.reason is Reason.ENTER_EDGE]
    return {name: made.count(name) for name in NAMES}


def test_in_a_backtest_an_idle_specialist_enters_nothing_and_the_others_do(desk: Desk, monkeypatch) -> None:
    """Nor where it stands in for ranging, which is benched."""
    genes = {"range_identification": 2.0, "entry_from_edge_pct": 0.03, "mean_reversion_period": 10.0}
    monkeypatch.setenv("KEEL_SPECIALISTS__RANGING", str(written(desk.home, changed(Regime.RANGING, **genes))))
    before = report_on(build_desk())
    own = _entries(before)
    assert own["trending"] > 50
    assert own["ranging"] > 5
    for name in ("VOLATILE", "TRENDING"):
        monkeypatch.setenv(f"KEEL_SPECIALISTS__{name}", "champion")
    idle = report_on(build_desk())
    found = _entries(idle)
    assert found["ranging"] >= 5
    assert found == {"volatile": 0, "trending": 0, "ranging": found["ranging"], "crisis": 0}
    assert idle.refused["refused_trades"] > 0, "one of the two stood in"
    assert idle.refused["refused_regime"] > before.refused.get("refused_regime", 0)
    assert np.array_equal(before.run.panel.codes, idle.run.panel.codes), "the market is looked at as before"
    assert idle.provenance.config_version != before.provenance.config_version
    monkeypatch.setenv("KEEL_SPECIALISTS__VOLATILE", "default")
    promoted(desk.home, Regime.TRENDING, take_profit_ratio=2.0, max_holding_days=1.0, momentum_weight=0.0)
    assert _entries(report_on(build_desk())) == own
