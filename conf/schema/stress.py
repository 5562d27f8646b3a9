"""What a stress test does beside showing its figures."""

from typing import Literal

from pydantic import Field

from conf.schema.group import Group


class StressConfig(Group):
    """The scenarios stand in conf/stress.yaml."""

    on_breach: Literal["auto", "propose", "act"] = Field(
        description="when a loss is beyond the profile's drawdown: propose cuts, or act on them; auto: proposes in "
        "live, acts elsewhere"
    )
    recovery_paths: int = Field(
        ge=10, le=1_000_000, description="drawn paths that say how long a loss takes to recover"
    )
    recovery_horizon_days: int = Field(ge=1, le=36_500, description="length of each of these paths, days")
    block_days: float = Field(
        ge=1.0, le=1000.0, description="mean length of the stretches of past days that they are made of, days"
    )
