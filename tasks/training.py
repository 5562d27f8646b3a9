"""Prefect tasks that train models, and promote one that a person has chosen."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.learning.child import train_in_child
from tasks.session.learning.promoting import promote_models
from tasks.session.learning.wanted import wanted_models


@task(name="train models")
@shielded
def train_models(flags: dict[str, Any], models: list[str]) -> list[dict[str, Any]]:
    """Train on the configured book with `flags` on top, in a process of its own; walk-forward table, importance,
    learning curves and calibration become artifacts.
    """
    desk, logger = build_desk(flags), get_run_logger()
    wanted = [(series, wanted_models(desk, series, models)) for series in desk.universe()]
    for series, _ in wanted:
        desk.lake.require(series)
    trained = train_in_child(desk, wanted, logger.info)
    for one in trained:
        key = f"training-{re.sub('[^a-z0-9]+', '-', one['series'].lower()).strip('-')}-{one['model']}"
        for page in one["pages"]:
            _show(Path(page), key, f"{one['model']} {one['version']} on {one['series']}")
        logger.info(f"result: {one}")
    return trained


@task(name="promote model")
@shielded
def promote_stored_model(flags: dict[str, Any], model: str, version: str | None) -> list[dict[str, Any]]:
    """Let a stored version of a model of every series of the book speak; without a version its challenger."""
    desk = build_desk(flags)
    made = promote_models(desk, build_tracker(desk), model, version)
    for one in made:
        get_run_logger().info(f"result: {one.sentence}")
    return [one.as_json() for one in made]


def _show(page: Path, key: str, what: str) -> None:
    """A page as an artifact, by what it holds."""
    name, description = f"{key}-{page.stem}", f"{page.stem.replace('-', ' ')} of {what}"
    if page.suffix == ".json":
        create_table_artifact(json.loads(page.read_text(encoding="utf-8")), key=name, description=description)
    elif page.suffix == ".png":
        picture = base64.b64encode(page.read_bytes()).decode()
        create_image_artifact(f"data:image/png;base64,{picture}", key=f"{name}-picture", description=description)
    else:
        create_markdown_artifact(page.read_text(encoding="utf-8"), key=f"{name}-text", description=description)
