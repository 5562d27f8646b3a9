"""What became of a request that concerns an order, told apart by what may be done next."""

from models.types.errors import KeelError


class OrderFailed(KeelError):
    """Base of the three; `code` is the venue's own, empty where it gave none."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Rejected(OrderFailed):
    """The venue has looked at it and said no: there is no such order, and the same one would be refused again."""


class NotSent(OrderFailed):
    """It never left, or the venue turned it away unseen (too many requests, wrong clock): there is no such order.

    `retry_after` is how long to leave the venue alone, microseconds; `halts` whether nothing more may be sent until a
    person has looked (refused keys, a ban, a clock that stays wrong).
    """

    def __init__(self, text: str, code: str = "", retry_after: int = 0, halts: bool = False) -> None:
        super().__init__(text, code)
        self.retry_after = retry_after
        self.halts = halts


class Ambiguous(OrderFailed):
    """Nobody knows: the order may exist and be filled. Ask the venue by its client order id; never send it again."""
