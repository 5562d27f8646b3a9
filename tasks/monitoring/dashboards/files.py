"""Dashboards as files, for a Grafana that reads them from a folder (provisioning) or a person who imports by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conf.home import PROJECT
from models.types import Unavailable

FOLDER = PROJECT / "conf" / "monitoring" / "grafana"


def text_of(dashboard: dict[str, Any]) -> str:
    """The file's text: the same dashboard is the same text."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def write_dashboards(folder: Path, dashboards: Sequence[dict[str, Any]]) -> tuple[Path, ...]:
    """One file a dashboard, named by its uid; the files that were written.

    Raises:
        Unavailable: the folder cannot be written.
    """
    written = tuple(folder / f"{one['uid']}.json" for one in dashboards)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, one in zip(written, dashboards, strict=True):
            path.write_text(text_of(one), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"cannot write the dashboards to {folder}: {error.strerror}; give another folder") from error
    return written
