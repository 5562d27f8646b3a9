"""Coinbase's reasons (Create Order, Cancel Orders): refusals come with status 200, so each has to be known by name."""

import json
from typing import Any

from tasks.adapters.brokers.failures import Verdict

REJECTED = (
    "UNSUPPORTED_ORDER_CONFIGURATION",
    "INVALID_SIDE",
    "INVALID_PRODUCT_ID",
    "INVALID_SIZE_PRECISION",
    "INVALID_PRICE_PRECISION",
    "INSUFFICIENT_FUND",
    "INSUFFICIENT_FUNDS",
    "INVALID_LEDGER_BALANCE",
    "ORDER_ENTRY_DISABLED",
    "INELIGIBLE_PAIR",
    "INVALID_LIMIT_PRICE_POST_ONLY",
    "INVALID_LIMIT_PRICE",
    "INVALID_NO_LIQUIDITY",
    "INVALID_REQUEST",
    "INVALID_ARGUMENT",
    "COMMANDER_REJECTED_NEW_ORDER",
    "UNTRADABLE_PRODUCT",
)
HALTS = ("Unauthorized", "unauthorized", "authentication_error", "PERMISSION_DENIED", "invalid_token", "expired_token")
# What a preview finds was never handed on; there are a hundred of them, and they share the first word.
PREVIEW = "PREVIEW"
UNSAID = ("", "UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON", "PREVIEW_FAILURE_REASON_UNSPECIFIED")
VAGUE = "UNKNOWN_FAILURE_REASON"

VERDICTS = {
    **dict.fromkeys((*REJECTED, PREVIEW), Verdict.REJECTED),
    **dict.fromkeys(HALTS, Verdict.HALTS),
    "rate_limit_exceeded": Verdict.TURNED_AWAY,
    "resource_exhausted": Verdict.TURNED_AWAY,
    "timestamp": Verdict.CLOCK,
    VAGUE: Verdict.AMBIGUOUS,
}

UNKNOWN = frozenset({"UNKNOWN_CANCEL_ORDER", "ORDER_IS_FULLY_FILLED", "NOT_FOUND"})


def error_code(body: str) -> str:
    """The reason of a failure, of a preview's only that it was one; empty where there is none.

    >>> error_code('{"error_response": {"error": "UNKNOWN_FAILURE_REASON", "preview_failure_reason": "PREVIEW_X"}}')
    'PREVIEW'
    """
    if body.strip() in HALTS:
        return body.strip()
    told = json.loads(body)
    if "error_response" in told:
        return _refusal(told["error_response"])
    if told.get("results"):
        return str(told["results"][0]["failure_reason"])
    if told.get("errors"):
        return _error(told["errors"][0])
    return str(told.get("error", ""))


def _refusal(said: Any) -> str:
    names = (str(said.get(name) or "") for name in ("error", "new_order_failure_reason", "preview_failure_reason"))
    reason = next((name for name in names if name not in UNSAID), VAGUE)
    return PREVIEW if reason.startswith(PREVIEW) else reason


def _error(said: Any) -> str:
    return "timestamp" if "timestamp" in str(said.get("message", "")) else str(said["id"])
