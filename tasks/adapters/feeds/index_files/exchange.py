"""Where daily index files are."""

from tasks.adapters.venues.venue import Venue

VENUE = Venue(name="index_files", hosts=frozenset({"cdn.cboe.com"}), spacing_ms=1000.0)

# Cboe publishes them after each session, without a key.
CBOE = "https://cdn.cboe.com/api/global/us_indices/daily_prices/{symbol}_History.csv"
FILES = {symbol: CBOE.format(symbol=symbol) for symbol in ("VIX", "VIX9D", "VIX3M", "VIX6M")}
