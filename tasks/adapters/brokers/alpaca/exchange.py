"""How Alpaca's trading and its quotes are reached."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(
    name="alpaca",
    # Orders go to api, quotes come from data; the third is an address that ccxt holds.
    hosts=frozenset({"api.alpaca.markets", "data.alpaca.markets", "broker-api.alpaca.markets"}),
    # 200 requests a minute and account (trading API, rate limit).
    spacing_ms=300.0,
)

# The paper account; quotes are the same.
SANDBOX_HOSTS = frozenset({"paper-api.alpaca.markets", "data.alpaca.markets", "broker-api.sandbox.alpaca.markets"})

# The exchange whose quotes of stocks free accounts may read in real time.
FEED = "iex"

# No request carries a time: the venue would take one of any age, so the account itself sends nothing this old.
SENDS_WITHIN = 20_000_000
