"""Accounts by the name of their venue."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from models.types import BadInput
from tasks.adapters.brokers import alpaca, binance, bitget, coinbase, kraken
from tasks.adapters.brokers.account import CcxtAccount
from tasks.adapters.brokers.dialect import Dialect
from tasks.adapters.brokers.line import Line
from tasks.adapters.venues.access import Access, require_keys
from tasks.adapters.venues.client import open_client
from tasks.ports import Waiting

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "alpaca": alpaca.DIALECT,
        "binance": binance.DIALECT,
        "bitget": bitget.DIALECT,
        "coinbase": coinbase.DIALECT,
        "kraken": kraken.DIALECT,
    }
)
"""Every venue that orders may go to."""


def open_account(
    name: str,
    access: Access,
    clock: Waiting,
    rng: np.random.Generator,
    sandbox: bool = False,
    session: Any = None,
) -> CcxtAccount:
    """The account that the keys belong to.

    Args:
        name: of the venue.
        access: with keys; its budget waits by the same clock.
        clock: stamps requests and answers, and is waited on between attempts.
        rng: spreads the pauses between attempts.
        sandbox: at the venue's own test account.
        session: in the place of the network: a simulation's.

    Raises:
        BadInput: orders cannot go there, or there are no keys.
        Refused: ccxt's addresses for the venue are not the declared ones.
    """
    if name not in DIALECTS:
        raise BadInput(f"orders cannot go to {name}; take one of {', '.join(sorted(DIALECTS))}, or trade on paper")
    dialect = DIALECTS[name]
    require_keys(name, access.keys)
    if sandbox:
        dialect = _sandboxed(dialect)
    client = open_client(dialect.venue, access, session, sandbox)
    exchange = client.exchange
    # Figures stay the text that the venue wrote: nothing of an order goes through a float.
    exchange.number = str
    exchange.milliseconds = lambda: clock.now() // 1000
    dialect.tune(exchange, access.url is not None)
    return CcxtAccount(Line(client, dialect, clock, rng))


def _sandboxed(dialect: Dialect) -> Dialect:
    if dialect.sandbox_hosts is None:
        raise BadInput(f"{dialect.venue.name} has no test account; set the venue's sandbox to false, or trade on paper")
    return replace(dialect, venue=replace(dialect.venue, hosts=dialect.sandbox_hosts))
