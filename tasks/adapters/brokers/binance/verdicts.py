"""Binance's error codes, where their HTTP status does not say what became of an order (errors.md of the spot API)."""

import json

from tasks.adapters.brokers.failures import Verdict

# An order with this id is open there: it is not refused, it exists.
DUPLICATE = "Duplicate order sent."
DUPLICATE_CODE = "-2010 duplicate"

VERDICTS = {
    **dict.fromkeys(("-1000", "-1001", "-1006", "-1007", "-1008", "-1016", DUPLICATE_CODE), Verdict.AMBIGUOUS),
    **dict.fromkeys(("-1003", "-1015", "-1034"), Verdict.TURNED_AWAY),
    "-1021": Verdict.CLOCK,
    **dict.fromkeys(("-1002", "-1022", "-2014", "-2015"), Verdict.HALTS),
}

# A cancellation finds no such open order; a query no such order.
UNKNOWN = frozenset({"-2011", "-2013"})


def error_code(body: str) -> str:
    """The code in the body of a failure, empty where there is none."""
    told = json.loads(body)
    code = str(told["code"]) if isinstance(told, dict) and "code" in told else ""
    return DUPLICATE_CODE if code == "-2010" and told.get("msg") == DUPLICATE else code
