"""The typed configuration tree, one group per file."""

from conf.schema.evolution import EvolutionConfig, EvolutionGatesConfig
from conf.schema.feeds import FeedsConfig
from conf.schema.model import DriftConfig, LstmConfig, MetaConfig, ModelConfig, XgboostConfig
from conf.schema.news import NewsConfig
from conf.schema.news_endpoint import NewsEndpointConfig
from conf.schema.news_sources import SourceConfig
from conf.schema.regimes import RegimesConfig
from conf.schema.risk import OverrideConfig, ProfileConfig, RiskConfig, SymbolRiskConfig
from conf.schema.router import RouterConfig, RuleConfig
from conf.schema.servers import ServersConfig
from conf.schema.settings import Settings
from conf.schema.specialists import SpecialistsConfig
from conf.schema.streaming import StreamingConfig
from conf.schema.stress import StressConfig
from conf.schema.systems import LongConfig, SwingConfig, SystemsConfig, WeightsConfig
from conf.schema.trading import TradingConfig
from conf.schema.validation import ValidationConfig
from conf.schema.venues import BackupConfig, InstrumentConfig, OutageConfig, VenueConfig

__all__ = [
    "BackupConfig",
    "DriftConfig",
    "EvolutionConfig",
    "EvolutionGatesConfig",
    "FeedsConfig",
    "InstrumentConfig",
    "LongConfig",
    "LstmConfig",
    "MetaConfig",
    "ModelConfig",
    "NewsConfig",
    "NewsEndpointConfig",
    "OutageConfig",
    "OverrideConfig",
    "ProfileConfig",
    "RegimesConfig",
    "RiskConfig",
    "RouterConfig",
    "RuleConfig",
    "ServersConfig",
    "Settings",
    "SourceConfig",
    "SpecialistsConfig",
    "StreamingConfig",
    "StressConfig",
    "SwingConfig",
    "SymbolRiskConfig",
    "SystemsConfig",
    "TradingConfig",
    "ValidationConfig",
    "VenueConfig",
    "WeightsConfig",
    "XgboostConfig",
]
