"""How the edges of several models become one."""

from pydantic import Field

from conf.schema.group import Group


class HarmoniserConfig(Group):
    """Decay, skill and shrinkage. Which models speak: the group `router`."""

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
