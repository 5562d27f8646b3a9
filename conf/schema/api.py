"""The API and the dashboard."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group

EVERYWHERE = "0.0.0.0"  # noqa: S104 - an act of the owner, who has to name the host as well


class ApiConfig(Group):
    """Where `keel serve` listens, and what it takes from whom. Its tokens stand in `.env`, never here."""

    host: Literal["127.0.0.1", "0.0.0.0"] = Field(  # noqa: S104 - see EVERYWHERE
        description="loopback only; from elsewhere by a tunnel, or a proxy of your own. 0.0.0.0: every address of a "
        "container, whose network keeps strangers out"
    )
    port: int = Field(ge=1, le=65535)
    names: tuple[str, ...] = Field(
        strict=False, description="host names beside 127.0.0.1 and localhost under which a proxy of your own asks"
    )
    reads_per_minute: int = Field(ge=1, le=100_000, description="of one client; more are refused for a minute")
    writes_per_minute: int = Field(ge=1, le=1000, description="of one client; a stop is never refused by this")
    body_bytes: int = Field(ge=256, le=1_048_576, description="largest body of a request")
    refresh_seconds: float = Field(ge=0.1, le=60.0, description="from one look at the journal to the next")
    sign_in_hours: float = Field(gt=0.0, le=720.0, description="that a browser stays signed in")

    @property
    def address(self) -> str:
        """Where others find it: the first of its names where it listens on every address."""
        return self.names[0] if self.host == EVERYWHERE else f"{self.host}:{self.port}"

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.host == EVERYWHERE and not self.names:
            raise ValueError(f"host|found {EVERYWHERE} without api.names; allowed is 127.0.0.1, or a name beside it")
        return self
