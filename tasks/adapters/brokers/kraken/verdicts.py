"""Kraken's errors (API errors): all of them come with status 200, so that each has to be known by its text."""

import json

from tasks.adapters.brokers.failures import Verdict

REJECTED = (
    "EGeneral:Invalid arguments",
    "EQuery:Unknown asset pair",
    "EQuery:Invalid asset pair",
    "EOrder:Insufficient funds",
    "EOrder:Order minimum not met",
    "EOrder:Cost minimum not met",
    "EOrder:Tick size check failed",
    "EOrder:Invalid price",
    "EOrder:Orders limit exceeded",
    "EOrder:Positions limit exceeded",
    "EOrder:Scheduled orders limit exceeded",
    "EOrder:Cannot open position",
    "EOrder:Cannot open opposing position",
    "EOrder:Insufficient margin",
    "EOrder:Margin allowance exceeded",
    "EOrder:Margin level too low",
    "EOrder:Margin position size exceeded",
    "EOrder:Reduce only",
    "EOrder:Post only order",
    "EOrder:Trading agreement required",
    "EService:Market in cancel_only mode",
    "EService:Market in post_only mode",
    "EService:Market in limit_only mode",
)
TURNED_AWAY = (
    "EAPI:Rate limit exceeded",
    "EOrder:Rate limit exceeded",
    "EOrder:Domain rate limit exceeded",
    "EGeneral:Too many requests",
    "EService:Throttled",
    # The engine saw it too late and left it alone.
    "EService:Deadline elapsed",
)
HALTS = (
    "EAPI:Invalid key",
    "EAPI:Invalid signature",
    "EGeneral:Permission denied",
    "EGeneral:Temporary lockout",
    "ETrade:User Locked",
)

VERDICTS = {
    **dict.fromkeys(REJECTED, Verdict.REJECTED),
    **dict.fromkeys(TURNED_AWAY, Verdict.TURNED_AWAY),
    **dict.fromkeys(HALTS, Verdict.HALTS),
    "EAPI:Invalid nonce": Verdict.CLOCK,
}

UNKNOWN = frozenset({"EOrder:Unknown order"})


def error_code(body: str) -> str:
    """The first error without its details, empty where there is none.

    >>> error_code('{"error": ["EGeneral:Invalid arguments:price"]}')
    'EGeneral:Invalid arguments'
    """
    errors = [str(said) for said in json.loads(body)["error"] if str(said).startswith("E")]
    return ":".join(errors[0].split(":")[:2]) if errors else ""
