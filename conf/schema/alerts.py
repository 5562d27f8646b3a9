"""Who hears of what, where, and when nobody is woken."""

from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from conf.schema.group import Group

ChannelName = Literal["log", "slack", "email", "telegram", "pagerduty", "webhook"]
SeverityName = Literal["info", "warning", "error", "critical"]


class ChannelConfig(Group):
    """One way to a person. Its address holds a key, and stands in `.env` (SLACK_URL and the like)."""

    least: SeverityName = Field(description="alerts below this severity do not go there")
    quiet: bool = Field(description="keeps the quiet hours: what is not critical waits there until they are over")
    escalation: bool = Field(description="hears only of what nobody has acknowledged in time")


class QuietConfig(Group):
    """Hours in which nobody is woken for less than a critical alert."""

    begin: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM")
    end: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM, of the next day where it is earlier")
    timezone: str = Field(description="such as Europe/Berlin")

    @field_validator("begin", "end", mode="before")
    @classmethod
    def _as_written(cls, time: object) -> object:
        """YAML takes 22:00 for 1320 where nobody quotes it, in a variable too."""
        if isinstance(time, int) and not isinstance(time, bool) and 0 <= time < 24 * 60:
            return f"{time // 60:02}:{time % 60:02}"
        return time

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last: a folder of zones
            raise ValueError(f"found {name!r}, allowed is a name of the time zone database") from error
        return name


class AlertsConfig(Group):
    """Alerts from the outbox to people."""

    channels: dict[ChannelName, ChannelConfig] = Field(min_length=1)
    quiet_hours: QuietConfig | None = Field(default=None, description="null: none")
    repeat_minutes: float = Field(
        ge=0.0,
        le=10_080.0,
        description="of one kind about one thing, told once within this, with their number",
    )
    escalate_minutes: float = Field(gt=0.0, le=10_080.0, description="that an error may wait for an acknowledgement")
    poll_seconds: float = Field(ge=0.1, le=60.0, description="from one look at the outbox to the next")
    timeout_seconds: float = Field(ge=1.0, le=120.0, description="that a channel has for one message")
    first_pause_seconds: float = Field(
        gt=0.0, le=3600.0, description="after a failure; each one that follows doubles it"
    )
    longest_pause_seconds: float = Field(gt=0.0, le=86_400.0)
    watchdog_seconds: float = Field(
        default=300.0,
        ge=5.0,
        le=86_400.0,
        description="that Prometheus' watchdog may be silent, once heard; it comes every minute",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.longest_pause_seconds < self.first_pause_seconds:
            raise ValueError(
                f"longest_pause_seconds|found {self.longest_pause_seconds:g}, allowed is first_pause_seconds "
                f"({self.first_pause_seconds:g}) or more"
            )
        return self
