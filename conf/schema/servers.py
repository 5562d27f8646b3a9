"""The servers beside Keel, all on this machine."""

from typing import Literal

from pydantic import Field

from conf.schema.group import Group


class ServersConfig(Group):
    """Addresses of the Prefect and MLflow servers that `keel up` starts."""

    host: Literal["127.0.0.1"] = Field(description="loopback only: neither server asks who is calling")
    prefect_port: int = Field(ge=1, le=65535)
    mlflow_port: int = Field(ge=1, le=65535)
