"""The group `risk` of the tree, one group per file. Fractions are of equity unless said otherwise."""

from conf.schema.risk.breakers import BreakersConfig, ReleaseConfig
from conf.schema.risk.classes import AssetClassConfig
from conf.schema.risk.controls import ControlsConfig
from conf.schema.risk.dynamic import DynamicConfig
from conf.schema.risk.everything import RiskConfig
from conf.schema.risk.harmoniser import HarmoniserConfig
from conf.schema.risk.ladder import CapitalLadderConfig
from conf.schema.risk.limits import LimitsConfig
from conf.schema.risk.overrides import OverrideConfig, StagesConfig, StrategiesConfig
from conf.schema.risk.profiles import ProfileConfig
from conf.schema.risk.shares import RegimeShareConfig
from conf.schema.risk.symbols import SymbolRiskConfig
from conf.schema.risk.var import VarConfig

__all__ = [
    "AssetClassConfig",
    "BreakersConfig",
    "CapitalLadderConfig",
    "ControlsConfig",
    "DynamicConfig",
    "HarmoniserConfig",
    "LimitsConfig",
    "OverrideConfig",
    "ProfileConfig",
    "RegimeShareConfig",
    "ReleaseConfig",
    "RiskConfig",
    "StagesConfig",
    "StrategiesConfig",
    "SymbolRiskConfig",
    "VarConfig",
]
