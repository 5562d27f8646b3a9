"""Between the wire and the exchange: penalties, faults, rights; then the request is carried out, or not, or later."""

from dataclasses import replace
from typing import TYPE_CHECKING

from exchange import signing
from exchange.faults import BEFORE
from exchange.refusals import ApiError
from exchange.replies import NOT_FOUND, Reply, answer, page, refusal, spoilt, too_many, wait_of
from exchange.routes import ROUTES, Route
from exchange.wire import LogEntry, Request

if TYPE_CHECKING:
    from exchange.exchange import Exchange


class Gate:
    """`late` are requests that were held back: when they are due, and what they were."""

    def __init__(self, exchange: "Exchange") -> None:
        self.exchange = exchange
        self.late: list[tuple[int, Route, Request, LogEntry]] = []

    def reply(self, request: Request, entry: LogEntry) -> Reply:
        """What goes back; the entry says what came of it."""
        self.do_late()
        now = self.exchange.now_ms()
        if self.exchange.limits.is_waiting(now):
            entry.violation = str(self.exchange.limits.wait_status)
            self.exchange.limits.ignore(now)
            return self._told_to_wait(entry)
        fault = self.exchange.faults.pick(request.method, request.path, request.params)
        entry.fault = fault or None
        name, _, argument = fault.partition(":")
        if name in ("429", "418"):
            self.exchange.limits.wait(int(name), wait_of(fault), now)
            return self._told_to_wait(entry)
        if name in BEFORE:
            return spoilt(fault, Reply(0))
        latency = self._delayed(int(argument)) if name == "latency" else 0
        due = self.exchange.now_ms() + int(argument) if name == "late" else None
        reply = self._carry_out(request, entry, due)
        return replace(reply, latency_ms=latency) if name in ("", "latency") else spoilt(fault, reply)

    def _told_to_wait(self, entry: LogEntry) -> Reply:
        entry.code = -1003
        limits = self.exchange.limits
        return too_many(limits.wait_status, limits.left_s(self.exchange.now_ms()), limits.wait_until_ms)

    def _delayed(self, ms: int) -> int:
        advance = getattr(self.exchange.clock, "advance", None)
        if advance is None:
            return ms
        advance(ms)
        return 0

    def _carry_out(self, request: Request, entry: LogEntry, due_ms: int | None) -> Reply:
        route = ROUTES.get((request.method, request.path))
        if route is None:
            return page(404, NOT_FOUND)
        now = self.exchange.now_ms()
        if not self.exchange.limits.spend(route.weight_of(request.params), now):
            self.exchange.limits.wait(429, 60 - now // 1000 % 60, now)
            return self._told_to_wait(entry)
        try:
            self._require_right(route, request)
        except ApiError as error:
            entry.code = error.code
            return refusal(error, self.exchange.limits.headers(now, False))
        if due_ms is not None:
            self.late.append((due_ms, route, request, entry))
            return Reply(0)
        return self._act(route, request, entry)

    def _act(self, route: Route, request: Request, entry: LogEntry) -> Reply:
        is_order = route.security == "TRADE" and request.method == "POST"
        try:
            said = route.act(self.exchange, request.params, entry)
        except ApiError as error:
            entry.code = error.code
            return refusal(error, self.exchange.limits.headers(self.exchange.now_ms(), is_order))
        entry.accepted = True
        return answer(said, self.exchange.limits.headers(self.exchange.now_ms(), is_order))

    def _require_right(self, route: Route, request: Request) -> None:
        if route.security != "NONE":
            signing.check_key(request, self.exchange.api_key)
        if request.twice:
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        for name, value in request.params.items():
            if not value:
                raise ApiError(-1105, f"Parameter '{name}' was empty.")
        if route.security != "NONE":
            signing.check_time(request, self.exchange.now_ms())
            signing.check_signature(request, self.exchange.api_secret)
        read = sum(name in route.reads for name in request.params)
        if read < len(request.params):
            sent = len(request.params)
            raise ApiError(
                -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
            )
        if route.security == "TRADE" and not self.exchange.restrictions["enableSpotAndMarginTrading"]:
            raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def do_late(self) -> None:
        """Carries out what had been held back until now."""
        due = [row for row in self.late if row[0] <= self.exchange.now_ms()]
        self.late = [row for row in self.late if row not in due]
        for _, route, request, entry in due:
            self._act(route, request, entry)
