"""What ccxt's exchange is taught where its own methods do not do: a venue's find by client order id, above all."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


def teach(exchange: Any, *methods: Callable[..., Any]) -> None:
    """Give the exchange these methods; each takes the exchange first, and speaks through its signed endpoints."""
    for method in methods:
        setattr(exchange, method.__name__, partial(method, exchange))


def afterwards(read: Callable[[], T]) -> T | None:
    """The answer of a question that follows an act, None where there was none.

    The act was done: a failure here must not look as if it had not been.
    """
    try:
        return read()
    except Exception:  # noqa: BLE001 - whatever it was, the account says that what became of the order is not known
        return None
