"""What class of event a headline is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.events import event_of
from models.types.news import Event

TITLES = [
    ("Exchange hacked for $100M", "hack"),
    ("Hackers drain bridge of $600M", "hack"),
    ("DeFi protocol loses $5M in flash loan attack", "hack"),
    ("Phishing mails target wallet users", "hack"),
    ("Founders vanish in $3M rug pull", "hack"),
    ("Stolen ETH moves to mixer", "hack"),
    ("Data breach leaks addresses of customers", "hack"),
    ("Exploit of lending pool confirmed", "hack"),
    ("Ransomware gang asks for Bitcoin", "hack"),
    ("Scammers took $1B in 2021", "hack"),
    ("Exchange denies hack", "other"),
    ("No hack, says wallet maker", "other"),
    ("Funds were not stolen, bridge says", "other"),
    ("It wasn't an exploit, team explains", "other"),
    ("Rumours of a hack are false", "hack"),  # what denies stands behind; a limit
    ("OpenSea dismisses hack rumours", "other"),
    ("Was the exchange hacked?", "other"),
    ("Has your wallet been drained?", "other"),
    ("Hackathon draws 500 developers", "other"),
    ("Growth hacks for founders", "other"),
    ("Coinbase lists Dogecoin", "listing"),
    ("Binance to delist privacy coins", "listing"),
    ("Token to be listed on Kraken", "listing"),
    ("Weekly listing announcements", "listing"),
    ("Stripe files for IPO", "listing"),
    ("Circle to go public via SPAC deal", "listing"),
    ("Binance removes LUNA trading pairs", "listing"),
    ("Exchange will not list the token, says no to listing", "other"),
    ("Will Robinhood list Shiba Inu? Listing odds", "listing"),
    ("Nasdaq-listed miner buys machines", "other"),
    ("Publicly listed company adds Bitcoin", "other"),
    ("Player blacklisted by club", "other"),
    ("Waitlist for beta opens", "other"),
    ("SEC sues Ripple", "regulation"),
    ("China bans crypto mining", "regulation"),
    ("EU lawmakers vote on MiCA", "regulation"),
    ("Court sentences founder to prison", "regulation"),
    ("Treasury sanctions mixer", "regulation"),
    ("Dubai grants exchange a licence", "regulation"),
    ("India to tax crypto income at 30%", "regulation"),
    ("DOJ indicts founder", "regulation"),
    ("Senators introduce stablecoin bill", "regulation"),
    ("FTC probes Meta's acquisition", "regulation"),
    ("Bill Gates reads ten books", "other"),
    ("Fed raises rates by 0.75%", "macro"),
    ("CPI comes in at 8.6%", "macro"),
    ("Stocks sink on recession fears", "macro"),
    ("Powell hints at rate cuts", "macro"),
    ("US payrolls beat forecasts", "macro"),
    ("Inflation in UK hits 40-year high", "macro"),
    ("ECB tightening weighs on banks", "macro"),
    ("GDP shrinks for a second quarter", "macro"),
    ("FedEx delivers", "other"),
    ("SEC delays decision on spot Bitcoin ETF", "etf"),
    ("BlackRock files for Ethereum ETF", "etf"),
    ("No Bitcoin ETF yet, says SEC", "etf"),
    ("Inflows to ETPs hit record", "etf"),
    ("Will the SEC approve a spot Bitcoin ETF?", "etf"),
    ("Exchange-traded funds see outflows", "etf"),
    ("Tesla reports record quarterly earnings", "earnings"),
    ("Coinbase posts loss as revenue falls", "earnings"),
    ("MicroStrategy books impairment on Bitcoin", "earnings"),
    ("Apple beats estimates", "earnings"),
    ("Block's gross profit rises 47% in Q4", "earnings"),
    ("Nvidia raises guidance", "earnings"),
    ("Profit-taking sends Bitcoin lower", "other"),
    ("Play-to-earn game launches", "other"),
    ("Bitcoin holders in profit", "other"),
    ("Bitcoin falls to $40K", "other"),
    ("Artist sells NFT for charity", "other"),
    ("", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "event"), TITLES)
def test_titles(title: str, event: str) -> None:
    assert event_of(title) == Event(event)


def test_the_text_alone_needs_more_words() -> None:
    assert event_of("What happened today", "A hack.") == Event.OTHER
    assert event_of("What happened today", "Hackers stole coins in an exploit of a bridge.") == Event.HACK


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_one_in_whatever_case(title: str, text: str) -> None:
    assert isinstance(event_of(title, text), Event)


@given(st.sampled_from([title for title, _ in TITLES]))
def test_case_does_not_matter(title: str) -> None:
    assert event_of(title.upper()) == event_of(title)


def test_of_the_text_the_beginning_counts_and_each_word_once() -> None:
    assert event_of("Exchange halts", "It was hacked and drained by an exploit.") == "hack"
    assert event_of("Exchange halts", "x" * 149 + " It was hacked and drained by an exploit.") == "other"
    assert event_of("Exchange halts", "Hacked, hacked, hacked, hacked.") == "other"


def test_a_word_may_take_from_a_class() -> None:
    assert event_of("The Fed studies payments") == "macro"
    assert event_of("The Fed studies a CBDC") == "other"
