"""Features by what they mean."""

from fnmatch import fnmatchcase

OTHERS = "others"
# A feature belongs to the first group that has its name.
GROUPS: dict[str, tuple[str, ...]] = {
    "leader": ("leader_*",),
    "coarser bars": ("*_1h", "*_1d"),
    "levels": ("from_*",),
    "returns": ("return_*", "gap"),
    "momentum and trend": ("momentum", "rsi_*", "adx_*", "stochastic"),
    "volatility": ("atr_*", "volatility"),
    "volume": ("volume_*",),
    "index and sentiment": ("index", "sentiment"),
}


def group_of(feature: str) -> str:
    """The group of a feature, `others` where none has its name."""
    return next((group for group, names in GROUPS.items() if any(fnmatchcase(feature, one) for one in names)), OTHERS)


def groups_of(features: tuple[str, ...]) -> dict[str, list[int]]:
    """Columns of each group that is there, in the order of the features."""
    found: dict[str, list[int]] = {}
    for column, name in enumerate(features):
        found.setdefault(group_of(name), []).append(column)
    return found
