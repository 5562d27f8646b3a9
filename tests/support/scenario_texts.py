"""Texts of files of scenarios, the names that they may use, and a reader of them."""

from collections.abc import Callable
from pathlib import Path

from conf.scenarios import Known, ScenarioFile, load_scenarios

KNOWN = Known(
    frozenset({"BTC/USDT", "ETH/USDT", "BTC/USDT:USDT", "BRK.B", "^GSPC", "SPY"}),
    frozenset({"crypto", "stocks"}),
    frozenset({"binance", "alpaca"}),
)
# An entry may stand between these two, in line 3.
BEFORE = "scenarios:\n  first: {text: before it, move: -0.1}\n"
AFTER = "\n  last: {text: after it, spread: 2}\n  both: {text: both, combine: [first, last]}\n"
GOOD = ("first", "last", "both")

Read = Callable[[str], ScenarioFile]


def reader(folder: Path) -> Read:
    """Loads a text as the file mine.yaml of the folder."""

    def read(text: str) -> ScenarioFile:
        (folder / "mine.yaml").write_text(text, encoding="utf-8")
        return load_scenarios(KNOWN, folder / "mine.yaml")

    return read


def names(file: ScenarioFile) -> tuple[str, ...]:
    """Of the scenarios that can be used."""
    return tuple(one.name for one in file.scenarios)
