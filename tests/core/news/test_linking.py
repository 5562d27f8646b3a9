"""Which assets a headline names, and how much of it is about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.news import load_entities
from models.news.linking import Entities, Entity
from models.types import BadInput

ENTITIES = load_entities()
TITLES = [
    ("Bitcoin falls below $40K", "BTC"),
    ("BTC falls below $40K", "BTC"),
    ("$btc to the moon", "BTC"),
    ("BITCOIN FALLS BELOW $40K", "BTC"),
    ("Bitcoin's price, explained", "BTC"),
    ("Bitcoin-backed loans", "BTC"),
    ("BTC/USDT perpetuals launch", "BTC USDT"),
    ("Bitcoin Cash halves again", "BCH"),
    ("Bitcoin Cash and Bitcoin part", "BCH BTC"),
    ("Mercado Bitcoin buys a bank", ""),
    ("Bitcoin.com names a chief", ""),
    ("Blockchain firms hire", ""),
    ("bitcoiner's guide", "BTC"),
    ("Ethereum Classic surges", "ETC"),
    ("Ether and Solana rally", "ETH SOL"),
    ("Together they trade", ""),
    ("SOL drops as token holders flee", "SOL"),
    ("Sol y sombra in Madrid", ""),
    ("SOL Y SOMBRA IN MADRID", ""),
    ("$SOL up", "SOL"),
    ("Cardano upgrade delayed", "ADA"),
    ("ADA compliance for web sites", ""),
    ("$ADA breaks out", "ADA"),
    ("ADA and AXS surge as Bitcoin struggles", "ADA AXS BTC"),
    ("Ada Lovelace day", ""),
    ("Chainlink staking arrives", "LINK"),
    ("LINK price doubles on staking news", "LINK"),
    ("LINK in bio", ""),
    ("Link to the report", ""),
    ("ONE more thing", ""),
    ("ONE rallies as Harmony bridge reopens", "ONE"),
    ("Harmony in the family", ""),
    ("NEAR Protocol raises $350M", "NEAR"),
    ("Bitcoin near $40K", "BTC"),
    ("Bitcoin and Ethereum Rebound, NEAR and XMR Rally", "BTC ETH NEAR XMR"),
    ("DOT plots of the Fed", ""),
    ("Polkadot parachains go live", "DOT"),
    ("GAS prices hit drivers", ""),
    ("Gas prices hit drivers", ""),
    ("$GAS listed", "GAS"),
    ("FLOW of funds report", ""),
    ("Flow state", ""),
    ("MASK rules end in schools", ""),
    ("SAND and MANA jump as metaverse tokens rally", "SAND MANA"),
    ("Sand shortage hits builders", ""),
    ("UNI students protest", ""),
    ("Uniswap wins in court", "UNI"),
    ("Optimism returns to markets", ""),
    ("Optimism's OP token slides after airdrop", "OP"),
    ("Compound interest explained", ""),
    ("Compound pauses lending of four tokens in DeFi", "COMP"),
    ("Avalanche kills three skiers", ""),
    ("Avalanche subnets attract a blockchain game", "AVAX"),
    ("Terra validators halt the blockchain", "LUNA"),
    ("Terra firma", ""),
    ("Meta's Zuckerberg bets on VR", "META"),
    ("A meta analysis of trials", ""),
    ("Facebook renames itself", "META"),
    ("Apple unveils iPhone 15", "AAPL"),
    ("Apple pie contest", ""),
    ("Big Apple welcomes Apple store with iPhone queue", "AAPL"),
    ("apple harvest and a new app", ""),
    ("Gap shares slump on weak apparel sales", "GAP"),
    ("Gap between rich and poor", ""),
    ("GAP in the chart", ""),
    ("Target misses earnings as shoppers stay away", "TGT"),
    ("Target price raised by analysts", ""),
    ("ALL eyes on the Fed", ""),
    ("IT spending grows", ""),
    ("A new dawn", ""),
    ("$T cuts its dividend", "T"),
    ("AT&T cuts its dividend", "T"),
    ("T cuts in", ""),
    ("Block reports gains, Jack Dorsey says", "XYZ"),
    ("Block the sender", ""),
    ("S&P 500 closes at a record", "SP500"),
    ("Visa and Mastercard settle", "V MA"),
    ("Visa rules for students change", ""),
    ("JP Morgan and JPMorgan are one", "JPM"),
    ("Coca-Cola and McDonald's sign", "KO MCD"),
    ("Tesla buys BTC", "TSLA BTC"),
    ("Nikola Teslas of our time", ""),
    ("Amazon rainforest burns", ""),
    ("Amazon shares jump on cloud growth", "AMZN"),
    ("$BRK.B and $MSFT", "BRK.B MSFT"),
    ("$NOSUCHCOIN and $5", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "assets"), TITLES)
def test_titles(title: str, assets: str) -> None:
    assert {link.asset for link in ENTITIES.links(title)} == set(assets.split())


def _relevance(asset: str, title: str, text: str = "") -> float:
    return next(link.relevance for link in ENTITIES.links(title, text) if link.asset == asset)


def test_relevance_is_of_place_count_and_company() -> None:
    early = _relevance("ETH", "Ethereum fees rise again")
    assert early > _relevance("ETH", "Fees rise again on Ethereum")
    assert early > _relevance("ETH", "Fees rise again", "They did on Ethereum.")
    assert early > _relevance("ETH", "Ethereum fees rise and Bitcoin waits")
    assert early < _relevance("ETH", "Ethereum fees rise again", "Ether burns.")


def test_the_text_makes_a_word_certain() -> None:
    assert ENTITIES.links("Apple falls") == ()
    assert [link.asset for link in ENTITIES.links("Apple falls", "iPhone demand is weak.")] == ["AAPL"]


def test_the_word_that_says_so_is_told() -> None:
    assert [(link.asset, link.word) for link in ENTITIES.links("Goldman Sachs buys $btc")] == [
        ("GS", "Goldman Sachs"),
        ("BTC", "$btc"),
    ]


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read(title: str, text: str) -> None:
    links = ENTITIES.links(title, text)
    assert all(0.0 < link.relevance <= 1.0 for link in links)
    assert len({link.asset for link in links}) == len(links)
    assert list(links) == sorted(links, key=lambda one: (-one.relevance, one.asset))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((Entity("A", ("alpha",)), Entity("B", ("alpha",))), "'alpha' stands for A and B"),
        ((Entity("A", tickers=("AB",)), Entity("B", tickers=("AB",))), "stands for A and B"),
        ((Entity("A", ambiguous=("Alpha",)),), "A has ambiguous words and no context"),
    ],
)
def test_rows_that_contradict_each_other(rows: tuple[Entity, ...], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Entities(rows)


def test_capitals_in_a_shouted_title_make_no_word_certain() -> None:
    entities = Entities((Entity("SOL", ("solana",), (), ("SOL",), ("token",)), Entity("BTC", (), ("BTC",))))
    assert [link.asset for link in entities.links("SOL token falls")] == ["SOL"]
    assert entities.links("SOL TOKEN FALLS") == ()
    assert [link.asset for link in entities.links("BTC FALLS")] == ["BTC"], "what means nothing else is certain"


def test_a_word_is_no_context_of_its_own() -> None:
    entities = Entities((Entity("LINK", (), (), ("Link",), ("link", "oracle")),))
    assert entities.links("Link in bio") == ()
    assert [link.asset for link in entities.links("Link, the oracle")] == ["LINK"]


def test_the_first_word_of_several_is_told() -> None:
    assert [link.word for link in ENTITIES.links("Bitcoin: BTC falls", "$BTC")] == ["Bitcoin"]
