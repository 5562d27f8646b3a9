"""A real Prometheus of a test's own, that scrapes one address each second."""

import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from redis_server import free_port
from waiting import wait_until


@dataclass(slots=True)
class Prometheus:
    """Started by `start`, ended by `end`; `rules`: files, `token`: what the scraped one asks for."""

    folder: Path
    target: str
    token: str | None = None
    rules: tuple[Path, ...] = ()
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return when it has scraped the target twice."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()))
        arguments = [
            f"--config.file={config}",
            f"--storage.tsdb.path={self.folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(["prometheus", *arguments], stdout=log, stderr=subprocess.STDOUT)
        wait_until(lambda: self._scrapes() >= 2, patience=60.0)

    def end(self) -> None:
        """Ended, its folder may go."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=300)
            self.process = None

    def scrape_more(self, count: int) -> None:
        """Return when it has scraped so many times more."""
        aim = self._scrapes() + count
        wait_until(lambda: self._scrapes() >= aim, patience=60.0 + 2.0 * count)

    def instant(self, expr: str) -> list[dict[str, Any]]:
        """Series with their `value` now."""
        return self._ask("query", {"query": expr})

    def range(self, expr: str, seconds: int) -> list[dict[str, Any]]:
        """Series with their `values` of the last seconds, one a second."""
        end = time.time()
        return self._ask("query_range", {"query": expr, "start": end - seconds, "end": end, "step": 1})

    def label_values(self, series: str, label: str) -> list[str]:
        """As Grafana's variables ask for them."""
        return sorted({str(one[label]) for one in self._ask("series", {"match[]": series})})

    def _ask(self, what: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=30.0, trust_env=False)
        found = answer.json()
        assert found["status"] == "success", f"{parameters}: {found.get('error')}"
        data = found["data"]
        return data if isinstance(data, list) else data["result"]

    def _scrapes(self) -> int:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            found = self.instant("count_over_time(up{job='keel'}[1h]) and max_over_time(up{job='keel'}[3s]) == 1")
        except (httpx.HTTPError, json.JSONDecodeError):
            return 0
        return int(float(found[0]["value"][1])) if found else 0

    def _config(self) -> dict[str, Any]:
        job: dict[str, Any] = {"job_name": "keel", "static_configs": [{"targets": [self.target]}]}
        if self.token is not None:
            job["authorization"] = {"type": "Bearer", "credentials": self.token}
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(one) for one in self.rules],
            "scrape_configs": [job],
        }
