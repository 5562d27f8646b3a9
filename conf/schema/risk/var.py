"""What value at risk is estimated from."""

from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class VarConfig(Group):
    """Daily returns and how often the models are fitted anew."""

    window_days: int = Field(ge=50, le=10_000, description="daily returns that a fit reads at most, days")
    least_days: int = Field(ge=50, le=10_000, description="daily returns without which nothing is estimated, days")
    refit_days: int = Field(ge=1, le=365, description="between two fits, days")
    correlation_days: int = Field(ge=20, le=10_000, description="daily returns that correlations are taken over, days")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.least_days > self.window_days:
            raise ValueError(f"least_days|found {self.least_days}, allowed is window_days ({self.window_days}) or less")
        return self
