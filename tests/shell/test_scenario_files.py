"""What the shipped file of scenarios holds, what a file may say beside any junk, and that `keel check` reads it."""

import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from scenario_texts import Read, names, reader

from conf import load
from conf.home import PROJECT
from conf.scenarios import Proxy, known_names, load_scenarios
from models.scenarios import Scenario, Shock, Window
from models.types import BadInput
from models.types.times import parse_time

SHIPPED = PROJECT / "conf" / "stress.yaml"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reader(tmp_path)


def shipped() -> dict[str, Scenario]:
    return {one.name: one for one in load_scenarios(known_names(load().settings)).scenarios}


# What comes with Keel.


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"trading.venue": "binance", "trading.symbols": ["BTC/USDT", "SOL/USDT"], "trading.timeframe": "1h"},
        {"trading.venue": "alpaca", "trading.symbols": ["SPY"], "trading.haven": "GLD"},
    ],
)
def test_nothing_is_wrong_with_the_shipped_file_whatever_the_book(flags: dict[str, object], keel_home: Path) -> None:
    file = load_scenarios(known_names(load(flags).settings))
    assert file.wrong == ()
    assert 20 <= len(file.scenarios) <= 25
    assert sum(one.window is not None for one in file.scenarios) >= 10
    assert file.reverse == ("crash_35", "crash_35_gap")
    assert file.sha256 == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert all(one.text and one.text != one.name for one in file.scenarios)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("crisis_2008", "2008-09-29"),
        ("crisis_2008", "2008-11-30"),
        ("flash_crash_2010", "2010-05-06"),
        ("flash_crash_2015", "2015-08-24"),
        ("winter_2018", "2018-01-17"),
        ("winter_2018", "2018-11-25"),
        ("covid_2020", "2020-02-20"),
        ("covid_2020", "2020-03-12"),
        ("may_2021", "2021-05-19"),
        ("flash_crash_2021", "2021-12-04"),
        ("luna_2022", "2022-05-09"),
        ("luna_2022", "2022-06-18"),
        ("rates_2022", "2022-09-13"),
        ("ftx_2022", "2022-11-08"),
        ("carry_2024", "2024-08-05"),
    ],
)
def test_every_real_episode_holds_its_day(name: str, day: str) -> None:
    window = shipped()[name].window
    assert window is not None
    noon = parse_time(f"{day}T12:00Z")
    assert window.begin <= noon < window.end


def test_every_invented_kind_is_there() -> None:
    found = {name: one.shock for name, one in shipped().items()}
    assert found["crash_35"] == Shock(moves=(("all", -0.35),))
    assert found["crash_35_gap"] == Shock(moves=(("all", -0.35),), gap=True)
    assert (found["volatility_3"].volatility, found["correlation_1"].correlation) == (3.0, 1.0)
    assert (found["spread_10"].spread, found["liquidity_10"].liquidity) == (10.0, 0.1)
    assert dict(found["halted_2d"].halted) == {"binance": 2.0, "alpaca": 2.0, "sample": 2.0}
    assert found["funding_spike"].funding_bps_per_day == 100.0
    assert found["stablecoin_depeg"].depeg == (("USDT", 0.15),)
    assert (found["crypto_winter"].days, dict(found["crypto_winter"].moves)["crypto"]) == (180.0, -0.75)
    assert sum(bool(one.parts) for one in shipped().values()) >= 4
    assert found["storm"] == Shock(moves=(("all", -0.35),), spread=10.0, liquidity=0.1)


def test_the_shipped_betas_know_that_bonds_and_gold_are_no_shares() -> None:
    betas = load_scenarios(known_names(load().settings)).betas
    assert betas["ETH/USDT"][0] == Proxy("binance", "BTC/USDT", 1.1)
    assert [one.venue for one in betas["crypto"]] == ["binance", "alpaca"]
    assert betas["stocks"][0].symbol == "SPY"
    assert betas["TLT"][0].beta < 0.0 < betas["GLD"][0].beta < 0.2
    with pytest.raises(TypeError):
        betas["GLD"] = ()  # type: ignore[index]


