"""What a kind of feature is: a function of columns."""

from collections.abc import Callable

from models.types import FloatArray

Inputs = tuple[FloatArray, ...]
# Inputs of shape (n,), the window in bars, and room of shape (n,) for the result: a kind writes it there, or gives an
# array of its own where a library has made one anyway.
Kind = Callable[[Inputs, int, FloatArray], FloatArray]
