"""A wrong entry of a file of scenarios is named with its line and takes none of the others along."""

import hashlib
from pathlib import Path

import pytest
from scenario_texts import AFTER, BEFORE, GOOD, KNOWN, Read, names, reader

from conf.scenarios import Proxy, load_scenarios
from models.types import BadInput


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reader(tmp_path)


# What is wrong with one entry: the line within it, and what is said.


@pytest.mark.parametrize(
    ("entry", "line", "said"),
    [
        ("x: {text: t, mvoe: -0.1}", 0, ["scenarios.x.mvoe: the key 'mvoe' is not known", "move, ", "combine"]),
        ("x: {move: -0.1}", 0, ["scenarios.x: the key text is missing"]),
        ("x: {text: t}", 0, ["scenarios.x: nothing happens"]),
        ("x:", 0, ["found nothing, allowed is a group of keys"]),
        ("x: [a, b]", 0, ["found a list, allowed is a group of keys"]),
        ("x: -0.35", 0, ["found the number '-0.35', allowed is a group of keys"]),
        ("x:\n    text: t\n    move: '-0.3'", 2, ["x.move: found the text '-0.3', allowed is a number"]),
        ("x:\n    text: t\n    move: true", 2, ["x.move: found the truth value 'true', allowed is a number"]),
        ("x: {text: t, move: .nan}", 0, ["x.move: found the number '.nan', allowed is a finite number"]),
        ("x: {text: t, move: -.inf}", 0, ["x.move: found the number '-.inf', allowed is a finite number"]),
        ("x: {text: t, move: 1:30}", 0, ["x.move: found the number '1:30', allowed is a finite number in plain"]),
        ("x: {text: t, move: 0x10}", 0, ["x.move: found the number '0x10', allowed is a finite number in plain"]),
        ("x: {text: t, move: 1.0e+999}", 0, ["x.move", "finite"]),
        (f"x: {{text: t, move: {'9' * 400}}}", 0, ["x.move", "finite"]),
        ("x: {text: t, move: -.35}", 0, ["x.move: found the text '-.35', allowed is a number such as -0.35"]),
        ("x: {text: t, move: }", 0, ["x.move: found nothing, allowed is a number"]),
        ("x: {text: t, move: [-0.1]}", 0, ["x.move: found a list, allowed is a number"]),
        ("x: {text: t, move: !!float abc}", 0, ["x.move", "finite number"]),
        ("x: {text: t, move: !money 3}", 0, ["x.move: found !money of '3', allowed is a number"]),
        ("x: {text: t, move: -1}", 0, ["scenarios.x: the move of 'all' is -1.0; allowed is a finite change above -1"]),
        ("x: {text: t, move: -0.1, moves: {all: -0.2}}", 0, ["'all' 2 times"]),
        (
            "x:\n    text: t\n    moves:\n      BTC/USD: -1",
            3,
            ["moves.BTC/USD: found 'BTC/USD'", "BTC/USDT, ", "crypto"],
        ),
        ("x: {text: t, moves: {art: -0.1}}", 0, ["found 'art', allowed is a symbol", "an asset class or all: "]),
        ("x: {text: t, moves: {crypto: -0.1, crypto: -0.2}}", 0, ["moves.crypto: it stands here twice", "line 3"]),
        ("x: {text: t, moves: {}}", 0, ["x.moves: found a group, allowed is at least one name"]),
        ("x: {text: t, moves: {crypto: .nan}}", 0, ["x.moves.crypto: found the number '.nan'"]),
        ("x: {text: t, moves: -0.3}", 0, ["x.moves: found the number '-0.3', allowed is a group"]),
        ("x: {text: t, moves: {? [a] : -0.1}}", 0, ["moves.a list: found 'a list'"]),
        ("x: {text: t, move: -0.1, days: 0}", 0, ["scenarios.x: days is 0.0; allowed is above 0"]),
        ("x: {text: t, move: -0.1, days: -3}", 0, ["days is -3.0"]),
        ("x: {text: t, move: -0.1, recovers: 2}", 0, ["recovers is 2.0"]),
        ("x: {text: t, move: -0.1, gap: true, recovers: 1}", 0, ["contradict each other"]),
        ("x: {text: t, gap: true}", 0, ["gap stands without moves"]),
        ("x: {text: t, move: -0.1, gap: 1}", 0, ["x.gap: found the number '1', allowed is true or false"]),
        ("x: {text: t, volatility: -1}", 0, ["volatility is -1.0"]),
        ("x: {text: t, correlation: 1.5}", 0, ["correlation is 1.5"]),
        ("x: {text: t, correlation: null}", 0, ["x.correlation: found nothing"]),
        ("x: {text: t, spread: 0}", 0, ["spread is 0.0"]),
        ("x: {text: t, liquidity: 0}", 0, ["liquidity is 0.0"]),
        ("x: {text: t, funding_bps_per_day: -1}", 0, ["funding_bps_per_day is -1.0"]),
        ("x: {text: t, move: -0.1, calm_days: -1}", 0, ["calm_days"]),
        ("x: {text: t, halted: {mtgox: 1}}", 0, ["halted.mtgox: found 'mtgox', allowed is a venue: alpaca, binance"]),
        ("x: {text: t, halted: {binance: 2}}", 0, ["the halt of 'binance' is 2.0"]),
        (
            "x: {text: t, depeg: {UST: 0.5}}",
            0,
            ["depeg.UST: found 'UST', allowed is a coin of a known pair: BTC, ETH, "],
        ),
        ("x: {text: t, depeg: {USDT: 1}}", 0, ["the depeg of 'USDT' is 1.0"]),
        ("x: {text: '', move: -0.1}", 0, ["x.text: found the text '', allowed is a text in one line"]),
        ('x: {text: "a\\nb", move: -0.1}', 0, ["x.text", "one line"]),
        ('x: {text: "\\ud800", move: -0.1}', 0, ["x.text", "one line"]),
        (f"x: {{text: {'a' * 301}, move: -0.1}}", 0, ["x.text", "at most 300 characters"]),
        ("x: {text: 2020, move: -0.1}", 0, ["x.text: found the number '2020'"]),
        ("X1: {text: t, move: -0.1}", 0, ["scenarios.X1: found the name 'X1', allowed are small letters"]),
        ("'../x': {text: t, move: -0.1}", 0, ["found the name '../x'"]),
        ("? [a]\n  : {text: t, move: -0.1}", 0, ["found the name 'a list'"]),
        ("x: {text: t, from: 2020-03-01}", 0, ["x.from: from and to go together"]),
        ("x: {text: t, to: 2020-03-01}", 0, ["x.to: from and to go together"]),
        ("x:\n    text: t\n    from: 2020-03-01\n    to: 2020-03-01", 3, ["x.to", "a day after 2020-03-01"]),
        ("x: {text: t, from: 2020-03-02, to: 2020-03-01}", 0, ["x.to: found the date '2020-03-01'"]),
        ("x: {text: t, from: 1899-12-31, to: 1900-01-01}", 0, ["x.from", "1900 to 2100"]),
        ("x: {text: t, from: 2100-12-31, to: 2101-01-01}", 0, ["x.to", "1900 to 2100"]),
        ("x: {text: t, from: 2020-02-30, to: 2020-03-05}", 0, ["'2020-02-30', allowed is a day that the calendar has"]),
        ("x: {text: t, from: 2020-03-01T10:00:00Z, to: 2020-03-05}", 0, ["x.from", "a day such as"]),
        ("x: {text: t, from: 20200301, to: 2020-03-05}", 0, ["x.from: found the number '20200301'"]),
        ("x: {text: t, from: yesterday, to: 2020-03-05}", 0, ["x.from: found the text 'yesterday'"]),
        ("x: {text: t, from: 1990-01-01, to: 2020-03-05}", 0, ["scenarios.x: days is 11021.0"]),
        ("x: {text: t, from: 2020-03-01, to: 2020-03-05, days: 3}", 0, ["x.days: found beside dates"]),
        ("x: {text: t, from: 2020-03-01, to: 2020-03-05, calm_days: 3}", 0, ["x.calm_days: found beside dates"]),
        ("x: {text: t, from: 2020-03-01, to: 2020-03-05, move: -0.1}", 0, ["'x' has a window and moves"]),
        ("x: {text: t, from: 2020-03-01, to: 2020-03-05, volatility: 2}", 0, ["'x' has a window and volatility"]),
        ("x: {text: t, combine: [first]}", 0, ["x.combine: 'x' combines 1 scenarios"]),
        ("x: {text: t, combine: []}", 0, ["x.combine: 'x' combines 0 scenarios"]),
        ("x: {text: t, combine: first}", 0, ["x.combine: found the text 'first', allowed is a list of names"]),
        ("x: {text: t, combine: [first, first]}", 0, ["x.combine.1: found 'first' twice"]),
        ("x: {text: t, combine: [first, 3]}", 0, ["x.combine.1: found the number '3'"]),
        ("x: {text: t, combine: [first, nowhere]}", 0, ["x.combine: found 'nowhere', allowed is the name of"]),
        ("x: {text: t, combine: [x, first]}", 0, ["x.combine: it is made of itself (x > x)"]),
        ("x: {text: t, combine: [first, last], days: 2}", 0, ["x.days: found beside combine"]),
        (
            "x: {text: t, days: many, move: .nan}",
            0,
            ["x.days: found the text 'many'", "; mine.yaml:3: scenarios.x.move"],
        ),
        ("x: {text: t, move: -0.1, move: -0.2}", 0, ["x.move: it stands here twice, in line 3 too"]),
        ("x: &x {text: t, moves: *x}", 0, ["moves.text: found 'text'"]),
        ("x: {<<: {text: t, move: -0.1}}", 0, ["the key '<<' is not known"]),
    ],
)
def test_a_wrong_scenario_is_named_with_its_line_and_the_others_stay(
    entry: str, line: int, said: list[str], read: Read
) -> None:
    file = read(f"{BEFORE}  {entry}{AFTER}")
    assert names(file) == GOOD
    assert len(file.wrong) == 1
    (wrong,) = file.wrong
    assert wrong.name == entry.removeprefix("? ").split(":")[0].strip("'").split("\n")[0].replace("[a]", "a list")
    assert wrong.why.startswith(f"mine.yaml:{3 + line}: scenarios.")
    assert "\n" not in wrong.why
    for part in said:
        assert part in wrong.why


