"""The genomes that come with Keel behave as their descriptions say, and files of others are read or refused by name."""

import fnmatch
import json
import os
import tomllib
from pathlib import Path

import pytest

from conf import load
from conf.genome_files import FOLDER
from conf.genomes import default_genome, load_genomes, read_genome
from conf.home import PROJECT
from conf.schema import SpecialistsConfig
from models.specialists.genome_text import genome_to_json, sealed
from models.specialists.genomes import Genome
from models.types import BadInput, Damaged, KeelError, Regime

DEFAULTS = dict.fromkeys(("volatile", "trending", "ranging", "crisis"), "default")


def configured(**others: str) -> tuple[Genome, ...]:
    return load_genomes(SpecialistsConfig(**DEFAULTS | others))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_shipped_configuration_loads_one_genome_for_each_regime() -> None:
    genomes = load_genomes(load().settings.specialists)
    assert [genome.specialist for genome in genomes] == list(Regime)
    assert list(genomes) == [default_genome(regime) for regime in Regime]


@pytest.mark.parametrize("regime", list(Regime))
def test_a_shipped_file_is_what_keel_itself_would_write(regime: Regime) -> None:
    genome = default_genome(regime)
    assert (FOLDER / f"{regime.name.lower()}.json").read_text() == genome_to_json(genome)
    assert (genome.lineage.parents, genome.lineage.generation, genome.lineage.seed) == ((), 0, None)


def test_there_is_no_other_file_and_a_package_has_them_all() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{regime.name.lower()}.json" for regime in Regime)
    packaged = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["conf"]
    for path in FOLDER.iterdir():
        name = path.relative_to(PROJECT / "conf").as_posix()
        assert any(fnmatch.fnmatch(name, pattern) for pattern in packaged), f"{name} is not in {packaged}"


# The behaviour that the specification expects of each: gene, least, largest.
EXPECTED = {
    Regime.VOLATILE: [
        ("position_size_pct", 0.01, 0.02),
        ("stop_loss_pct", 0.01, 0.02),
        ("take_profit_pct", 0.03, 0.05),
        ("max_holding_hours", 1, 24),
        ("entry_threshold", 0.5, 1.5),
        ("volatility_filter", 1.0, 2.0),
        ("max_trades_per_day", 4, 10),
    ],
    Regime.TRENDING: [
        ("position_size_pct", 0.03, 0.05),
        ("trend_strength_min", 25, 30),
        ("stop_loss_atr", 2.0, 3.0),
        ("max_holding_days", 5, 10),
        ("momentum_weight", 0.25, 1),
    ],
    Regime.RANGING: [
        ("position_size_pct", 0.03, 0.05),
        ("range_identification", 0.5, 1.25),
        ("entry_from_edge_pct", 0.01, 0.02),
        ("stop_beyond_range", 0.02, 0.03),
        ("target_opposite_pct", 0.8, 0.95),
        ("oscillator_weight", 0.25, 1),
    ],
    Regime.CRISIS: [
        ("crisis_threshold", 35, 35),
        ("position_size_pct", 0.005, 0.01),
        ("stop_loss_pct", 0.005, 0.01),
        ("take_profit_pct", 0.01, 0.02),
        ("cash_preservation", 0.6, 0.9),
        ("max_holding_hours", 0.5, 6),
    ],
}


@pytest.mark.parametrize("regime", list(Regime))
def test_a_shipped_genome_behaves_as_its_description_says(regime: Regime) -> None:
    genome = default_genome(regime)
    for name, least, largest in EXPECTED[regime]:
        assert least <= genome[name] <= largest, name


def test_what_the_trending_genome_aims_at_is_10_to_20_percent() -> None:
    """Median ATR while ADX is above 25: 0.92 % on hourly BTC, 1.17 % on hourly ETH, 1.19 % on daily SPY."""
    genome = default_genome(Regime.TRENDING)
    for atr in (0.0092, 0.0117, 0.0119):
        assert 0.10 <= genome["stop_loss_atr"] * genome["take_profit_ratio"] * atr <= 0.20


def test_the_crisis_genomes_cash_haven_and_trades_fit_into_the_equity() -> None:
    genome = default_genome(Regime.CRISIS)
    assert genome["cash_preservation"] + genome["safe_haven_allocation"] + genome["position_size_pct"] <= 1.0
    assert genome["safe_haven_allocation"] < genome["max_exposure"] <= 1.0 - genome["cash_preservation"] + 1e-9


