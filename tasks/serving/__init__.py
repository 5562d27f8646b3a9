"""The API's process: what `keel serve` and `keel up` start."""

from tasks.serving.building import find_tokens
from tasks.serving.running import serve

__all__ = ["find_tokens", "serve"]