@pytest.mark.parametrize(
    ("text", "name", "line", "said"),
    [
        ("betas: {XMR/USDT: [{venue: binance, symbol: SPY, beta: 1}]}", "betas.XMR/USDT", 1, "found 'XMR/USDT'"),
        ("betas: {all: [{venue: binance, symbol: SPY, beta: 1}]}", "betas.all", 1, "found 'all'"),
        ("betas:\n  crypto: []", "betas.crypto", 2, "found an empty list, allowed is a list of proxies"),
        ("betas:\n  crypto: 1.2", "betas.crypto", 2, "found the number '1.2', allowed is a list of proxies"),
        ("betas:\n  crypto: [BTC/USDT]", "betas.crypto", 2, "found the text 'BTC/USDT', allowed is a group"),
        ("betas:\n  crypto:\n    - {venue: binance, symbol: SPY}", "betas.crypto", 3, "beta is missing"),
        ("betas:\n  crypto: [{venue: x, symbol: SPY, beta: 1}]", "betas.crypto", 2, "venue: found 'x'"),
        ("betas:\n  crypto: [{venue: binance, symbol: S, beta: 1}]", "betas.crypto", 2, "symbol: found 'S'"),
        ("betas:\n  crypto: [{venue: binance, symbol: SPY, beta: .nan}]", "betas.crypto", 2, "finite"),
        ("betas:\n  crypto: [{venue: binance, symbol: SPY, beta: 11}]", "betas.crypto", 2, "from -10 to 10"),
        (
            "betas:\n  crypto: [{venue: binance, symbol: SPY, beta: '1'}]",
            "betas.crypto",
            2,
            "found the text '1', allowed is a number",
        ),
        ("betas:\n  crypto: [{venue: binance, symbol: SPY, beta: 1, of: 2}]", "betas.crypto", 2, "'of' is not known"),
        (
            "betas:\n  crypto:\n  - {venue: alpaca, symbol: SPY, beta: 1}\n  - {venue: alpaca, symbol: SPY, beta: 2}",
            "betas.crypto",
            4,
            "found SPY of alpaca twice",
        ),
        ("betas: nothing", "betas", 1, "found the text 'nothing', allowed is a group"),
        ("betas:", "betas", 1, "found nothing, allowed is a group"),
        ("reverse: first", "reverse", 1, "allowed is a list of reverse such as [crash_35]"),
        ("reverse:\n  - first\n  - nowhere", "reverse", 3, "reverse.1: found 'nowhere', allowed is a scenario of this"),
        ("reverse: [last]", "reverse", 1, "found 'last', allowed is a scenario of this file with a move below 0"),
        ("reverse: [1]", "reverse", 1, "reverse.0: found the number '1'"),
        ("symbols: [btc]", "symbols", 1, "symbols.0: symbol 'btc' is not a symbol"),
        ("symbols: [[A]]", "symbols", 1, "symbols.0: found a list"),
        ("symbols: BTC", "symbols", 1, "found the text 'BTC', allowed is a list of symbols"),
        ("scenario: {}", "scenario", 1, "the key is not known, allowed is one of symbols, betas, scenarios, reverse"),
    ],
)
def test_a_wrong_group_is_named_with_its_line_and_the_others_stay(
    text: str, name: str, line: int, said: str, read: Read
) -> None:
    stocks = "{stocks: [{venue: alpaca, symbol: SPY, beta: 1}]}"
    kept = "" if text.startswith("betas") else f"betas: {stocks}\n"
    good = text if not text.startswith("betas:\n") else f"{text}\n  stocks: [{{venue: alpaca, symbol: SPY, beta: 1}}]"
    file = read(f"{good}\n{kept}{BEFORE}{AFTER}")
    assert names(file) == GOOD
    assert [one.name for one in file.wrong] == [name]
    assert file.wrong[0].why.startswith(f"mine.yaml:{line}: {text.split(':')[0]}")
    assert said in file.wrong[0].why
    if kept or good != text:
        assert file.betas == {"stocks": (Proxy("alpaca", "SPY", 1.0),)}
    assert file.reverse == (("first",) if "- first" in text else ())


