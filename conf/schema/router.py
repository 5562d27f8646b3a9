"""Which models speak for an instrument, and how often that may change."""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.names import SymbolName
from models.types.regimes import Regime
from models.types.routes import Rule
from models.types.speakers import MODELS, ModelName

RegimeName = Literal["volatile", "trending", "ranging", "crisis"]
Bars = Annotated[int, Field(ge=1, le=10_000)]
MOST_RULES = 200


class RuleConfig(Group):
    """One rule. What it leaves out, or empty, may be anything; of several that apply the first in the file wins."""

    name: str = Field(min_length=1, max_length=60, description="for people and the switch log")
    models: tuple[ModelName, ...] = Field(min_length=1, strict=False, description="whose words count where it applies")
    instruments: tuple[SymbolName, ...] = Field(default=(), strict=False, description="symbols")
    classes: tuple[str, ...] = Field(default=(), strict=False, description="asset classes of venues")
    horizons: tuple[Bars, ...] = Field(default=(), strict=False, description="model.horizon that it is for, bars")
    regimes: tuple[RegimeName, ...] = Field(default=(), strict=False, description="regimes of the instrument")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        lists = {name: getattr(self, name) for name in ("models", "instruments", "classes", "horizons", "regimes")}
        for name, found in lists.items():
            if len(set(found)) < len(found):
                raise ValueError(f"{name}|found {list(found)}, allowed is each of them once")
        return self

    def rule(self) -> Rule:
        """The same for those that apply it; its models in the order of MODELS."""
        return Rule(
            name=self.name,
            models=tuple(one for one in MODELS if one in self.models),
            instruments=self.instruments,
            classes=self.classes,
            horizons=self.horizons,
            regimes=tuple(Regime[one.upper()] for one in self.regimes),
        )


class RouterConfig(Group):
    """The rules, and how often what they say may change from one decision to the next."""

    rules: tuple[RuleConfig, ...] = Field(
        min_length=1, max_length=MOST_RULES, strict=False, description="which models speak; the first that applies wins"
    )
    damp_after: int = Field(ge=1, le=1000, description="switches in one window, further ones do not happen, count")
    alert_after: int = Field(ge=1, le=10_000, description="attempts to switch in one window, one more alerts, count")
    window_minutes: float = Field(gt=0.0, le=10_080.0, description="time in which they are counted, minutes")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.alert_after < self.damp_after:
            raise ValueError(
                f"alert_after|found {self.alert_after}, allowed is damp_after ({self.damp_after}) or more: an alert is "
                "for what damping does not end"
            )
        rules = self.table()
        for k, rule in enumerate(rules):
            before = next((one for one in rules[:k] if one.name == rule.name or one.covers(rule)), None)
            if before is not None and before.name == rule.name:
                raise ValueError(f"rules.{k}|found a second rule {rule.name!r}, allowed is each name once")
            if before is not None:
                raise ValueError(
                    f"rules.{k}|the rule {rule.name!r} never applies: {before.name!r}, which stands before it, applies "
                    "wherever it would; move it up, or remove it"
                )
        return self

    def table(self) -> tuple[Rule, ...]:
        """The rules in their order."""
        return tuple(one.rule() for one in self.rules)


def require_routes(router: RouterConfig, classes: Collection[str], horizon: int) -> None:
    """That every asset class of a venue has a rule in every regime, for instruments too that no rule names.

    Raises:
        ValueError: one has none, or a rule names a class that no venue is of.
    """
    rules = router.table()
    for k, rule in enumerate(rules):
        unknown = [one for one in rule.classes if one not in classes]
        if unknown:
            raise ValueError(
                f"router.rules.{k}.classes|found {', '.join(map(repr, unknown))}, allowed is one of "
                f"{', '.join(classes)}"
            )
    for asset_class in classes:
        without = [
            regime.name.lower()
            for regime in Regime
            if not any(one.applies("", asset_class, horizon, regime) for one in rules)
        ]
        if without:
            raise ValueError(
                f"router.rules|no rule says which models speak for any instrument of {asset_class} over {horizon} bars "
                f"in the regimes {', '.join(without)}; add a rule without instruments that applies there"
            )
