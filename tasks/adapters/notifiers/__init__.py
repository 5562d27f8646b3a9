"""Ways to people, by apprise or into the log: one function, an address, and no address in what it says."""

from tasks.adapters.notifiers.reaching import reach
from tasks.adapters.notifiers.sending import Way, send

__all__ = ["Way", "reach", "send"]