def test_of_a_name_that_comes_twice_none_is_used(read: Read) -> None:
    file = read(
        "scenarios:\n  x: {text: t, move: -0.1}\n  y: {text: t, spread: 2}\n  x: {text: t, move: -0.2}\n"
        "  z: {text: t, combine: [x, y]}\nreverse: [x]\n"
        "betas:\n  crypto: [{venue: alpaca, symbol: SPY, beta: 1}]\n  crypto: [{venue: alpaca, symbol: SPY, beta: 2}]\n"
    )
    assert names(file) == ("y",)
    assert [(one.name, one.why.split(": ")[0]) for one in file.wrong] == [
        ("x", "mine.yaml:4"),
        ("z", "mine.yaml:5"),
        ("reverse", "mine.yaml:6"),
        ("betas.crypto", "mine.yaml:9"),
    ]
    assert "it stands here twice, in line 2 too" in file.wrong[0].why
    assert "the part 'x' is wrong" in file.wrong[1].why
    assert (file.betas, file.reverse) == ({}, ())


def test_a_group_that_comes_twice_is_said_and_both_are_read(read: Read) -> None:
    file = read("scenarios: {x: {text: t, move: -0.1}}\nscenarios: {y: {text: t, spread: 2}}\n")
    assert names(file) == ("x", "y")
    (wrong,) = file.wrong
    assert (wrong.name, wrong.why.split(": ")[0]) == ("scenarios", "mine.yaml:2")
    assert "in line 1 too" in wrong.why


