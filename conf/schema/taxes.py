"""How tax lots are counted."""

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from conf.schema.group import Group


class TaxesConfig(Group):
    """`keel taxes`; nothing of it is tax advice."""

    currency: str = Field(
        pattern=r"^[A-Z0-9]{2,10}$", description="money that gains are counted in; every other asset has lots"
    )
    method: Literal["fifo", "lifo", "hifo", "average", "share_pool"] = Field(
        description="which units a sale takes; share_pool: same day, 30 days after, then the pool (GB), over all venues"
    )
    pools: Literal["venue", "all"] = Field(description="whether units of one venue are taken for those of another")
    time_zone: str = Field(description="whose calendar days and years are, such as UTC or Europe/London")
    long_term_days: int = Field(ge=0, le=36_500, description="days beyond which what is held is long term")
    wash_days: int = Field(ge=0, le=365, description="days around a loss in which a purchase is flagged; 0: none is")
    price_hours: float = Field(
        gt=0.0, le=8760.0, description="that the close of a bar may be old when it values something"
    )

    @field_validator("time_zone")
    @classmethod
    def _is_there(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"found {name!r}, allowed is a time zone such as UTC or Europe/London") from error
        return name
