"""The tree as JSON Schema, for editors that check and complete YAML."""

from typing import Any

from conf.schema.settings import Settings


def local_schema() -> dict[str, Any]:
    """What conf/local.yaml may say: every key of the tree, and none of them is required, because the defaults have it.

    Bounds between several keys are not in it; `keel check` has them.
    """
    found = Settings.model_json_schema()
    for group in (found, *found.get("$defs", {}).values()):
        if "properties" in group:
            group.pop("required", None)
    return found
