"""A real browser without a window, spoken to in the DevTools protocol."""

import base64
import io
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from processes import eventually
from websockets.sync.client import ClientConnection, connect

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--remote-debugging-port=0", "--window-size=1440,1000"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A browser's page; `heard` are the events that came between answers, of the domains that were enabled."""

    socket: ClientConnection
    numbers: Iterator[int]
    heard: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=30))
            if answer.get("id") == number:
                return answer.get("result", {})
            if "method" in answer:
                self.heard.append(answer)

    def value(self, expression: str) -> Any:
        """Of the JavaScript expression; None while the page has none."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True).get("result", {}).get("value")

    def wait(self, expression: str, seconds: float = 60) -> Any:
        """The first true value of the expression; where there is none, the failure shows what the page says."""
        deadline = time.monotonic() + seconds
        while not (found := self.value(expression)):
            assert time.monotonic() < deadline, f"never true: {expression}; {self.value('document.body.innerText')}"
            time.sleep(0.1)
        return found

    def texts(self, selector: str) -> list[str]:
        """Of all elements that the selector finds, once there are some."""
        return self.wait(
            f"((all) => all.length && all)([...document.querySelectorAll('{selector}')].map(e => e.innerText))"
        )

    def key(self, name: str, *, shift: bool = False) -> None:
        """Press and release a key, as a person does: Tab, Enter, Escape."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27}[name]
        said = {"key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        text = {"text": "\r"} if name == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **said, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **said)

    def write(self, text: str) -> None:
        """Into what has the focus."""
        self.ask("Input.insertText", text=text)

    def look_like(self, width: int, height: int, mode: str) -> None:
        """A window of that size on a system in that mode, light or dark."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": mode}])

    def screenshot(self, path: Path) -> np.ndarray:
        """What the window shows, also left as a file; shape (height, width, 3)."""
        picture = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(picture)
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def chromium_program() -> str:
    """Where it is; without it the test fails."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("chromium is not installed: make test-services installs it", pytrace=False)
    return found


@contextmanager
def opened_page(chromium: str, profile: Path) -> Iterator[Page]:
    """An empty page of a browser that knows nothing yet, and leaves what it learns in `profile`."""
    browser = subprocess.Popen(
        [chromium, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        said = profile / "DevToolsActivePort"
        eventually(lambda: said.exists() and "\n" in said.read_text(), seconds=30)
        port = said.read_text().splitlines()[0]
        with httpx.Client(trust_env=False) as client:
            targets = client.get(f"http://127.0.0.1:{port}/json/list").raise_for_status().json()
        address = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
        with connect(address, proxy=None, max_size=None, ping_interval=None) as socket:
            yield Page(socket, count(1))
    finally:
        browser.terminate()
        browser.wait(timeout=300)
