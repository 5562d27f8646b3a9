"""Venues: their calendar, their costs and their order rules."""

from typing import Literal

from pydantic import Field

from conf.schema.group import Group
from conf.schema.names import SymbolName


class InstrumentConfig(Group):
    """Order rules of one symbol."""

    tick: float = Field(gt=0.0, description="price step, quote currency")
    lot: float = Field(gt=0.0, description="quantity step, base units")
    min_notional: float = Field(ge=0.0, description="smallest order value, quote currency")


class VenueConfig(Group):
    """One venue or archive."""

    feed: Literal["sample", "ccxt", "none"] = Field(description="where keel ingest gets bars; none: archives only")
    calendar: Literal["24/7", "XNYS"]
    asset_class: str = Field(description="one of risk.asset_classes")
    fee_bps: float = Field(ge=0.0, le=1000.0, description="taker fee, basis points of the value")
    slippage_bps: float = Field(ge=0.0, le=1000.0, description="expected slip of a market order, basis points of price")
    default: InstrumentConfig = Field(description="rules of every symbol without its own")
    instruments: dict[SymbolName, InstrumentConfig] = Field(default={}, description="rules by symbol")
    https_proxy: str | None = Field(default=None, pattern="^[^@]*$", description="proxy, without a password in it")
    ca_file: str | None = Field(default=None, description="certificate authorities that the proxy's TLS needs")
    index: str | None = Field(default=None, description="symbol of a volatility index at this venue, such as VIX")
