"""What JSON can say."""

import math
from collections.abc import Mapping


def finite(value: object) -> object:
    """The value with every figure that is not finite as None: JSON knows none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return value
