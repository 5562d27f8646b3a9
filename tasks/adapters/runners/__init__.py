"""Where chunks of a search are done. The runner of Dask is imported from its own module: it is an extra."""

from tasks.adapters.runners.threads import ThreadRunner

__all__ = ["ThreadRunner"]
