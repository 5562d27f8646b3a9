"""The documented error answers: code, sentence and HTTP status."""


class ApiError(Exception):
    """An answer `{"code": .., "msg": ..}` of the exchange; `data` where a part of what was asked has been done."""

    def __init__(
        self, code: int, message: str, status: int = 400, data: dict[str, object] | None = None, wait_s: int = 0
    ) -> None:
        super().__init__(code, message, status)
        self.code, self.message, self.status, self.data, self.wait_s = code, message, status, data, wait_s

    def body(self) -> dict[str, object]:
        """What is written into the answer."""
        body: dict[str, object] = {"code": self.code, "msg": self.message}
        return body if self.data is None else {**body, "data": self.data}


def rejected(message: str) -> ApiError:
    """The matching engine did not take a new order."""
    return ApiError(-2010, message)


def filter_failure(name: str) -> ApiError:
    """An order outside of the rules of its symbol."""
    return ApiError(-1013, f"Filter failure: {name}")


def missing(name: str) -> ApiError:
    """A mandatory parameter that is not there."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def not_required(name: str) -> ApiError:
    """A parameter that this kind of order does not take."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> ApiError:
    """A value of another form than the parameter's."""
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


INSUFFICIENT = "Account has insufficient balance for requested action."
CLOSED = "Market is closed."
DUPLICATE = "Duplicate order sent."
UNKNOWN = "Unknown order sent."
WOULD_TRIGGER = "Order would trigger immediately."
WOULD_TAKE = "Order would immediately match and take."
