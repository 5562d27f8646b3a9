"""The typed configuration tree, one group per file."""

from conf.schema.model import BoostingConfig, ModelConfig
from conf.schema.risk import ProfileConfig, RiskConfig
from conf.schema.servers import ServersConfig
from conf.schema.settings import Settings
from conf.schema.trading import TradingConfig
from conf.schema.venues import InstrumentConfig, VenueConfig

__all__ = [
    "BoostingConfig",
    "InstrumentConfig",
    "ModelConfig",
    "ProfileConfig",
    "RiskConfig",
    "ServersConfig",
    "Settings",
    "TradingConfig",
    "VenueConfig",
]
