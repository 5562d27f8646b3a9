"""TA-Lib, imported when it is first asked: pandas comes with it, a second that a process need not wait to begin."""

from typing import Any


def ta_lib() -> Any:
    """The module; it is untyped."""
    import talib

    return talib
