"""Where things are in the lake: hive folders by venue, symbol and timeframe."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from data.manifest import has_dataset
from data.objects import Place, beside, globbed
from models.types import BadInput, Series


@dataclass(frozen=True, slots=True)
class Lake:
    """Where all datasets are: a folder, or what keys of a bucket begin with."""

    root: Place

    @property
    def local(self) -> Path:
        """The folder on this machine of what is derived from the datasets (array cache, features, fits of tails, the
        catalogue), and of what cannot be in a bucket: hot files and locks.
        """
        return beside(self.root)

    def folder(self, kind: str, series: Series) -> Place:
        """Folder of the dataset `kind` (bars, predictions, quarantine) of a series."""
        return self.root / place_of(kind, series)

    def derived(self, kind: str, series: Series) -> Path:
        """Folder of what is derived from a series, on this machine."""
        return self.local / place_of(kind, series)

    def series(self, kind: str = "bars") -> Iterator[Series]:
        """Every series of which the lake has a dataset of this kind, in the order of their names."""
        for path in globbed(self.root / kind, "venue=*/symbol=*/timeframe=*"):
            if has_dataset(path):
                venue, symbol, timeframe = (unquote(part.split("=", 1)[1]) for part in path.parts[-3:])
                yield Series(venue, symbol, timeframe)

    def require(self, series: Series) -> None:
        """Make sure that the lake has bars of the series.

        Raises:
            BadInput: it has none; the message lists what there is.
        """
        have = list(self.series())
        if series in have:
            return
        listed = ", ".join(str(one) for one in have) or "nothing yet"
        raise BadInput(
            f"the lake has no bars of {series}; it has {listed}. Bring some in with keel import or keel ingest"
        )


def place_of(kind: str, series: Series) -> str:
    """Where below a lake the files of this kind are of a series.

    >>> place_of("bars", Series("binance", "BTC/USDT", "1h"))
    'bars/venue=binance/symbol=BTC%2FUSDT/timeframe=1h'
    """
    symbol = quote(series.symbol, safe="")
    return f"{kind}/venue={series.venue}/symbol={symbol}/timeframe={series.timeframe}"
