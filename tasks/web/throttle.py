"""How much one client may ask within a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field

MINUTE_S = 60.0
# Clients that are remembered; beyond it all are forgotten at once, which lets nobody in who has no token.
MOST = 4096


@dataclass(slots=True)
class Throttle:
    """`clock`: seconds that never go back."""

    clock: Callable[[], float]
    _asked: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict, repr=False)

    def takes(self, client: str, kind: str, most: int) -> bool:
        """Whether this request of the client is among the `most` of its kind in the minute that its first one began."""
        now, key = self.clock(), (client, kind)
        if len(self._asked) >= MOST:
            self._asked.clear()
        begun, count = self._asked.get(key, (now, 0))
        if now - begun >= MINUTE_S:
            begun, count = now, 0
        self._asked[key] = begun, count + 1
        return count < most
