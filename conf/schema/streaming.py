"""What is streamed, how patiently, and how long it is kept."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class StaleConfig(Group):
    """Silence after which a connection counts as dead, seconds; bars of a quiet market may be silent for long."""

    bars: float = Field(gt=0.0, le=86_400.0, description="seconds")
    trades: float = Field(gt=0.0, le=86_400.0, description="seconds")
    books: float = Field(gt=0.0, le=86_400.0, description="seconds")


class KeepConfig(Group):
    """How long ticks stay in the lake."""

    trades: float = Field(ge=1.0, le=36_500.0, description="days")
    books: float = Field(ge=1.0, le=36_500.0, description="days")


class StreamingConfig(Group):
    """Streams of the configured book's symbols."""

    kinds: tuple[Literal["bars", "trades", "books"], ...] = Field(min_length=1, strict=False)
    stale_seconds: StaleConfig
    first_delay_seconds: float = Field(gt=0.0, le=3600.0, description="pause before the first reconnect; it doubles")
    longest_delay_seconds: float = Field(gt=0.0, le=3600.0, description="the pause grows up to this")
    attempts: int = Field(ge=1, le=1_000_000, description="reconnects in a row that bring nothing before the run fails")
    poll_seconds: float = Field(gt=0.0, le=3600.0, description="between two requests while a stream is down")
    flush_seconds: float = Field(gt=0.0, le=0.08, description="how long values are gathered before they are written")
    roll_seconds: float = Field(ge=1.0, le=3600.0, description="between two moves into Parquet")
    keep_days: KeepConfig

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.longest_delay_seconds < self.first_delay_seconds:
            raise ValueError(
                f"longest_delay_seconds|found {self.longest_delay_seconds:g}, allowed is first_delay_seconds "
                f"({self.first_delay_seconds:g}) or more"
            )
        return self
