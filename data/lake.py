"""Where things are in the lake: hive folders by venue, symbol and timeframe."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from data.manifest import has_dataset
from models.types import BadInput, Series


@dataclass(frozen=True, slots=True)
class Lake:
    """The folder below which all datasets are."""

    root: Path

    def folder(self, kind: str, series: Series) -> Path:
        """Folder of the dataset `kind` (bars, predictions, quarantine) of a series."""
        symbol = quote(series.symbol, safe="")
        return self.root / kind / f"venue={series.venue}" / f"symbol={symbol}" / f"timeframe={series.timeframe}"

    def series(self, kind: str = "bars") -> Iterator[Series]:
        """Every series of which the lake has a dataset of this kind, in the order of their names."""
        for path in sorted((self.root / kind).glob("venue=*/symbol=*/timeframe=*")):
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
