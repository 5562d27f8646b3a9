"""The files that Prometheus and Alertmanager are started with, made from the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conf.schema import Settings
from data.files import write_atomically, writing
from tasks.monitoring.rules import rules_of
from tasks.session.alerting.handing_in import LARGEST

WATCH_TOKEN, NOTIFY_TOKEN = "watch-token", "notify-token"
# From event to panel 2 s are allowed: a scrape a second leaves the other one to the look behind it and to the panel.
# From breach to notification it is 30 s: rules are evaluated every 5 s, Alertmanager waits 1 s for more of a group.
SCRAPE = "1s"
EVALUATION = "5s"
ALERTMANAGER = "127.0.0.1:9093"

# What Keel itself may not be able to tell.
BESIDE = "KeelDown|AlertsUndelivered"

HEAD = "# Made by `keel metrics files`; change conf/local.yaml and make it anew.\n"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts listen, host and port; `beside`: a webhook that hears of Keel's own death and silence."""

    keel: str
    alertmanager: str = ALERTMANAGER
    beside: str | None = None


def places_of(settings: Settings) -> Places:
    """As configured."""
    return Places(settings.api.address)


def files_of(settings: Settings, places: Places) -> dict[str, str]:
    """Text by file name."""
    made = {
        "rules.yml": rules_of(settings),
        "prometheus.yml": prometheus_of(places),
        "alertmanager.yml": alertmanager_of(places),
    }
    return {name: text_of(tree) for name, tree in made.items()}


def text_of(tree: dict[str, Any]) -> str:
    """YAML as Prometheus and Alertmanager read it."""
    return HEAD + str(yaml.safe_dump(tree, sort_keys=False, width=120, allow_unicode=True))


def write_files(folder: Path, files: dict[str, str], tokens: dict[str, str]) -> None:
    """Into the folder, each at once; tokens are for their owner's eyes alone.

    Raises:
        Unavailable: the folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_text(folder / name, text)
    for name, token in tokens.items():
        with writing(folder / name):
            (folder / name).touch(mode=0o600)
            (folder / name).chmod(0o600)
            (folder / name).write_text(token)


def write_text(path: Path, text: str) -> None:
    """All of it or nothing.

    Raises:
        Unavailable: it cannot be written.
    """
    write_atomically(path, text.encode())


def prometheus_of(places: Places) -> dict[str, Any]:
    """prometheus.yml; paths are those beside it."""
    return {
        "global": {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE, "evaluation_interval": EVALUATION},
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [places.alertmanager]}]}]},
        "scrape_configs": [
            {
                "job_name": "keel",
                "metrics_path": "/metrics",
                "authorization": {"type": "Bearer", "credentials_file": WATCH_TOKEN},
                "static_configs": [{"targets": [places.keel]}],
            }
        ],
    }


def alertmanager_of(places: Places) -> dict[str, Any]:
    """alertmanager.yml: everything goes to Keel's outbox, and that Keel is down to `beside` as well."""
    beside: dict[str, Any] = {"name": "beside"}
    if places.beside is not None:
        beside["webhook_configs"] = [{"url": places.beside, "send_resolved": True}]
    return {
        "global": {"resolve_timeout": "1m"},
        "route": {
            "receiver": "keel",
            "group_by": ["alertname", "book", "venue"],
            "group_wait": "1s",
            "group_interval": "10s",
            "repeat_interval": "4h",
            "routes": [
                # Keel notes when it was last heard of: its silence is an alert there.
                {"receiver": "keel", "matchers": ['alertname="Watchdog"'], "repeat_interval": "1m"},
                # Who is down, or tells nobody, cannot tell of it: Alertmanager tries again until Keel is back.
                {"receiver": "beside", "matchers": [f'alertname=~"{BESIDE}"'], "continue": True},
                {"receiver": "keel", "matchers": [f'alertname=~"{BESIDE}"']},
            ],
        },
        "inhibit_rules": [
            # Without Keel there are no figures: what they last said is no news.
            _inhibits("KeelDown", "TraderSilent|GuardianSilent|FeedDown|BarsLate|AvailabilityLow", []),
            # A daily loss or a drawdown latches a stop: the reason is told, not its effect as well.
            _inhibits("DrawdownPause|DailyLoss|VarBreach", "StopLatched", ["book"]),
        ],
        "receivers": [
            {
                "name": "keel",
                "webhook_configs": [
                    {
                        "url": f"http://{places.keel}/alertmanager",
                        "send_resolved": True,
                        # More than Keel takes at once would be refused as a whole; how many are left out is told.
                        "max_alerts": LARGEST,
                        "http_config": {"authorization": {"type": "Bearer", "credentials_file": NOTIFY_TOKEN}},
                    }
                ],
            },
            beside,
        ],
    }


def _inhibits(source: str, target: str, equal: list[str]) -> dict[str, Any]:
    return {
        "source_matchers": [f'alertname=~"{source}"'],
        "target_matchers": [f'alertname=~"{target}"'],
        "equal": equal,
    }
