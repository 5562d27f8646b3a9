"""The requests of /ws-api/v3: the same acts as by REST, signed over the parameters in their alphabetical order."""

import hmac
import json
from urllib.parse import urlencode

from exchange.exchange import Exchange
from exchange.signing import signature
from exchange.streams import ACCOUNT, Listener, Message

METHODS = {
    "ping": ("GET", "/api/v3/ping"),
    "time": ("GET", "/api/v3/time"),
    "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
    "depth": ("GET", "/api/v3/depth"),
    "klines": ("GET", "/api/v3/klines"),
    "ticker.24hr": ("GET", "/api/v3/ticker/24hr"),
    "ticker.book": ("GET", "/api/v3/ticker/bookTicker"),
    "ticker.price": ("GET", "/api/v3/ticker/price"),
    "account.status": ("GET", "/api/v3/account"),
    "order.place": ("POST", "/api/v3/order"),
    "order.test": ("POST", "/api/v3/order/test"),
    "order.cancel": ("DELETE", "/api/v3/order"),
    "order.cancelReplace": ("POST", "/api/v3/order/cancelReplace"),
    "order.status": ("GET", "/api/v3/order"),
    "openOrders.status": ("GET", "/api/v3/openOrders"),
    "openOrders.cancelAll": ("DELETE", "/api/v3/openOrders"),
    "allOrders": ("GET", "/api/v3/allOrders"),
    "myTrades": ("GET", "/api/v3/myTrades"),
    "account.rateLimits.orders": ("GET", "/api/v3/rateLimit/order"),
}
SUBSCRIBE = "userDataStream.subscribe.signature"


class Session:
    """One connection: what it asks for, and its subscription to the owner's events."""

    def __init__(self, exchange: Exchange, listener: Listener, connection: str) -> None:
        self.exchange, self.listener, self.connection = exchange, listener, connection
        self.connected_ms = exchange.clock.now_ms()
        self.subscriptions = 0

    def answer(self, request: Message) -> Message | None:
        """The response; None when none ever comes."""
        method = str(request.get("method", "")).removeprefix("v3/")
        params = request.get("params", {})
        status, said = self._said(method, params)
        if status == 0:
            return None
        key = "result" if status == 200 else "error"
        return {"id": request.get("id"), "status": status, key: said, "rateLimits": []}

    def _said(self, method: str, params: Message) -> tuple[int, object]:
        if method == SUBSCRIBE:
            return self._subscribe(params)
        if method == "userDataStream.unsubscribe":
            return self._unsubscribe()
        if method == "session.status":
            return 200, self._status()
        if method == "session.subscriptions":
            return 200, [{"subscriptionId": self.subscriptions - 1}] if ACCOUNT in self.listener.topics else []
        if method in METHODS:
            return self._asked(*METHODS[method], params)
        return 400, {"code": -1000, "msg": f"Unknown method '{method}'."}

    def _subscribe(self, params: Message) -> tuple[int, object]:
        status, said = self._asked("WS", SUBSCRIBE, params)
        if status != 200:
            return status, said
        if ACCOUNT in self.listener.topics:
            return 400, {"code": -2035, "msg": "User Data Stream subscription already active."}
        number = self.subscriptions
        self.subscriptions += 1
        self.listener.topics[ACCOUNT] = lambda event: {"subscriptionId": number, "event": event}
        return 200, {"subscriptionId": number}

    def _unsubscribe(self) -> tuple[int, object]:
        wrapped = self.listener.topics.pop(ACCOUNT, None)
        if wrapped is not None:
            self.listener.say(wrapped({"e": "eventStreamTerminated", "E": self.exchange.now_ms()}))
        return 200, {}

    def _status(self) -> Message:
        return {
            "apiKey": None,
            "authorizedSince": None,
            "connectedSince": self.connected_ms,
            "returnRateLimits": False,
            "serverTime": self.exchange.now_ms(),
            "userDataStream": ACCOUNT in self.listener.topics,
        }

    def _asked(self, verb: str, path: str, params: Message) -> tuple[int, object]:
        """What REST would say; status 0 for what hangs or is torn."""
        query, headers = self._as_rest(params)
        reply = self.exchange.handle(verb, path, query, headers, "", self.connection)
        if reply.delivery in ("reset", "refuse"):
            self.listener.tear()
        if reply.delivery != "ok":
            return 0, None
        try:
            return reply.status, json.loads(reply.body)
        except json.JSONDecodeError:
            return 0, None

    def _as_rest(self, params: Message) -> tuple[str, dict[str, str]]:
        """The same request signed for REST; a signature that was wrong stays wrong."""
        rest = {name: value for name, value in params.items() if name not in ("apiKey", "signature")}
        query = urlencode(rest)
        if "apiKey" not in params:
            return query, {}
        signed = {name: value for name, value in params.items() if name != "signature"}
        payload = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        given = str(params.get("signature", ""))
        secret = self.exchange.api_secret
        is_right = hmac.compare_digest(given, signature(secret, payload))
        # A wrong one must stay wrong even where the two ways of signing agree.
        signed_again = signature(secret, query) if is_right else "0" * 64
        return f"{query}&signature={signed_again}", {"X-MBX-APIKEY": str(params["apiKey"])}
