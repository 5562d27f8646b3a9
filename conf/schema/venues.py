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
    maker_fee_bps: float = Field(
        ge=0.0, le=1000.0, description="fee of an order that rested, basis points of the value"
    )
    fee_asset: Literal["quote", "base"] = Field(
        default="quote", description="base: the fee of a buy is taken out of what was bought"
    )
    half_spread_bps: float = Field(ge=0.0, le=1000.0, description="half the quoted spread, basis points of the price")
    impact_bps: float = Field(
        ge=0.0, le=10_000.0, description="what taking a whole bar's volume would move the price; grows with the root"
    )
    volume_share: float = Field(gt=0.0, le=1.0, description="most of a bar's volume that one order gets")
    through_ticks: int = Field(
        ge=0, le=1000, description="ticks that the price passes a resting order by before it counts as filled"
    )
    shorts: bool = Field(default=False, description="whether one may sell short there")
    margin: float = Field(default=1.0, gt=0.0, le=1.0, description="equity that a position binds; 1.0: a cash account")
    maintenance_margin: float = Field(
        default=0.0, ge=0.0, lt=1.0, description="equity below which a position is liquidated, fraction of its value"
    )
    liquidation_fee_bps: float = Field(default=0.0, ge=0.0, le=1000.0, description="beside the taker fee")
    funding_bps_per_day: float = Field(
        default=0.0, ge=-1000.0, le=1000.0, description="paid by long positions; negative is received"
    )
    borrow_bps_per_day: float = Field(
        default=0.0, ge=-1000.0, le=1000.0, description="paid by short positions; negative is received"
    )
    default: InstrumentConfig = Field(description="rules of every symbol without its own")
    instruments: dict[SymbolName, InstrumentConfig] = Field(default={}, description="rules by symbol")
    https_proxy: str | None = Field(default=None, pattern="^[^@]*$", description="proxy, without a password in it")
    ca_file: str | None = Field(default=None, description="certificate authorities that the proxy's TLS needs")
    url: str | None = Field(default=None, description="a simulator on the loopback that stands in for the venue")
    sandbox: bool = Field(
        default=False, description="trade in the venue's own test account: orders there are no real money"
    )
    files: dict[SymbolName, str] = Field(default={}, description="address or path of daily index files, by symbol")
    index: str | None = Field(default=None, description="symbol of a volatility index at this venue, such as VIX")
    leader: SymbolName | None = Field(default=None, description="symbol whose bars are features of the others")
    backups: tuple[BackupConfig, ...] = Field(
        default=(), strict=False, description="feeds that serve when the venue's own does not, in this order"
    )
    outages: tuple[OutageConfig, ...] = Field(default=(), strict=False, description="known times without a market")

    @model_validator(mode="after")
    def _consistent_margin(self) -> Self:
        if self.maintenance_margin >= self.margin:
            raise ValueError(
                f"the maintenance margin ({self.maintenance_margin}) has to be below the margin ({self.margin}): a "
                "position would be liquidated as it is opened"
            )
        if self.shorts and self.fee_asset == "base":
            raise ValueError("where one may sell short the fee asset is quote: a fee in base would leave a cover open")
        return self
