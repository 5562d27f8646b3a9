"""Alpaca's dialect."""

import json
from types import MappingProxyType

from tasks.adapters.brokers.alpaca.exchange import SANDBOX_HOSTS, SENDS_WITHIN, VENUE
from tasks.adapters.brokers.alpaca.market import balances, quote, rights, rules
from tasks.adapters.brokers.alpaca.methods import open_orders, trades, tune
from tasks.adapters.brokers.alpaca.orders import body, report, trade
from tasks.adapters.brokers.dialect import Call, Dialect
from tasks.adapters.brokers.failures import Verdict

# Alpaca has one code for every malformed request: this one is told apart by its text.
TWICE = "client_order_id"
# Its gateway turns keys away by a word, without a code.
FORBIDDEN = "forbidden."


def error_code(said: str) -> str:
    """The code of a failure, or the word that stands for one.

    >>> error_code('{"code": 40310000, "message": "insufficient balance"}')
    '40310000'
    >>> error_code('{"message": "forbidden."}')
    'forbidden.'
    """
    told = json.loads(said)
    if told.get("message") == FORBIDDEN:
        return FORBIDDEN
    return TWICE if TWICE in str(told.get("message", "")) else str(told["code"])


DIALECT = Dialect(
    venue=VENUE,
    sends_within=SENDS_WITHIN,
    submit=lambda sending: Call("traderPrivatePostV2Orders", (body(sending),)),
    find=lambda order, wire_id: Call("find_by_cid", (order, wire_id)),
    cancel=lambda order, wire_id: Call("cancel_by_cid", (order, wire_id)),
    open_orders=open_orders,
    trades=trades,
    quote=quote,
    balances=balances,
    rules=rules,
    rights=rights,
    report=report,
    trade=trade,
    error_code=error_code,
    verdicts=MappingProxyType(
        {
            # There is such an order: whether it is this one is for the venue to say.
            TWICE: Verdict.AMBIGUOUS,
            "40110000": Verdict.HALTS,
            FORBIDDEN: Verdict.HALTS,
            "42910000": Verdict.TURNED_AWAY,
        }
    ),
    # Of a cancellation: there is no such order, and it can no longer be cancelled.
    unknown=frozenset({"40410000", "42210000"}),
    tune=tune,
    sandbox_hosts=SANDBOX_HOSTS,
)