def test_every_name_of_the_configuration_is_known(conf_folder: Path, keel_home: Path) -> None:
    (conf_folder / "local.yaml").write_text(
        "trading: {venue: binance, symbols: [SOL/USDT], haven: PAXG/USDT}\n"
        "venues:\n  kraken: {leader: XBT/USD, instruments: {ADA/USD: {tick: 0.1, lot: 0.1, min_notional: 1.0}}}\n"
        "  alpaca: {index: VXN, files: {SKEW: skew.csv}}\n"
        "risk: {symbols: {DOT/USDT: {weight: 0.1}}}\n"
    )
    known = known_names(load(folder=conf_folder).settings, ["LTC/USDT"])
    assert {"SOL/USDT", "PAXG/USDT", "XBT/USD", "ADA/USD", "VXN", "SKEW", "DOT/USDT", "LTC/USDT"} <= known.symbols
    assert None not in known.symbols
    assert known.classes == {"crypto", "stocks"}
    assert {"binance", "alpaca", "sample"} <= known.venues


# What a file may say.


def test_every_key_is_read_as_it_is_written(read: Read) -> None:
    file = read(
        "scenarios:\n"
        "  dated: {text: 'A: b', from: 2020-02-19, to: '2020-04-01', spread: 3, halted: {binance: 2.5}}\n"
        "  drawn:\n"
        "    text: All of it\n"
        "    days: 3\n"
        "    move: -0.1\n"
        "    moves: {crypto: -0.35, BTC/USDT: +0.2, BTC/USDT:USDT: -4.0e-1, BRK.B: -0.01, ^GSPC: 0.02}\n"
        "    recovers: 0.5\n"
        "    volatility: 2.0\n"
        "    correlation: 0\n"
        "    spread: 10\n"
        "    liquidity: 0.1\n"
        "    halted: {binance: 1, alpaca: 0.5}\n"
        "    funding_bps_per_day: 30\n"
        "    depeg: {USDT: 0.1, BTC: 0.2}\n"
        "    calm_days: 0\n"
        "  gapped: {text: gap, moves: {all: -0.5}, gap: true}\n"
        "  closed: {text: no gap, move: -0.5, gap: no}\n"
        "reverse: [gapped]\n"
        "betas: {crypto: [{venue: binance, symbol: BTC/USDT, beta: -1}, {venue: alpaca, symbol: SPY, beta: 0}]}\n"
    )
    assert file.wrong == ()
    dated, drawn, gapped, closed = file.scenarios
    window = Window(
        int(datetime(2020, 2, 19, tzinfo=UTC).timestamp()) * 1_000_000,
        int(datetime(2020, 4, 1, tzinfo=UTC).timestamp()) * 1_000_000,
    )
    assert dated == Scenario("dated", "A: b", window, Shock(days=42.0, spread=3.0, halted=(("binance", 2.5),)))
    moves = (("all", -0.1), ("crypto", -0.35), ("BTC/USDT", 0.2), ("BTC/USDT:USDT", -0.4), ("BRK.B", -0.01))
    assert drawn == Scenario(
        "drawn",
        "All of it",
        None,
        Shock(
            days=3.0,
            moves=(*moves, ("^GSPC", 0.02)),
            recovers=0.5,
            volatility=2.0,
            correlation=0.0,
            spread=10.0,
            liquidity=0.1,
            halted=(("binance", 1.0), ("alpaca", 0.5)),
            funding_bps_per_day=30.0,
            depeg=(("USDT", 0.1), ("BTC", 0.2)),
        ),
        calm_days=0.0,
    )
    assert (gapped.shock.gap, closed.shock.gap) == (True, False)
    assert file.reverse == ("gapped",)
    assert file.betas == {"crypto": (Proxy("binance", "BTC/USDT", -1.0), Proxy("alpaca", "SPY", 0.0))}


def test_symbols_that_the_file_lists_may_be_used_in_it(read: Read) -> None:
    text = (
        "scenarios: {one: {text: t, moves: {DOGE/EUR: -0.5}}, two: {text: t, depeg: {EUR: 0.1}}}\n"
        "betas: {DOGE/EUR: [{venue: binance, symbol: DOGE/EUR, beta: 1}]}\n"
    )
    assert [one.name for one in read(text).wrong] == ["one", "two", "betas.DOGE/EUR"]
    listed = read(f"{text}symbols: [DOGE/EUR]\n")
    assert (listed.wrong, names(listed), tuple(listed.betas)) == ((), ("one", "two"), ("DOGE/EUR",))


