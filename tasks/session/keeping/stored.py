"""Versions of features that nobody uses any more go: they can be computed again."""

from data.features import FeatureStore
from data.lake import Lake
from models.types import Damaged, Unavailable
from tasks.session.keeping.tidied import Tidied

# That a writer of features is waited for.
PATIENCE_SECONDS = 20.0


def keep_features(lake: Lake, keep: int, patience: float = PATIENCE_SECONDS) -> list[Tidied]:
    """All but the `keep` versions of each series that were used last; series with nothing to delete are not told."""
    store = FeatureStore(lake)
    found = []
    for series in store.series():
        try:
            gone, freed = store.keep_newest(series, keep, patience)
        except (Damaged, Unavailable) as error:
            found.append(Tidied("features", str(series), trouble=str(error)))
        else:
            found += [Tidied("features", str(series), gone, freed)] if gone else []
    return found
