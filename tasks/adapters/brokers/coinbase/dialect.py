"""Coinbase's dialect."""

from tasks.adapters.brokers.coinbase.exchange import SENDS_WITHIN, VENUE
from tasks.adapters.brokers.coinbase.market import balances, quote, rights, rules
from tasks.adapters.brokers.coinbase.methods import tune
from tasks.adapters.brokers.coinbase.orders import report, trade
from tasks.adapters.brokers.coinbase.verdicts import UNKNOWN, VERDICTS, error_code
from tasks.adapters.brokers.dialect import Call, Dialect

DIALECT = Dialect(
    venue=VENUE,
    sends_within=SENDS_WITHIN,
    submit=lambda sending: Call("submit", (sending,)),
    find=lambda order, wire_id: Call("find_by_cid", (order, wire_id)),
    cancel=lambda order, wire_id: Call("cancel_by_cid", (order, wire_id)),
    open_orders=lambda ask: list(ask("open orders", "all_open_orders")),
    trades=lambda ask, symbol, since: list(ask("trades", "all_trades", symbol, since)),
    quote=quote,
    balances=balances,
    rules=rules,
    rights=rights,
    report=report,
    trade=trade,
    error_code=error_code,
    verdicts=VERDICTS,
    unknown=UNKNOWN,
    tune=tune,
)