def test_combinations_may_stand_before_their_parts_and_be_parts_themselves(read: Read) -> None:
    file = read(
        "scenarios:\n"
        "  storm: {text: all, combine: [pair, thin]}\n"
        "  pair: {text: two, combine: [fall, wide]}\n"
        "  fall: {text: f, move: -0.2}\n"
        "  wide: {text: w, spread: 5}\n"
        "  thin: {text: t, liquidity: 0.2}\n"
    )
    assert file.wrong == ()
    assert names(file) == ("storm", "pair", "fall", "wide", "thin")
    assert file.scenarios[0].parts == ("pair", "thin")
    assert file.scenarios[0].shock == Shock(moves=(("all", -0.2),), spread=5.0, liquidity=0.2)


# Whatever stands beside them, good scenarios stay.

POOL = {
    "fall": "{text: t, move: -0.2}",
    "gap": "{text: t, moves: {crypto: -0.3}, gap: true}",
    "dated": "{text: t, from: 2020-03-01, to: 2020-04-01, spread: 2}",
    "wide": "{text: t, spread: 9}",
    "thin": "\n    text: t\n    liquidity: 0.5",
    "wild": "{text: t, volatility: 2, days: 9}",
}
PLAIN = st.sampled_from(
    ["t", "-0.1", ".nan", "true", "null", "'0.3'", "2020-01-01", "[]", "{}", "[fall, wide]", "[junk0, junk1]", "{a: 1}"]
)
KEYS = st.sampled_from(
    ["text", "from", "to", "days", "move", "moves", "gap", "volatility", "halted", "combine", "depeg", "x", "? "]
)
FIELDS = st.lists(st.tuples(KEYS, PLAIN), max_size=5).map(lambda some: ", ".join(f"{key}: {one}" for key, one in some))
WILD = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x85\u2028\u2029"), max_size=12)
JUNK = st.one_of(FIELDS.map(lambda inner: f"{{{inner}}}"), PLAIN, WILD)


@given(
    st.lists(st.sampled_from(sorted(POOL)), unique=True),
    st.lists(st.tuples(st.integers(0, 6), JUNK), max_size=4),
    st.sampled_from(["", "betas: {crypto: 3}\n", "reverse: [fall, junk0]\n", "symbols: [1]\n", "other: {}\n"]),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_junk_takes_a_good_scenario_along(
    read: Read, chosen: list[str], junk: list[tuple[int, str]], beside: str
) -> None:
    entries = [(name, POOL[name]) for name in chosen]
    for number, (place, text) in enumerate(junk):
        entries.insert(place, (f"junk{number}", text))
    body = "".join(f"  {name}: {text}\n" for name, text in entries)
    try:
        file = read(f"{beside}scenarios:\n{body}  end: {{text: t, move: -0.5}}\n")
    except BadInput:
        event("no YAML at all")
        return
    known = set(names(file))
    assert len(known) == len(file.scenarios)
    assert {*chosen, "end"} <= known
    wrong = {one.name for one in file.wrong}
    assert not wrong & known
    assert {f"junk{k}" for k in range(len(junk))} <= known | wrong
    assert all(one.why.startswith("mine.yaml:") and one.why.isprintable() for one in file.wrong)


# `keel check`.


@pytest.fixture
def mine(conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of scenarios of a copy of conf/, which the loader reads instead."""
    monkeypatch.setattr(sys.modules["conf.scenarios.loading"], "PROJECT", conf_folder.parent)
    return conf_folder / "stress.yaml"


def test_check_says_what_is_wrong_with_scenarios_and_ends_with_2(mine: Path, keel: Callable[..., object]) -> None:
    assert keel("check").code == 0
    lines = len(mine.read_text().splitlines())
    mine.write_text(mine.read_text() + "scenario: {}\n")
    mine.write_text(mine.read_text().replace("volatility: 3", "volatility: three"))
    outcome = keel("check")
    assert outcome.code == 2
    assert f"conf/stress.yaml:{lines + 1}: scenario: the key is not known" in outcome.sentence
    assert "scenarios.volatility_3.volatility: found the text 'three'" in outcome.sentence
    assert "the part 'volatility_3' is wrong" in outcome.sentence
    assert keel("check", "--json").code == 2
    mine.unlink()
    assert "conf/stress.yaml: there is no such file" in keel("check").sentence


def test_check_knows_the_names_of_the_configuration(mine: Path, conf_folder: Path, keel: Callable[..., object]) -> None:
    mine.write_text("scenarios: {one: {text: t, moves: {SOL/USDT: -0.5}, halted: {kraken: 1}}}\n")
    assert "found 'SOL/USDT'" in keel("check").sentence
    (conf_folder / "local.yaml").write_text("trading: {venue: binance, symbols: [SOL/USDT]}\n")
    assert keel("check").code == 0
