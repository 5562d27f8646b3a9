"""Venues: their calendar, their costs and their order rules."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.names import SymbolName, Time, VenueName
from models.types import parse_time


class OutageConfig(Group):
    """A time in which the venue had no market: what is absent from it is explained, and never fetched again."""

    start: Time = Field(description="open of the first missing bar, such as 2023-03-24T12:39Z")
    end: Time = Field(description="open of the first bar after it")
    why: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if parse_time(self.end) <= parse_time(self.start):
            raise ValueError(f"the outage ends ({self.end}) before it begins ({self.start})")
        return self


class BackupConfig(Group):
    """Another venue's feed for a symbol."""

    venue: VenueName
    symbol: SymbolName | None = Field(default=None, description="as that venue writes it; the same when left out")


class InstrumentConfig(Group):
    """Order rules of one symbol, and how long it is traded at all."""

    tick: float = Field(gt=0.0, description="price step, quote currency")
    lot: float = Field(gt=0.0, description="quantity step, base units")
    min_notional: float = Field(ge=0.0, description="smallest order value, quote currency")
    listed: date | None = Field(default=None, description="date of the first session")
    delisted: date | None = Field(default=None, description="date of the last session")
    backups: tuple[BackupConfig, ...] | None = Field(
        default=None, strict=False, description="instead of the venue's backups"
    )

    @model_validator(mode="after")
    def _listed_first(self) -> Self:
        if self.listed is not None and self.delisted is not None and self.delisted < self.listed:
            raise ValueError(f"delisted on {self.delisted}, which is before it was listed ({self.listed})")
        return self


class VenueConfig(Group):
    """One venue or archive."""

    feed: Literal["sample", "ccxt", "alpaca", "coingecko", "cryptocompare", "index_files", "none"] = Field(
        description="where keel ingest gets bars; none: archives only"
    )
    calendar: Literal["24/7", "XNYS"]
    asset_class: str = Field(description="one of risk.asset_classes")
    fee_bps: float = Field(ge=0.0, le=1000.0, description="taker fee, basis points of the value")
    slippage_bps: float = Field(ge=0.0, le=1000.0, description="expected slip of a market order, basis points of price")
    default: InstrumentConfig = Field(description="rules of every symbol without its own")
    instruments: dict[SymbolName, InstrumentConfig] = Field(default={}, description="rules by symbol")
    https_proxy: str | None = Field(default=None, pattern="^[^@]*$", description="proxy, without a password in it")
    ca_file: str | None = Field(default=None, description="certificate authorities that the proxy's TLS needs")
    url: str | None = Field(default=None, description="a simulator on the loopback that stands in for the venue")
    files: dict[SymbolName, str] = Field(default={}, description="address or path of daily index files, by symbol")
    index: str | None = Field(default=None, description="symbol of a volatility index at this venue, such as VIX")
    leader: SymbolName | None = Field(default=None, description="symbol whose bars are features of the others")
    backups: tuple[BackupConfig, ...] = Field(
        default=(), strict=False, description="feeds that serve when the venue's own does not, in this order"
    )
    outages: tuple[OutageConfig, ...] = Field(default=(), strict=False, description="known times without a market")
