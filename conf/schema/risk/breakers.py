"""Stops that latch, on marked-to-market equity with open positions."""

from pydantic import Field

from conf.schema.group import Group


class ReleaseConfig(Group):
    """When a backtest releases a latched level; in paper and live only a person does."""

    pause: float = Field(gt=0.0, le=3650.0, description="length of a pause of new entries, days")
    reduce: float = Field(gt=0.0, le=3650.0, description="length of a reduction, days")
    flatten: float = Field(gt=0.0, le=3650.0, description="time out of the market after everything was sold, days")


class BreakersConfig(Group):
    """What trips the ladder pause, reduce, flatten."""

    entries_drawdown: float = Field(
        gt=0.0, lt=1.0, description="fall of the account from its peak that pauses new entries, fraction of the peak"
    )
    strategy_drawdown: float = Field(
        gt=0.0, lt=1.0, description="fall of one strategy from its peak that pauses it alone, fraction of the peak"
    )
    daily_loss: float = Field(
        gt=0.0,
        lt=1.0,
        description="loss on one UTC day at which positions are only reduced, fraction of the equity it began with",
    )
    weekly_loss: float = Field(
        gt=0.0,
        lt=1.0,
        description="loss from Monday on at which everything is sold, fraction of the equity it began with",
    )
    halt_var: float = Field(
        gt=0.0,
        le=1.0,
        description="value at risk of one day above which positions are only reduced, fraction of equity",
    )
    large_loss: float = Field(
        gt=0.0, lt=1.0, description="loss of one trade that a person is told of, fraction of what was put into it"
    )
    release_days: ReleaseConfig = Field(description="when a backtest releases, group of days")
