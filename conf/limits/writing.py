"""A setting as a candidate, with the place that it was written at."""

from conf.layers import Key
from conf.load import Loaded
from models.types.limits import Limit


def candidate(loaded: Loaded, name: str, key: Key, value: float) -> Limit:
    """The setting of that key as a candidate for the limit `name`."""
    source = key[:-1] if key[-1] == name and len(key) > 2 else key
    return Limit(name, float(value), ".".join(source), loaded.place(key))
