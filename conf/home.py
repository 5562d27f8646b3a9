"""Where the project stands and where its runtime files go."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Folder of the runtime files `lake` and `state`: KEEL_HOME, or the project's data folder."""
    moved = os.environ.get("KEEL_HOME")
    return Path(moved).expanduser().resolve() if moved else PROJECT / "data"
