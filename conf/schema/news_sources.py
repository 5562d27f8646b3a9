"""Where news is heard."""

from typing import Literal

from pydantic import Field

from conf.schema.group import Group


class SourceConfig(Group):
    """One source of news."""

    enabled: bool = Field(description="whether it is heard at all")
    priority: int = Field(ge=1, le=100, description="place among the sources, 1 is the first")
    weight: float = Field(gt=0.0, le=1.0, description="what its word counts before anything is known of it")
    group: Literal["wire", "press", "aggregator", "social"] = Field(description="how it moves with the market")
    every_seconds: float = Field(ge=30.0, le=86_400.0, description="between two requests")
