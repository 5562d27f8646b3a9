"""Layers, their order, and what a wrong configuration says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from conf import Loaded, home, load
from conf.home import PROJECT
from models.types import BadInput

Load = Callable[..., Loaded]


@pytest.fixture(autouse=True)
def _alone(keel_home: Path) -> None:
    """No variable of this machine is a layer here."""


@pytest.fixture
def local(conf_folder: Path) -> Callable[[str], Loaded]:
    """Load with this text as conf/local.yaml."""

    def write(text: str) -> Loaded:
        (conf_folder / "local.yaml").write_text(text)
        return load(folder=conf_folder)

    return write


def _base_line(folder: Path, start: str) -> int:
    lines = (folder / "base.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_every_layer_is_above_the_one_before(conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def profile(flag: str | None = None) -> tuple[str, str]:
        loaded = load({"trading.profile": flag}, folder=conf_folder)
        return loaded.settings.trading.profile, loaded.leaves["trading", "profile"].place

    stage = conf_folder / "stages" / "exploration.yaml"
    kept = stage.read_text()
    stage.unlink()
    assert profile() == ("moderate", f"conf/base.yaml:{_base_line(conf_folder, '  profile:')}")
    stage.write_text(kept)
    assert profile() == ("conservative", "conf/stages/exploration.yaml:3")
    (conf_folder / "local.yaml").write_text("trading: {profile: aggressive}\n")
    assert profile() == ("aggressive", "conf/local.yaml:1")
    monkeypatch.setenv("KEEL_TRADING__PROFILE", "moderate")
    assert profile() == ("moderate", "environment KEEL_TRADING__PROFILE")
    assert profile("conservative") == ("conservative", "flag for trading.profile")


@pytest.mark.parametrize("layer", ["local", "environment", "flag"])
def test_the_stage_may_come_from_any_layer_and_brings_its_file(
    layer: str, conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (conf_folder / "stages" / "paper.yaml").write_text("trading: {capital: 4321.0}\n")
    if layer == "local":
        (conf_folder / "local.yaml").write_text("stage: paper\n")
    if layer == "environment":
        monkeypatch.setenv("KEEL_STAGE", "paper")
    loaded = load({"stage": "paper"} if layer == "flag" else None, folder=conf_folder)
    assert (loaded.settings.stage, loaded.settings.trading.capital) == ("paper", 4321.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("riks: {}\n", ["conf/local.yaml:1", "riks", "not known"]),
        ("\nrisk:\n  kelly_fractio: 0.1\n", ["conf/local.yaml:3", "risk.kelly_fractio", "not known"]),
        ("risk:\n  kelly_fraction: much\n", ["conf/local.yaml:2", "risk.kelly_fraction", "'much'", "number"]),
        ("trading:\n  symbols: SP500\n", ["conf/local.yaml:2", "trading.symbols", "'SP500'", "tuple"]),
        ("trading:\n  symbols: []\n", ["conf/local.yaml:2", "trading.symbols", "at least 1 item"]),
        ("trading:\n  symbols: [SP500, 7]\n", ["conf/local.yaml:2", "trading.symbols.1", "found 7", "string"]),
        ("risk:\n  kelly_fraction: 1.5\n", ["conf/local.yaml:2", "risk.kelly_fraction", "1.5", "equal to 0.25"]),
        ("risk:\n  kelly_fraction: .nan\n", ["conf/local.yaml:2", "risk.kelly_fraction", "nan", "finite"]),
        ("model:\n  folds: 2.5\n", ["conf/local.yaml:2", "model.folds", "2.5", "integer"]),
        ("risk:\n  kelly_fraction:\n", ["conf/local.yaml:2", "risk.kelly_fraction", "found None", "number"]),
        ("risk: 3\n", ["conf/local.yaml:1", "risk", "group of keys", "found 3"]),
        ("stage: {a: b}\n", ["conf/local.yaml:1", "stage"]),
        ("stage: alive\n", ["conf/local.yaml:1", "stage", "'alive'", "'exploration', 'paper', 'micro' or 'live'"]),
        ("trading:\n  profile: bold\n", ["conf/local.yaml:2", "'bold'", "conservative, moderate, aggressive"]),
        ("trading:\n  venue: mtgox\n", ["conf/local.yaml:2", "'mtgox'", "binance"]),
        ("trading:\n  timeframe: 2h\n", ["conf/local.yaml:2", "'2h'", "1m, 5m, 15m, 30m, 1h, 4h, 1d"]),
        ("venues:\n  kraken:\n    asset_class: art\n", ["conf/local.yaml:3", "'art'", "crypto, stocks"]),
        ("model:\n  momentum_short: 60\n", ["conf/local.yaml:2", "momentum_short", "60", "below momentum_long (50)"]),
        ("trading:\n  symbols: [AAA, BBB, AAA]\n", ["conf/local.yaml:2", "'BBB', 'AAA'", "every symbol once"]),
        (
            "trading:\n  symbols: [btc/usdt]\n",
            ["conf/local.yaml:2", "trading.symbols.0", "'btc/usdt'", "capital letters"],
        ),
        ("trading:\n  symbols: [A/../../B]\n", ["conf/local.yaml:2", "'A/../../B'", "capital letters"]),
        ("venues:\n  My Venue: {feed: none}\n", ["conf/local.yaml:2", "venues.My Venue", "small letters"]),
        ("servers:\n  host: 0.0.0.0\n", ["conf/local.yaml:2", "'0.0.0.0'", "127.0.0.1"]),
        ("venues:\n  mine: {feed: none}\n", ["conf/local.yaml:2", "venues.mine.calendar", "missing"]),
        ("risk:\n  kelly_fraction: 0.1\n  kelly_fraction: 0.2\n", ["conf/local.yaml:3", "'kelly_fraction'", "twice"]),
        ("risk:\n\tkelly_fraction: 0.1\n", ["conf/local.yaml:2", "not YAML", "correct the line"]),
        ("risk: [1, 2\nmodel: 3\n", ["conf/local.yaml:2", "not YAML"]),
        ("risk: &a {b: *a}\n", ["conf/local.yaml", "itself"]),
        pytest.param("\nrisk: {kelly_fraction: \x00}\n", ["conf/local.yaml:2", "not YAML"], id="NUL"),
        ("risk: {kelly_fraction: !!python/object:os.system x}\n", ["conf/local.yaml:1", "not a plain YAML value"]),
        ("[a, b]\n", ["conf/local.yaml:1", "a list", "a mapping"]),
        ("just text\n", ["conf/local.yaml:1", "a value", "a mapping"]),
        ("? [a]\n: b\n", ["conf/local.yaml:1", "a key is not text"]),
        ("trading:\n  haven: SP500\n", ["conf/local.yaml:2", "trading.haven", "'SP500'", "null or a symbol"]),
        ("trading:\n  haven: VIX\n", ["conf/local.yaml:2", "trading.haven", "the index of sample"]),
        ("trading:\n  haven: gold/usd\n", ["conf/local.yaml:2", "trading.haven", "'gold/usd'", "capital letters"]),
        ("trading:\n  haven: false\n", ["conf/local.yaml:2", "trading.haven", "found False", "string"]),
        ("regimes:\n  detector: magic\n", ["conf/local.yaml:2", "'magic'", "'rules' or 'hmm'"]),
        ("regimes:\n  context: 2d\n", ["conf/local.yaml:2", "regimes.context", "'2d'", "4h, 1d"]),
        ("regimes:\n  trigger: 7m\n", ["conf/local.yaml:2", "regimes.trigger", "'7m'", "4h, 1d"]),
        (
            "regimes:\n  context: 1h\n  trigger: 4h\n",
            ["conf/local.yaml:3", "regimes.trigger", "'4h'", "context (1h) or smaller"],
        ),
        ("regimes:\n  crisis_threshold: 35\n", ["conf/local.yaml:2", "regimes.crisis_threshold", "not known"]),
        ("specialists:\n  volatile: ''\n", ["conf/local.yaml:2", "specialists.volatile", "at least 1 character"]),
        ("specialists:\n  crisis: null\n", ["conf/local.yaml:2", "specialists.crisis", "found None", "string"]),
        ("specialists:\n  calm: default\n", ["conf/local.yaml:2", "specialists.calm", "not known"]),
        ("systems:\n  swing: {controller: bold}\n", ["conf/local.yaml:2", "'bold'", "'regime' or 'adaptive'"]),
        ("systems:\n  swing: {leverage: 2.0}\n", ["conf/local.yaml:2", "systems.swing.leverage", "not known"]),
        ("systems:\n  long: {weights: {calm: 0.5}}\n", ["systems.long.weights.calm", "not known"]),
        ("systems:\n  hold: {share: 0.1}\n", ["conf/local.yaml:2", "systems.hold", "not known"]),
        ("stress:\n  on_breach: sell\n", ["conf/local.yaml:2", "'sell'", "'auto', 'propose' or 'act'"]),
        ("stress:\n  block_days: 0.5\n", ["conf/local.yaml:2", "stress.block_days", "0.5", "equal to 1"]),
        ("stress:\n  recovery_paths: 5\n", ["conf/local.yaml:2", "stress.recovery_paths", "equal to 10"]),
        ("stress:\n  recovery_horizon_days: 1.5\n", ["conf/local.yaml:2", "stress.recovery_horizon_days", "integer"]),
        ("validation:\n  costs: []\n", ["conf/local.yaml:2", "validation.costs", "at least 1 item"]),
        ("validation:\n  costs: [1.0, -0.5]\n", ["conf/local.yaml:2", "validation.costs.1", "found -0.5"]),
        ("validation:\n  costs: [2.0, 1.0]\n", ["conf/local.yaml:2", "[2.0, 1.0]", "the smallest first"]),
        ("validation:\n  delays: [1, true]\n", ["conf/local.yaml:2", "validation.delays.1", "found True", "integer"]),
        ("validation:\n  delays: [1, 1]\n", ["conf/local.yaml:2", "[1, 1]", "every figure once"]),
        ("validation:\n  missing: [1.0]\n", ["conf/local.yaml:2", "validation.missing.0", "less than 1"]),
        ("validation:\n  missing: [.nan]\n", ["conf/local.yaml:2", "validation.missing.0", "finite"]),
        ("validation:\n  draws: 0\n", ["conf/local.yaml:2", "validation.draws", "found 0"]),
        ("evolution:\n  population: 3\n", ["conf/local.yaml:2", "evolution.population", "found 3", "equal to 4"]),
        ("evolution:\n  generations: 0\n", ["conf/local.yaml:2", "evolution.generations", "found 0"]),
        ("evolution:\n  held_share: 0.6\n", ["conf/local.yaml:2", "evolution.held_share", "found 0.6"]),
        ("evolution:\n  fitness: best\n", ["conf/local.yaml:2", "'robust', 'composite' or 'scaled'"]),
        ("evolution:\n  promotion: me\n", ["conf/local.yaml:2", "'person' or 'gates'"]),
        ("evolution:\n  test_groups: 6\n", ["conf/local.yaml:2", "test_groups: found 6", "below groups (6)"]),
        ("evolution:\n  held_from: 2014-12-31\n", ["conf/local.yaml:2", "2014-12-31", "train_from (2015-01-01)"]),
        ("evolution:\n  train_from: soon\n", ["conf/local.yaml:2", "evolution.train_from", "'soon' is no time"]),
        ("evolution:\n  gates: {dsr: 1.0}\n", ["conf/local.yaml:2", "evolution.gates.dsr", "less than 1"]),
        ("evolution:\n  gates: {luck: 1.0}\n", ["conf/local.yaml:2", "evolution.gates.luck", "not known"]),
    ],
)
def test_a_wrong_local_file_is_named_with_its_line(text: str, said: list[str], local: Callable[[str], Loaded]) -> None:
    with pytest.raises(BadInput) as refusal:
        local(text)
    for part in said:
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KEEL_RISK__KELLY_FRACTION", "much", "risk.kelly_fraction: found 'much', allowed: "),
        ("KEEL_RISK__KELLY_FRACTION", "2", "risk.kelly_fraction: found 2, allowed: "),
        ("KEEL_RISK__KELY_FRACTION", "0.1", "the key risk.kely_fraction is not known"),
        ("KEEL_RISK", "0.1", "risk is a group of keys, found 0.1"),
        ("KEEL_TRADING__PROFILE", "bold", "trading.profile: found 'bold', allowed is one of conservative"),
        ("KEEL_VENUES__KRAKEN__INSTRUMENTS__ETH/EUR__TICK", "1", "instruments.eth/eur"),
        ("KEEL_TRADING__SYMBOLS", "[SP500", "trading.symbols: found '[SP500'"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput) as refusal:
        load()
    assert str(refusal.value).startswith(f"environment {name}: ")
    assert said in str(refusal.value)


def test_every_error_is_said_at_once(local: Callable[[str], Loaded]) -> None:
    with pytest.raises(BadInput, match=r"conf/local\.yaml:2: .*; conf/local\.yaml:4: ") as refusal:
        local("risk:\n  kelly_fraction: 7\nmodel:\n  folds: 1\n")
    assert str(refusal.value).count("allowed") == 2


def test_a_missing_key_is_named(conf_folder: Path) -> None:
    defaults = conf_folder / "risk_params.yml"
    kept = [line for line in defaults.read_text().splitlines() if not line.startswith("  kelly_fraction:")]
    defaults.write_text("\n".join(kept))
    with pytest.raises(BadInput, match=r"the key risk\.kelly_fraction is missing"):
        load(folder=conf_folder)


@pytest.mark.parametrize("damage", ["missing", "empty", "folder", "not text", "huge"])
@pytest.mark.parametrize("name", ["base.yaml", "risk_params.yml", "model_router_rules.yml"])
def test_every_file_of_defaults_must_be_there_and_readable(name: str, damage: str, conf_folder: Path) -> None:
    base = conf_folder / name
    whole = base.read_bytes()
    base.unlink()
    if damage == "folder":
        base.mkdir()
    elif damage != "missing":
        huge = b"# " + b"x" * 1_000_000 + b"\n" + whole
        base.write_bytes({"empty": b"# nothing\n", "not text": b"\xff\xfe" + whole, "huge": huge}[damage])
    with pytest.raises(BadInput, match=rf"{name}"):
        load(folder=conf_folder)


def test_a_stage_file_cannot_name_a_stage(conf_folder: Path) -> None:
    (conf_folder / "stages" / "exploration.yaml").write_text("trading: {}\nstage: paper\n")
    with pytest.raises(BadInput, match=r"conf/stages/exploration\.yaml:2: .*cannot name a stage"):
        load(folder=conf_folder)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("# a comment\n", False),
        ("trading:\n  capital: 10000.0\n", False),
        ("trading:\n  capital: 1.0e+4\n", False),
        ("trading:\n  profile: conservative # what the stage says anyway\n", False),
        ("trading:\n  capital: 10000.01\n", True),
        ("trading:\n  symbols: [NASDAQ, SP500]\n", True),
        ("venues:\n  binance:\n    instruments:\n      SOL/USDT: {tick: 0.01, lot: 0.01, min_notional: 5.0}\n", True),
        ("stage: paper\n", True),
    ],
)
def test_the_version_changes_exactly_when_the_tree_does(
    text: str, changed: bool, conf_folder: Path, local: Callable[[str], Loaded]
) -> None:
    before = load(folder=conf_folder)
    after = local(text)
    assert (after.version != before.version) is changed
    assert (after.tree != before.tree) is changed
    assert len(after.version) == 64


def test_the_tree_is_frozen() -> None:
    loaded = load()
    with pytest.raises(ValidationError, match="frozen"):
        loaded.settings.risk.kelly_fraction = 0.9
    with pytest.raises(ValidationError, match="frozen"):
        loaded.settings.trading = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        loaded.version = "another"  # type: ignore[misc]


def test_keel_home_moves_the_files_and_is_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = load().version
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "elsewhere" / ".." / "moved"))
    assert home() == tmp_path / "moved"
    assert load().version == version
    monkeypatch.delenv("KEEL_HOME")
    assert home() == PROJECT / "data"


def test_keys_of_any_case_meet_the_same_leaf(conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_VENUES__BINANCE__INSTRUMENTS__BTC/USDT__TICK", "0.5")
    loaded = load(folder=conf_folder)
    assert loaded.settings.venues["binance"].instruments["BTC/USDT"].tick == 0.5
    assert len(loaded.settings.venues["binance"].instruments) == 3


@pytest.mark.parametrize(
    "text",
    [
        "risk: {}\n",
        "venues:\n  binance:\n    instruments: {}\n",
        "venues:\n  kraken:\n    instruments: {}\n",
    ],
)
def test_an_empty_group_takes_nothing_away(text: str, conf_folder: Path, local: Callable[[str], Loaded]) -> None:
    before = load(folder=conf_folder)
    assert local(text).version == before.version


def test_loading_leaves_the_layers_as_they_were_read(
    local: Callable[[str], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TICK", "LOT", "MIN_NOTIONAL"):
        monkeypatch.setenv(f"KEEL_VENUES__KRAKEN__INSTRUMENTS__1/2__{name}", "0.5")
    loaded = local("venues: {kraken: {instruments: {}}}\n")
    assert loaded.settings.venues["kraken"].instruments["1/2"].tick == 0.5
    assert loaded.leaves["venues", "kraken", "instruments"].value == {}


def test_the_shipped_configuration_is_valid_in_every_stage(conf_folder: Path) -> None:
    stages = sorted(path.stem for path in (conf_folder / "stages").glob("*.yaml"))
    assert stages == ["exploration", "live", "micro", "paper"]
    assert len({load({"stage": stage}, conf_folder).version for stage in stages}) == 4


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("systems: {swing: {underperformance: 0.02, recovery: 0.03}}", "recovery: found 0.03, allowed is underperf"),
        ("systems: {long: {weights: {crisis: 0.8}, haven_share: 0.3}}", "haven_share: found 0.3, allowed is what"),
        ("systems: {swing: {share: 0.9}, long: {share: 0.2}}", "swing.share: found 0.9 beside systems.long.share 0.2"),
        ("streaming: {first_delay_seconds: 5.0, longest_delay_seconds: 1.0}", "longest_delay_seconds: found 1"),
        ("feeds: {first_pause_seconds: 50.0, longest_pause_seconds: 1.0}", "longest_pause_seconds: found 1"),
        (
            "venues: {binance: {instruments: {A/B: {tick: 0.1, lot: 0.1, min_notional: 1.0, listed: 2020-01-02, "
            "delisted: 2020-01-01}}}}",
            "delisted on 2020-01-01",
        ),
        ("venues: {binance: {backups: [{venue: nowhere}]}}", "nowhere"),
        ("venues: {binance: {outages: [{start: 2020-01-02, end: 2020-01-01, why: x}]}}", "before it begins"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(
    written: str, said: str, conf_folder: Path, keel_home: Path
) -> None:
    (conf_folder / "local.yaml").write_text(f"{written}\n")
    with pytest.raises(BadInput, match=said) as error:
        load()
    assert "conf/local.yaml:1" in str(error.value)
