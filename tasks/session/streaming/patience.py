"""How long a stream is waited for, and how it is tried again."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Patience:
    """All times in seconds.

    Attributes:
        stale: silence after which a connection counts as dead.
        first_delay, longest_delay: of the pauses before a reconnect, which double from one to the other.
        attempts: reconnects in a row that bring nothing before the stream fails.
        poll: between two requests while the stream is down.
    """

    stale: float
    first_delay: float
    longest_delay: float
    attempts: int
    poll: float

    def delay(self, attempt: int, rng: np.random.Generator) -> float:
        """The pause before the reconnect number `attempt` (1 is the first): half of it by chance, so that not all
        who lost the venue come back at once.
        """
        full = min(self.longest_delay, self.first_delay * 2.0 ** min(attempt - 1, 62))
        return full * (0.5 + 0.5 * float(rng.random()))
