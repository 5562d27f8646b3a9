"""How the edges of several models become one."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group

Model = Literal["momentum", "boosting"]
Models = Annotated[tuple[Model, ...], Field(strict=False)]


class HarmoniserConfig(Group):
    """Decay, skill, shrinkage, and which models speak for an asset class."""

    half_life_bars: float = Field(gt=0.0, le=10_000.0, description="age at which a prediction counts half, bars")
    prior_bps: float = Field(ge=-1000.0, le=1000.0, description="edge that is believed before any model spoke, bps")
    prior_error_bps: float = Field(gt=0.0, le=10_000.0, description="standard error of that belief, bps")
    model_error_bps: float = Field(
        gt=0.0, le=10_000.0, description="standard error of a fully confident prediction, bps"
    )
    prior_skill: float = Field(gt=0.0, le=1.0, description="skill that a model without a record is given, correlation")
    prior_pairs: float = Field(
        gt=0.0, le=1e6, description="how many pairs of prediction and outcome that belief counts, count"
    )
    most_skill: float = Field(ge=1.0, le=100.0, description="largest weight that past skill gives, times prior_skill's")
    routes: dict[str, Models] = Field(min_length=1, description="models that speak, list by asset class")

    @model_validator(mode="after")
    def _models_once(self) -> Self:
        for name, models in self.routes.items():
            if not models or len(set(models)) < len(models):
                raise ValueError(f"routes.{name}|found {list(models)}, allowed is one model or more, each once")
        return self