def test_a_circle_takes_along_only_what_is_made_of_it(read: Read) -> None:
    file = read(
        "scenarios:\n"
        "  on: {text: t, combine: [a, fall]}\n"
        "  a: {text: t, combine: [b, fall]}\n"
        "  b: {text: t, combine: [c, fall]}\n"
        "  c: {text: t, combine: [fall, a]}\n"
        "  fall: {text: t, move: -0.1}\n"
        "  wide: {text: t, spread: 2}\n"
        "  fine: {text: t, combine: [fall, wide]}\n"
    )
    assert names(file) == ("fall", "wide", "fine")
    said = {one.name: one.why for one in file.wrong}
    assert set(said) == {"on", "a", "b", "c"}
    assert said["a"].startswith("mine.yaml:3: ")
    assert "(a > b > c > a)" in said["a"]
    assert "(c > a > b > c)" in said["c"]
    assert "the part 'a' is wrong" in said["on"]


def test_parts_that_contradict_each_other_are_named(read: Read) -> None:
    file = read(
        "scenarios:\n  a: {text: t, move: -0.1}\n  b: {text: t, move: -0.2}\n"
        "  c: {text: t, from: 2020-01-01, to: 2020-02-01}\n  d: {text: t, from: 2021-01-01, to: 2021-02-01}\n"
        "  ab: {text: t, combine: [a, b]}\n  cd: {text: t, combine: [c, d]}\n  ac: {text: t, combine: [a, c]}\n"
    )
    assert names(file) == ("a", "b", "c", "d")
    assert [(one.name, one.why.split(": ")[0]) for one in file.wrong] == [
        ("ab", "mine.yaml:6"),
        ("cd", "mine.yaml:7"),
        ("ac", "mine.yaml:8"),
    ]
    for wrong, parts in zip(file.wrong, (("'a'", "'b'"), ("'c'", "'d'"), ("'a'", "'c'")), strict=True):
        assert all(part in wrong.why for part in parts)


