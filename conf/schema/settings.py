"""The whole tree."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.alerts import AlertsConfig
from conf.schema.api import ApiConfig
from conf.schema.control import GapConfig, GuardianConfig, HousekeepingConfig, SessionConfig, StagesConfig
from conf.schema.evolution import EvolutionConfig
from conf.schema.execution import ExecutionConfig
from conf.schema.feeds import FeedsConfig
from conf.schema.group import Group
from conf.schema.lake import LakeConfig
from conf.schema.model import ModelConfig
from conf.schema.monitoring import LogsConfig, MonitoringConfig, ReportsConfig
from conf.schema.names import VenueName
from conf.schema.news import NewsConfig
from conf.schema.regimes import RegimesConfig
from conf.schema.risk import RiskConfig
from conf.schema.router import RouterConfig, require_routes
from conf.schema.servers import ServersConfig
from conf.schema.specialists import SpecialistsConfig
from conf.schema.streaming import StreamingConfig
from conf.schema.stress import StressConfig
from conf.schema.systems import SystemsConfig
from conf.schema.taxes import TaxesConfig
from conf.schema.trading import TradingConfig
from conf.schema.validation import ValidationConfig
from conf.schema.venues import VenueConfig
from models.types.timeframes import TIMEFRAMES


class Settings(Group):
    """Everything that decides how Keel behaves, secrets excepted."""

    stage: Literal["exploration", "paper", "micro", "live"] = Field(
        description="what is traded; from micro on it has to be earned (keel stage) and asks for more acts (keel live)"
    )
    venues: dict[VenueName, VenueConfig] = Field(min_length=1)
    lake: LakeConfig
    feeds: FeedsConfig
    streaming: StreamingConfig
    news: NewsConfig
    trading: TradingConfig
    execution: ExecutionConfig
    systems: SystemsConfig
    specialists: SpecialistsConfig
    regimes: RegimesConfig
    risk: RiskConfig
    router: RouterConfig
    model: ModelConfig
    stress: StressConfig
    validation: ValidationConfig
    evolution: EvolutionConfig
    guardian: GuardianConfig
    session: SessionConfig
    stages: StagesConfig
    gap: GapConfig
    housekeeping: HousekeepingConfig
    servers: ServersConfig
    api: ApiConfig
    alerts: AlertsConfig
    monitoring: MonitoringConfig
    logs: LogsConfig
    reports: ReportsConfig
    taxes: TaxesConfig

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        of_venues = dict.fromkeys(venue.asset_class for venue in self.venues.values())
        checks: list[tuple[str, str, Collection[str]]] = [
            ("trading.venue", self.trading.venue, self.venues),
            ("trading.profile", self.trading.profile, self.risk.profiles),
            ("trading.timeframe", self.trading.timeframe, TIMEFRAMES),
            *(("execution.venues", one, self.venues) for one in self.execution.venues),
            *(("execution.acknowledge_rights", one, self.venues) for one in self.execution.acknowledge_rights),
            *(
                (f"venues.{name}.backups", backup.venue, self.venues)
                for name, venue in self.venues.items()
                for own in (venue.backups, *(one.backups or () for one in venue.instruments.values()))
                for backup in own
            ),
            *(
                (f"venues.{name}.asset_class", venue.asset_class, self.risk.asset_classes)
                for name, venue in self.venues.items()
            ),
            *(
                (f"risk.asset_classes.{name}", name, of_venues)  # a limit of a class that nothing is of binds nothing
                for name in self.risk.asset_classes
            ),
        ]
        for key, found, allowed in checks:
            if found not in allowed:
                raise ValueError(f"{key}|found {found!r}, allowed is one of {', '.join(allowed)}")
        finer, smaller = self.trading.finer, TIMEFRAMES[self.trading.timeframe]
        if finer not in ("auto", "none") and TIMEFRAMES.get(finer, smaller) >= smaller:
            raise ValueError(
                f"trading.finer|found {finer!r}, allowed is auto, none or one of {', '.join(TIMEFRAMES)} that is below "
                f"the book's {self.trading.timeframe}"
            )
        index = self.venues[self.trading.venue].index
        if self.trading.haven is not None and self.trading.haven == index:
            raise ValueError(
                f"trading.haven|found {index!r}, the index of {self.trading.venue}; allowed is what can be bought"
            )
        if len(set(self.trading.symbols)) < len(self.trading.symbols):
            raise ValueError(f"trading.symbols|found {list(self.trading.symbols)}, allowed is every symbol once")
        if self.model.momentum_short >= self.model.momentum_long:
            raise ValueError(
                f"model.momentum_short|found {self.model.momentum_short}, allowed is below momentum_long "
                f"({self.model.momentum_long})"
            )
        require_routes(self.router, of_venues, self.model.horizon)
        return self
