"""The message `param.reload`: what is allowed in it. It never says what the parameters are, only that files changed."""

import json
import os
from pathlib import Path

from models.types import BadInput

MAX_BYTES = 4096
COMPONENTS = ("risk_harmoniser", "model_router")
FILES = ("base.yaml", "risk_params.yml", "model_router_rules.yml", "local.yaml")


def check_message(body: bytes, folder: Path) -> None:
    """Refuse what is not `{"component": ..., "config_path": ...}` with a file of the configuration in `folder`; a
    relative path is one from the folder above it, or the bare name of a file in it.

    Raises:
        BadInput: says what is wrong, without repeating the body.
    """
    if len(body) > MAX_BYTES:
        raise BadInput(f"a message of {len(body)} bytes, allowed are {MAX_BYTES}")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("a message that is not JSON; allowed is an object with component and config_path") from None
    if not isinstance(said, dict) or set(said) != {"component", "config_path"}:
        raise BadInput("a message of another shape; allowed is an object with component and config_path, no more")
    if said["component"] not in COMPONENTS:
        raise BadInput(f"a message for an unknown component; allowed is {', '.join(COMPONENTS)}")
    path = said["config_path"]
    if not isinstance(path, str) or not _is_own_file(path, folder):
        raise BadInput(
            f"a message that names no file of the configuration; allowed are {', '.join(FILES)} and stages/*.yaml, as "
            "conf/risk_params.yml"
        )


def _is_own_file(path: str, folder: Path) -> bool:
    if path in FILES:
        return True
    # By name alone: a file of ours may be a symbolic link to elsewhere, and no path of a message is ever opened.
    root = os.path.abspath(folder)  # noqa: PTH100 - resolve() would follow links
    full = Path(os.path.normpath(Path(root).parent / path))
    if not full.is_relative_to(root):
        return False
    parts = full.relative_to(root).parts
    stage = len(parts) == 2 and parts[0] == "stages" and full.suffix == ".yaml" and full.stem.isalpha()
    return stage or (len(parts) == 1 and parts[0] in FILES)
