"""Smaller positions in bad regimes."""

from pydantic import Field

from conf.schema.group import Group


class RegimeShareConfig(Group):
    """Share of the size that a position gets in each regime; 0 takes none."""

    volatile: float = Field(ge=0.0, le=1.0, description="while it is volatile, share of the size")
    trending: float = Field(ge=0.0, le=1.0, description="while it is trending, share of the size")
    ranging: float = Field(ge=0.0, le=1.0, description="while it is ranging, share of the size")
    crisis: float = Field(ge=0.0, le=1.0, description="while it is crisis, share of the size")
