"""A request as it came, and the log of all of them: what every fault test is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

CLIENT_IDS = ("newClientOrderId", "origClientOrderId", "cancelOrigClientOrderId")


@dataclass(frozen=True, slots=True)
class Request:
    """`params` are those of query and body together, the query's first; `twice` those that came more than once."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    twice: tuple[str, ...]
    connection: str

    def header(self, name: str) -> str:
        """A header by its name, in whatever case it was written; empty when it is not there."""
        value = self.headers.get(name)
        if value is None:
            value = next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")
        return value


@dataclass(slots=True)
class LogEntry:
    """One request.

    `status` is what the client was told, None where it was told nothing; `accepted` whether the exchange did what was
    asked, whatever it told; `code` the error the exchange itself came to (None: none), `fault` the plan's fault,
    `violation` is "429" or "418" when the client had been told to wait and did not.
    """

    number: int
    at_ms: int
    method: str
    path: str
    params: dict[str, str]
    connection: str
    client_order_id: str | None
    status: int | None = None
    accepted: bool = False
    fault: str | None = None
    code: int | None = None
    violation: str | None = None
    order_ids: list[int] = field(default_factory=list)


def read_request(method: str, path: str, query: str, headers: Mapping[str, str], body: str, connection: str) -> Request:
    """The request with its parameters read."""
    asked, sent = parse_qsl(query, keep_blank_values=True), parse_qsl(body, keep_blank_values=True)
    params = {**dict(sent), **dict(asked)}
    twice: tuple[str, ...] = ()
    if len(asked) + len(sent) > len(params):
        names = [name for name, _ in asked] if len(set(asked)) < len(asked) else [name for name, _ in sent]
        twice = tuple(name for name in dict.fromkeys(names) if names.count(name) > 1)
    return Request(method, path, query, body, headers, params, twice, connection)


def log_entry(request: Request, number: int, at_ms: int) -> LogEntry:
    """The line of a request that nothing was decided about yet; without its signature, which is nobody's business."""
    params = {name: value for name, value in request.params.items() if name != "signature"}
    client_id = next((params[name] for name in CLIENT_IDS if name in params), None)
    return LogEntry(number, at_ms, request.method, request.path, params, request.connection, client_id)
