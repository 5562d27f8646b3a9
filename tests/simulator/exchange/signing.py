"""Who may ask: the key, the signature over exactly what was sent, and the time it was signed at."""

import hashlib
import hmac
import re
from decimal import Decimal

from exchange.refusals import ApiError, illegal, missing
from exchange.wire import Request

KEY = re.compile(r"^[A-Za-z0-9_-]{1,128}$").match
AHEAD_MS = 1000
USUAL_WINDOW, LONGEST_WINDOW = Decimal(5000), Decimal(60000)
MICROSECONDS = 100_000_000_000_000  # numbers above are no milliseconds of this millennium
NUMBER = re.compile(r"^[0-9]{1,20}(\.[0-9]{1,3})?$").match


def signature(secret: str, text: str) -> str:
    """HMAC-SHA256, as hexadecimal digits."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_key(request: Request, api_key: str) -> None:
    """Nothing, when the request has the owner's key.

    Raises:
        ApiError: it has none, or another.
    """
    given = request.header("X-MBX-APIKEY")
    if not KEY(given):
        raise ApiError(-2014, "API-key format invalid.", 401)
    if given != api_key:
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def check_signature(request: Request, secret: str) -> None:
    """Nothing, when the last parameter signs all that was sent before it.

    Raises:
        ApiError: there is no signature, or another one.
    """
    given = request.params.get("signature")
    if not given:
        raise missing("signature")
    signed = _before_signature(request.query) + _before_signature(request.body)
    if not hmac.compare_digest(signature(secret, signed), given.lower()):
        raise ApiError(-1022, "Signature for this request is not valid.")


def check_time(request: Request, now_ms: int) -> None:
    """Nothing, when it was signed just now by the server's clock.

    Raises:
        ApiError: the time is missing, ahead, or older than the window it gave itself.
    """
    text = request.params.get("timestamp")
    if not text:
        raise missing("timestamp")
    if not text.isdigit():
        raise illegal("timestamp", "^[0-9]{1,20}$")
    window = _window(request.params.get("recvWindow"))
    sent = int(text)
    sent_ms = Decimal(sent) if sent < MICROSECONDS else Decimal(sent) / 1000
    if sent_ms >= now_ms + AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - sent_ms > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _window(text: str | None) -> Decimal:
    if text is None:
        return USUAL_WINDOW
    if not NUMBER(text):
        raise illegal("recvWindow", "^[0-9]{1,20}$")
    window = Decimal(text)
    if window > LONGEST_WINDOW:
        raise ApiError(-1131, "recvWindow must be less than 60000")
    return window


def _before_signature(text: str) -> str:
    before, found, after = text.rpartition("signature=")
    if not found or "&" in after or (before and not before.endswith("&")):
        return text
    return before[:-1]