# Files that are none.


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "mine.yaml:1: found no group of keys"),
        (b"# nothing\n", "mine.yaml:1: found no group of keys"),
        (b"[a, b]\n", "mine.yaml:1: found no group of keys"),
        (b"just text\n", "mine.yaml:1: found no group of keys"),
        (b"scenarios:\n  x: {text: t\n", "mine.yaml:3: not YAML"),
        (b"scenarios:\n\tx: 1\n", "mine.yaml:2: not YAML"),
        (b"scenarios: {x: *nowhere}\n", "mine.yaml:1: not YAML"),
        (b"a: 1\n---\nb: 2\n", "mine.yaml:2: not YAML"),
        (b"scenarios:\n  x: {text: \x00}\n", "mine.yaml:2: not YAML"),
        (b"\xff\xfes\x00", "mine.yaml: not text in UTF-8"),
        (b"scenarios: " + b"[" * 50_000, "mine.yaml: groups and lists are nested too deep"),
        (b"scenarios: " + b"{a: " * 5_000 + b"}" * 5_000, "mine.yaml: groups and lists are nested too deep"),
        (b"# " + b"x" * 200_000, "mine.yaml: larger than 200000 bytes"),
        (b'scenarios: {x: {text: "\\UFFFFFFFF"}}\n', "mine.yaml"),
    ],
)
def test_a_file_that_is_no_group_of_keys_is_refused(raw: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(raw)
    with pytest.raises(BadInput) as refusal:
        load_scenarios(KNOWN, tmp_path / "mine.yaml")
    assert str(refusal.value).startswith(said)


@pytest.mark.parametrize("path", ["nowhere.yaml", "", "folder", "nul\0"])
def test_a_file_that_is_not_there_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match="there is no such file of scenarios"):
        load_scenarios(KNOWN, tmp_path / path)


def test_a_file_without_scenarios_says_so_and_keeps_its_betas(read: Read) -> None:
    file = read("betas: {stocks: [{venue: alpaca, symbol: SPY, beta: 1}]}\n")
    assert (names(file), tuple(file.betas)) == ((), ("stocks",))
    assert [(one.name, one.why.split(";")[0]) for one in file.wrong] == [
        ("scenarios", "mine.yaml:1: the key scenarios is missing")
    ]


def test_a_byte_order_mark_and_line_ends_of_another_system_are_no_matter(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + (BEFORE + AFTER).replace("\n", "\r\n").encode()
    (tmp_path / "mine.yaml").write_bytes(raw)
    file = load_scenarios(KNOWN, tmp_path / "mine.yaml")
    assert (names(file), file.wrong, file.sha256) == (GOOD, (), hashlib.sha256(raw).hexdigest())
