"""What every group of the tree has in common."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Frozen, every key known, every value of its own type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)
