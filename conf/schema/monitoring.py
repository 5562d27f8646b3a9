"""Metrics, their rules, logs and the periodic reports."""

from typing import Literal

from pydantic import Field

from conf.schema.group import Group


class RulesConfig(Group):
    """From where on a metric is an alert of Prometheus; `keel metrics rules` writes the rules anew."""

    switches: int = Field(ge=1, le=10_000, description="of models and specialists in 5 minutes: more than this")
    cycle_seconds: float = Field(gt=0.0, le=3600.0, description="p99 from a bar's close to the end of its cycle")
    order_seconds: float = Field(gt=0.0, le=3600.0, description="p99 from an order's intent to the venue's answer")
    availability: float = Field(gt=0.0, lt=1.0, description="share of the time in which all required parts are well")


class MonitoringConfig(Group):
    """Prometheus, Alertmanager, Grafana, Redis streams."""

    prometheus_url: str = Field(pattern=r"^https?://[^@?#\s]+$", description="that Grafana's panels and links ask")
    grafana_url: str = Field(pattern=r"^https?://[^@?#\s]+$", description="that keel grafana import speaks to")
    runbook_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^@?#\s]+$",
        description="where a person opens docs/runbook.md, for links of Grafana's panels; null: /runbook of the API",
    )
    stream_length: int = Field(ge=100, le=10_000_000, description="entries that each Redis stream keeps, about")
    rules: RulesConfig


class LogsConfig(Group):
    """Log files below the home's state/logs."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    megabytes: float = Field(gt=0.0, le=10_000.0, description="after which a file is rotated")
    files: int = Field(ge=1, le=1000, description="rotated files that stay")


class ReportsConfig(Group):
    """The daily, weekly and monthly reports."""

    tell: bool = Field(description="whether a report goes to the alert channels that take information")
