"""The servers beside Keel."""

import re
from typing import Literal

from pydantic import Field, field_validator

from conf.schema.group import Group

WITHOUT_PASSWORD = re.compile(r"(redis|rediss|unix)://[^@?#\s]+")


class ServersConfig(Group):
    """Addresses of the Prefect and MLflow servers that `keel up` starts, and of a Redis server that is there."""

    host: Literal["127.0.0.1"] = Field(description="loopback only: neither server asks who is calling")
    prefect_port: int = Field(ge=1, le=65535)
    mlflow_port: int = Field(ge=1, le=65535)
    pools: Literal["single", "by_kind"] = Field(
        description="work pools of the deployments: keel for everything, or trading, research and ingest"
    )
    redis_url: str | None = Field(
        default=None, description="server whose channel param.reload is listened to; null: none. Its password: .env"
    )

    @field_validator("redis_url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        # Said without what was found: it would show the password.
        if url is not None and WITHOUT_PASSWORD.fullmatch(url) is None:
            raise ValueError(
                "allowed is null or redis://, rediss:// or unix:// and an address without user, password or options; "
                "the password stands in .env (REDIS_PASSWORD)"
            )
        return url
