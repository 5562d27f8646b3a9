"""When a feed is no longer believed or waited for, and when the lack of all of them stops trading."""

from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class FeedsConfig(Group):
    """Failover between the feeds of a series, and the feed-down stop."""

    deadline_seconds: float = Field(gt=0.0, le=600.0, description="what a feed may take for one answer")
    tolerance_bps: float = Field(gt=0.0, le=2000.0, description="between two feeds' closes of one bar, basis points")
    late_bars: int = Field(ge=1, le=1000, description="closed bars that a feed may lack at the end; more is late")
    down_minutes: float = Field(gt=0.0, le=1440.0, description="without any feed in session hours: trading stops")
    first_pause_seconds: float = Field(gt=0.0, le=86_400.0, description="a feed that failed is left alone so long")
    longest_pause_seconds: float = Field(gt=0.0, le=86_400.0, description="the pause doubles up to this")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.longest_pause_seconds < self.first_pause_seconds:
            raise ValueError(
                f"longest_pause_seconds|found {self.longest_pause_seconds:g}, allowed is first_pause_seconds "
                f"({self.first_pause_seconds:g}) or more"
            )
        return self
