"""Limits by asset class."""

from pydantic import Field

from conf.schema.group import Group


class AssetClassConfig(Group):
    """Of every symbol whose venue is of the class."""

    max_position: float = Field(gt=0.0, le=1.0, description="largest value of one position, fraction of equity")
    max_leverage: float = Field(gt=0.0, le=10.0, description="largest sum of position values, times equity")
