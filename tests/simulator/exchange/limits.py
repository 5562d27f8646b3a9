"""How often the exchange may be asked: weight by minute, orders that did not trade, and the penalty for more."""

from dataclasses import dataclass, field

from exchange.refusals import ApiError

MINUTE_MS = 60_000
WINDOWS = {"10S": ("SECOND", 10, 10_000), "1D": ("DAY", 1, 86_400_000)}
PATIENCE = 10  # requests after a 429 until the address is banned
BAN_S = 120


@dataclass(slots=True)
class Limits:
    """The windows stand still on the server's clock: each begins at a multiple of its length."""

    weight_limit: int = 6000
    order_limits: dict[str, int] = field(default_factory=lambda: {"10S": 50, "1D": 160_000})
    weight: int = 0
    minute: int = 0
    orders: dict[str, tuple[int, int]] = field(default_factory=dict)  # window: its begin, and the count
    wait_until_ms: int = 0
    wait_status: int = 0
    ignored: int = 0

    def is_waiting(self, now_ms: int) -> bool:
        """Whether the address was told to leave the exchange alone."""
        return now_ms < self.wait_until_ms

    def wait(self, status: int, seconds: int, now_ms: int) -> None:
        """Tells it so."""
        self.wait_status, self.wait_until_ms, self.ignored = status, now_ms + 1000 * seconds, 0

    def ignore(self, now_ms: int) -> None:
        """It asked all the same; who goes on is banned."""
        self.ignored += 1
        if self.wait_status == 429 and self.ignored >= PATIENCE:
            self.wait(418, BAN_S, now_ms)

    def left_s(self, now_ms: int) -> int:
        """The seconds to wait, whole ones, rounded up."""
        return -(-(self.wait_until_ms - now_ms) // 1000)

    def spend(self, weight: int, now_ms: int) -> bool:
        """Counts a request; False when it was one too many."""
        minute = now_ms // MINUTE_MS
        if minute != self.minute:
            self.minute, self.weight = minute, 0
        self.weight += weight
        return self.weight <= self.weight_limit

    def count(self, window: str, now_ms: int) -> int:
        """Orders of the running window that did not trade yet."""
        begin = now_ms - now_ms % WINDOWS[window][2]
        held = self.orders.get(window)
        return held[1] if held is not None and held[0] == begin else 0

    def place(self, now_ms: int) -> None:
        """Counts a new order.

        Raises:
            ApiError: the window is full.
        """
        for window, limit in self.order_limits.items():
            interval, number, length = WINDOWS[window]
            if self.count(window, now_ms) >= limit:
                text = f"Too many new orders; current limit is {limit} orders per {number} {interval}."
                raise ApiError(-1015, text, 429, wait_s=-(-(length - now_ms % length) // 1000))
        self._add(1, now_ms)

    def trade(self, now_ms: int) -> None:
        """An order that trades for the first time does not count any longer."""
        self._add(-1, now_ms)

    def _add(self, change: int, now_ms: int) -> None:
        for window, (_, _, length) in WINDOWS.items():
            self.orders[window] = (now_ms - now_ms % length, max(0, self.count(window, now_ms) + change))

    def headers(self, now_ms: int, with_orders: bool) -> dict[str, str]:
        """What every answer says of it."""
        said = {"X-MBX-USED-WEIGHT": str(self.weight), "X-MBX-USED-WEIGHT-1M": str(self.weight)}
        if with_orders:
            said |= {f"X-MBX-ORDER-COUNT-{window}": str(self.count(window, now_ms)) for window in WINDOWS}
        return said

    def rules(self) -> list[dict[str, object]]:
        """As exchangeInfo has them."""
        weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.weight_limit}
        return [weight, *({**_rule(window), "limit": limit} for window, limit in self.order_limits.items())]

    def counts(self, now_ms: int) -> list[dict[str, object]]:
        """As rateLimit/order has them."""
        return [
            {**_rule(window), "limit": limit, "count": self.count(window, now_ms)}
            for window, limit in self.order_limits.items()
        ]


def _rule(window: str) -> dict[str, object]:
    interval, number, _ = WINDOWS[window]
    return {"rateLimitType": "ORDERS", "interval": interval, "intervalNum": number}
