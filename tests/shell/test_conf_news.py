"""The file of entities: what is shipped, and what is wrong with another one, by file and line."""

from pathlib import Path

import pytest

from conf.news import load_entities
from models.types import BadInput

GROUP = "nothing: [Mercado Bitcoin]\ngroups:\n  crypto:\n    context: [coin]\n    assets:\n"
BTC = "      BTC: {names: [bitcoin]}\n"


def written(path: Path, text: str) -> Path:
    file = path / "entities.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_file_is_read() -> None:
    rows = load_entities().rows
    assert {"BTC", "ETH", "AAPL"} <= {row.asset for row in rows}


def test_a_row_says_how_one_speaks_of_an_asset(tmp_path: Path) -> None:
    rows = (
        "      BTC: {names: [bitcoin], tickers: [BTC, XBT]}\n      LINK: {ambiguous: [LINK, Link], context: [oracle]}\n"
    )
    entities = load_entities(written(tmp_path, GROUP + rows))

    def assets(title: str) -> list[str]:
        return [link.asset for link in entities.links(title)]

    assert assets("XBT and $link") == ["BTC", "LINK"]
    assert assets("Mercado Bitcoin opens") == []
    assert assets("LINK in bio") == []
    assert assets("LINK coin") == ["LINK"], "a ticker: by the words of the group"
    assert assets("Link coin") == [], "a name: by its own words alone"
    assert assets("Link oracle") == ["LINK"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "entities.yaml: missing or empty; restore it from the repository"),
        ("- BTC\n", "entities.yaml:1: found a list, allowed is a mapping of keys to values"),
        ("nothing: [\n", "entities.yaml:2: not YAML"),
        (GROUP + BTC + "more: 1\n", "entities.yaml:7: the key more is not known; correct its spelling or remove it"),
        (GROUP + "      BTC: {name: [x]}\n", "entities.yaml:6: the key groups.crypto.assets.BTC.name is not known"),
        (GROUP[len("nothing: [Mercado Bitcoin]\n") :] + BTC, "entities.yaml: the key nothing is missing; add it"),
        (
            GROUP + "      BTC: {names: bitcoin}\n",
            "entities.yaml:6: groups.crypto.assets.BTC.names: found 'bitcoin', allowed: input should be a valid list",
        ),
        (GROUP + "      BTC: {names: [yes]}\n", "BTC.names.0: found True, allowed: input should be a valid string"),
        (GROUP + "      BTC: {names: ['-']}\n", "BTC.names.0: found the word '-', allowed is one with a letter"),
        (GROUP + "      '': {names: [bitcoin]}\n", "entities.yaml:6: groups.crypto.assets.: found the word ''"),
        (GROUP.replace("Mercado Bitcoin", "'!'") + BTC, "entities.yaml:1: nothing.0: found the word '!'"),
        (GROUP.replace("[coin]", "[]") + BTC, "context: found [], allowed"),
        (GROUP.replace("assets:", "assets: {}"), "entities.yaml:5: groups.crypto.assets: found {}, allowed"),
        ("nothing: []\ngroups: {}\n", "entities.yaml:2: groups: found {}, allowed"),
        (GROUP + BTC + BTC, "entities.yaml:7: the key 'BTC' stands here twice; keep one of them"),
        (
            GROUP + BTC + "  stocks:\n    context: [share]\n    assets:\n      BTC: {names: [bitshares]}\n",
            "entities.yaml:4: groups: found BTC in several groups, allowed is each asset once",
        ),
        (GROUP + BTC + "      XBT: {tickers: [BTC]}\n", "entities.yaml: $BTC stands for BTC and XBT; keep one"),
        (GROUP + BTC + "      XBT: {tickers: [btc]}\n", "$btc stands for BTC and XBT; keep one"),
        (
            GROUP + BTC + "      XBT: {names: [bitcoin]}\n",
            "entities.yaml: 'bitcoin' stands for BTC and XBT; leave it to one of them",
        ),
        (
            GROUP + "      A: {names: [bit]}\n      B: {tickers: [BIT]}\n      C: {names: [bit]}\n",
            "'bit' stands for A and C; leave it to one of them",
        ),
        (
            GROUP + "      BTC: {names: [mercado bitcoin]}\n",
            "'mercado bitcoin' stands for nothing and BTC; leave it to one of them",
        ),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        load_entities(written(tmp_path, text))
    assert said in str(error.value)


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"entities\.yaml: missing or empty"):
        load_entities(tmp_path / "entities.yaml")
    (tmp_path / "entities.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match=r"entities\.yaml: cannot be read"):
        load_entities(tmp_path / "entities.yaml")
