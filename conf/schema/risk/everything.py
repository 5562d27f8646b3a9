"""All of `risk`, and what has to fit together in it."""

import math
from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.names import SymbolName
from conf.schema.risk.breakers import BreakersConfig
from conf.schema.risk.classes import AssetClassConfig
from conf.schema.risk.controls import ControlsConfig
from conf.schema.risk.dynamic import DynamicConfig
from conf.schema.risk.harmoniser import HarmoniserConfig
from conf.schema.risk.ladder import CapitalLadderConfig
from conf.schema.risk.limits import LimitsConfig
from conf.schema.risk.overrides import StagesConfig, StrategiesConfig
from conf.schema.risk.profiles import ProfileConfig
from conf.schema.risk.shares import RegimeShareConfig
from conf.schema.risk.symbols import SymbolRiskConfig
from conf.schema.risk.var import VarConfig


class RiskConfig(Group):
    """The limits and the figures that sizes are made of. Of several limits on one thing the tightest wins."""

    profiles: dict[str, ProfileConfig] = Field(min_length=1, description="groups of limits by name")
    limits: LimitsConfig = Field(description="whatever the profile, group of limits")
    asset_classes: dict[str, AssetClassConfig] = Field(min_length=1, description="groups of limits by asset class")
    strategies: StrategiesConfig = Field(description="groups of limits by trading system")
    stages: StagesConfig = Field(description="groups of limits by stage")
    ladder: CapitalLadderConfig = Field(description="live capital, group")
    symbols: dict[SymbolName, SymbolRiskConfig] = Field(description="groups of limits by symbol")
    kelly_fraction: float = Field(gt=0.0, le=0.25, description="what is taken of the full Kelly size, share of it")
    entry_cost_multiple: float = Field(ge=1.0, description="least edge of an entry, times the costs of a round trip")
    regime_share: RegimeShareConfig = Field(description="size by regime, group of shares")
    breakers: BreakersConfig = Field(description="stops that latch, group")
    dynamic: DynamicConfig = Field(description="sizes that follow the market and the account, group")
    harmoniser: HarmoniserConfig = Field(description="how edges are blended, group")
    controls: ControlsConfig = Field(description="before and after a trade, group")
    var: VarConfig = Field(description="what value at risk is estimated from, group")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.breakers.halt_var < self.limits.max_var:
            raise ValueError(
                f"breakers.halt_var|found {self.breakers.halt_var:g}, allowed is limits.max_var "
                f"({self.limits.max_var:g}) or more"
            )
        weights = math.fsum(one.weight for one in self.symbols.values() if one.weight is not None)
        if weights > 1.0:
            raise ValueError(f"symbols|found weights that make {weights:g} together, allowed is 1 at most")
        return self
