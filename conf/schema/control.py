"""Who watches the trader, how a session runs, what a stage asks for, what the nightly reports and the house keep."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class GuardianConfig(Group):
    """The guardian and the dead-man switch."""

    required: Literal["live", "always"] = Field(
        description="where nothing is opened while no guardian is heard of: only with real orders, or always"
    )
    beat_seconds: float = Field(ge=0.1, le=60.0, description="between two signs of life, of trader and guardian alike")
    silence_seconds: float = Field(
        ge=1.0, le=3600.0, description="that trader or guardian may be silent before the other one acts"
    )
    cycle_seconds: float = Field(ge=10.0, le=7200.0, description="that a scheduled cycle may take before it is silent")
    on_silence: Literal["cancel", "flatten"] = Field(
        description="of a silent trader: its entries are cancelled and its stops rest, or everything is sold as well"
    )
    feed_minutes: float = Field(
        gt=0.0, le=10_080.0, description="that the newest bar may be overdue before entries stop"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.silence_seconds < 3.0 * self.beat_seconds:
            raise ValueError(
                f"silence_seconds|found {self.silence_seconds:g}, allowed is three beats "
                f"({3.0 * self.beat_seconds:g}) or more: one that comes late is no silence"
            )
        return self


class SessionConfig(Group):
    """The long-lived session."""

    settle_seconds: float = Field(ge=0.0, le=600.0, description="after a bar's close before its feed is asked for it")
    late_seconds: float = Field(
        gt=0.0, le=86_400.0, description="after a bar's close from which on its cycle is skipped as late"
    )
    patience_seconds: float = Field(gt=0.0, le=3600.0, description="that a bar is asked for before it counts as stale")


class CriteriaConfig(Group):
    """What a stage asks for before it is left for the next one."""

    least_days: float = Field(ge=0.0, le=3650.0, description="days that the stage has to be traded")
    most_days: float = Field(ge=1.0, le=3650.0, description="days that the evidence goes back")
    sharpe: float = Field(ge=0.0, le=10.0, description="annualised, of daily returns: more than this")
    drawdown: float = Field(gt=0.0, le=1.0, description="deepest fall from a high, fraction: less than this")
    win_rate: float = Field(ge=0.0, le=1.0, description="closed trades with a profit, fraction: more than this")
    profit_factor: float = Field(ge=0.0, le=100.0, description="profits by losses: more than this")
    least_trades: int = Field(ge=1, le=100_000, description="closed trades behind the figures")
    crashes: int = Field(ge=0, le=1000, description="sessions that ended by themselves: at most")
    breaches: int = Field(ge=0, le=1000, description="limits of the account that were broken: at most")
    release_hours: float = Field(ge=0.0, le=8760.0, description="hours of paper trading that the installed release has")
    gap_bps: float = Field(gt=0.0, le=10_000.0, description="distance to the backtest, of the traded value: at most")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most_days < self.least_days:
            raise ValueError(f"most_days|found {self.most_days:g}, allowed is least_days ({self.least_days:g}) or more")
        return self


class MoneyConfig(Group):
    """Capital in real money below the ladder (risk.ladder), quote currency, and how the ladder is climbed."""

    micro_least: float = Field(gt=0.0, description="least capital of the stage micro")
    micro_most: float = Field(gt=0.0, description="most capital of the stage micro")
    currencies: tuple[str, ...] = Field(
        min_length=1, strict=False, description="quote currencies in which real money may be traded: figures mean these"
    )
    rung_days: tuple[Annotated[float, Field(ge=0.0)], ...] = Field(
        min_length=1,
        strict=False,
        description="days that each rung of risk.ladder is traded with a profit; the last figure is for all after",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.micro_most < self.micro_least:
            raise ValueError(
                f"micro_most|found {self.micro_most:g}, allowed is micro_least ({self.micro_least:g}) or more"
            )
        return self


class StagesConfig(Group):
    """From exploration to real money; the names are those of the stage that is left."""

    exploration: CriteriaConfig
    paper: CriteriaConfig
    micro: CriteriaConfig
    money: MoneyConfig


class GapConfig(Group):
    """The nightly gap report."""

    window_days: float = Field(gt=0.0, le=3650.0, description="days that one report looks back")
    limit_bps: float = Field(gt=0.0, le=10_000.0, description="gap, of the traded value, beyond which a stage is lost")
    least_money: float = Field(ge=0.0, description="a gap of less than this, quote currency, costs no stage")


class HousekeepingConfig(Group):
    """What the house keeps, and for how long."""

    runs_days: float = Field(gt=0.0, le=3650.0, description="that finished runs stay in the Prefect server")
    features_keep: int = Field(ge=1, le=1000, description="versions of a series' features that stay, the newest")
    reports_days: float = Field(gt=0.0, le=36_500.0, description="that report pages stay")
    free_share: float = Field(
        gt=0.0, le=1.0, description="of the journal's pages that may lie free before it is vacuumed"
    )
    backups_keep: int = Field(ge=0, le=1000, description="nightly backups that stay, the newest; 0: none is made")
