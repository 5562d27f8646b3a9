"""Bitget's codes (unified account, REST error codes), where their HTTP status does not say what became of an order."""

import json

from tasks.adapters.brokers.failures import Verdict

# The id is taken: whether by this order is for the venue to say.
TWICE = "duplicate clientOid"

VERDICTS = {
    # System errors, timeouts and services that did not answer.
    **dict.fromkeys(("40010", "40015", "40200", "40725", "45001", "500", TWICE), Verdict.AMBIGUOUS),
    "429": Verdict.TURNED_AWAY,
    **dict.fromkeys(("40005", "40008"), Verdict.CLOCK),
    # Keys, signature, passphrase, rights and address.
    **dict.fromkeys(
        ("40001", "40002", "40003", "40006", "40009", "40011", "40012", "40014", "40018", "40036", "40037", "40038"),
        Verdict.HALTS,
    ),
}

UNKNOWN = frozenset({"25204", "22001", "43001", "40768"})


def error_code(body: str) -> str:
    """The code in the body of a failure; success is none.

    >>> error_code('{"code": "25202", "msg": "Insufficient balance"}')
    '25202'
    """
    told = json.loads(body)
    code, message = str(told["code"]), str(told.get("msg", "")).lower()
    if "duplicate" in message and "clientoid" in message:
        return TWICE
    return "" if code == "00000" else code
