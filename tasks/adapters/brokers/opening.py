"""Accounts by the name of their venue."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from pydantic import SecretStr

from models.types import BadInput, Unavailable
from models.types.wire import KeyRights
from tasks.adapters.brokers import alpaca, binance, bitget, coinbase, kraken
from tasks.adapters.brokers.account import CcxtAccount
from tasks.adapters.brokers.dialect import Dialect
from tasks.adapters.brokers.failures import Verdict
from tasks.adapters.brokers.line import OUT_OF_FORM, Line
from tasks.adapters.venues.access import Access, require_keys
from tasks.adapters.venues.client import CcxtClient, open_client
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

KEY_FINGERPRINT = "key fingerprint"
"""Among what is said with the rights of a key: which one it is."""

UNAUTHORIZED, FORBIDDEN = 401, 403
LABEL = b"keel: the key that live trading was confirmed with"


@dataclass(frozen=True, slots=True)
class KeyedAccount(CcxtAccount):
    """The account of a key. `whose` is the key's fingerprint."""

    whose: str

    def rights(self) -> KeyRights:
        """What the key may do, and which one it is.

        Raises:
            BadInput: the venue refused the keys, at whatever was asked first: some let nobody else see their markets.
            Unavailable: it did not say.
        """
        line = self.line
        line.client.guard.clear()
        try:
            told = CcxtAccount.rights(self)
        except Unavailable as error:
            if not _is_refused(line.dialect, line.client):
                raise
            raise BadInput(f"{self.name} refused the keys; set others with keel secrets set {self.name}") from error
        return replace(told, said=told.said | {KEY_FINGERPRINT: self.whose})


def open_account(
    name: str,
    access: Access,
    clock: Waiting,
    rng: np.random.Generator,
    sandbox: bool = False,
    session: Any = None,
) -> KeyedAccount:
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
    keys = require_keys(name, access.keys)
    if sandbox:
        dialect = _sandboxed(dialect)
    client = open_client(dialect.venue, access, session, sandbox)
    exchange = client.exchange
    # Figures stay the text that the venue wrote: nothing of an order goes through a float.
    exchange.number = str
    exchange.milliseconds = lambda: clock.now() // 1000
    dialect.tune(exchange, access.url is not None)
    return KeyedAccount(Line(client, dialect, clock, rng), fingerprint(keys.key))


def fingerprint(key: SecretStr) -> str:
    """By which a key is known again and not found out: of its public half, 16 hex digits."""
    return hmac.new(LABEL, key.get_secret_value().encode(), hashlib.sha256).hexdigest()[:16]


def _sandboxed(dialect: Dialect) -> Dialect:
    if dialect.sandbox_hosts is None:
        raise BadInput(f"{dialect.venue.name} has no test account; set the venue's sandbox to false, or trade on paper")
    # A test account has no address that would say what its key may do, and its key reaches no real money.
    unknown = KeyRights(dialect.venue.name, None, None, None, None, None)
    return replace(dialect, venue=replace(dialect.venue, hosts=dialect.sandbox_hosts), rights=lambda _ask: unknown)


def _is_refused(dialect: Dialect, client: CcxtClient) -> bool:
    """Whether the last answer refused the keys; with 403 only in the venue's own form, for others on the way say it."""
    guard = client.guard
    if guard.status == UNAUTHORIZED:
        return True
    try:
        code = dialect.error_code(guard.body)
    except OUT_OF_FORM:
        return False  # no answer, or none of the venue's form
    return (guard.status == FORBIDDEN and code != "") or dialect.verdicts.get(code) is Verdict.HALTS
