"""How CoinGecko is reached, and what its coins are called there."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="coingecko",
    hosts=frozenset({"api.coingecko.com"}),
    # 30 requests a minute with a free demo key, 5 to 15 without one, depending on how many ask (pricing, public API).
    spacing_ms=6000.0,
)
URL = "https://api.coingecko.com/api/v3"
KEY_HEADER = "x-cg-demo-api-key"

# Symbols are not unique there, so that every coin is named by hand.
COINS = {
    "ADA": "cardano",
    "AVAX": "avalanche-2",
    "BCH": "bitcoin-cash",
    "BNB": "binancecoin",
    "BTC": "bitcoin",
    "DOGE": "dogecoin",
    "DOT": "polkadot",
    "ETH": "ethereum",
    "LINK": "chainlink",
    "LTC": "litecoin",
    "SOL": "solana",
    "TRX": "tron",
    "XLM": "stellar",
    "XRP": "ripple",
}
# It quotes in money and in a few coins, not in dollar tokens: USDT and USDC are other prices than USD.
QUOTES = ("USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "BTC", "ETH")