def test_a_path_is_relative_to_the_working_directory_or_absolute(folder: Path) -> None:
    own = json.loads((FOLDER / "crisis.json").read_text())
    own["lineage"]["origin"] = "mine"
    (folder / "mine.json").write_text(sealed(json.dumps(own)))
    for written in ("mine.json", "./mine.json", str(folder / "mine.json")):
        genomes = configured(crisis=written)
        assert genomes[Regime.CRISIS].lineage.origin == "mine"
        assert list(genomes[:3]) == [default_genome(regime) for regime in list(Regime)[:3]]


def test_a_file_called_default_needs_its_path_and_is_not_the_shipped_one(folder: Path) -> None:
    (folder / "default").write_text((FOLDER / "ranging.json").read_text().replace("by hand", "by me"))
    assert configured(ranging="default")[Regime.RANGING] == default_genome(Regime.RANGING)
    with pytest.raises(Damaged, match=r"^specialists\.ranging: \./default: sha256"):
        configured(ranging="./default")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "there is no such file"),
        (lambda path: os.mkfifo(path), "there is no such file"),
        (lambda path: path.symlink_to(path), "there is no such file"),
        (lambda path: path.write_bytes(b"\xff\xfe{}"), "cannot be read"),
        (lambda path: path.write_text(" " * 100_001), "larger than 100000 bytes"),
        (lambda path: path.write_text(""), "not JSON"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbf" + (FOLDER / "volatile.json").read_bytes()), "not JSON"),
        (lambda path: path.write_text((FOLDER / "ranging.json").read_text()), "a genome of ranging, allowed is one of"),
        (lambda path: path.write_text(_with("stop_loss_pct", 0.5)), "stop_loss_pct: found 0.5, allowed is 0.01 to"),
        (lambda path: path.write_text(_with("stop_loss_pct", 0.02)), "sha256: found"),
    ],
    ids=["none", "folder", "pipe", "loop", "bytes", "huge", "empty", "mark", "other", "bounds", "changed"],
)
def test_a_file_that_is_no_genome_of_the_specialist_is_named_with_its_key(make, said: str, folder: Path) -> None:
    make(folder / "own.json")
    with pytest.raises(KeelError) as refusal:
        configured(volatile="own.json")
    assert str(refusal.value).startswith("specialists.volatile: own.json: ")
    assert said in str(refusal.value)
    assert type(refusal.value) is (Damaged if said.startswith("sha256") else BadInput)


@pytest.mark.parametrize("written", ["no\0path", "x" * 5000, "~nobody/x.json", "/dev/zero", " default"])
def test_what_cannot_be_a_path_is_refused(written: str, folder: Path) -> None:
    with pytest.raises(BadInput, match=r"^specialists\.trending: "):
        configured(trending=written)


def test_a_shipped_file_that_was_changed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import conf.genome_files

    (tmp_path / "volatile.json").write_text(_with("stop_loss_pct", 0.02))
    monkeypatch.setattr(conf.genome_files, "FOLDER", tmp_path)
    with pytest.raises(Damaged, match=r"^conf/genomes/volatile\.json: sha256: found '"):
        default_genome(Regime.VOLATILE)


def test_a_file_is_read_by_the_name_it_is_shown_by(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^the winner: there is no such file"):
        read_genome(tmp_path / "winner.json", "the winner")


def _with(name: str, value: float) -> str:
    document = json.loads((FOLDER / "volatile.json").read_text())
    document["genes"][name] = value
    return json.dumps(document)


def test_another_genome_is_another_configuration_and_a_missing_one_is_named(tmp_path: Path) -> None:
    changed = tmp_path / "calm.json"
    changed.write_text(sealed((FOLDER / "volatile.json").read_text().replace("by hand", "by me")))
    shipped, other = load(), load({"specialists.volatile": str(changed)})
    again = tmp_path / "copy.json"
    again.write_text(changed.read_text())
    assert len({shipped.version, other.version, load({"specialists.volatile": str(again)}).version}) == 3
    before = other.version
    changed.write_text(sealed(changed.read_text().replace("by me", "by you")))
    assert load({"specialists.volatile": str(changed)}).version != before
    with pytest.raises(BadInput, match=r"specialists.volatile: nowhere.json: there is no such file"):
        load({"specialists.volatile": "nowhere.json"})
