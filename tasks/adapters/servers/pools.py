"""Work pools: one for everything, or one for each kind of work, so that each kind may have machines of its own.

Of which kind a deployment is, its tag in prefect.yaml says; the pool that stands there is the one for everything.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import yaml

from models.types.errors import BadInput

POOL = "keel"
KINDS = ("trading", "research", "ingest")
POOLS: Mapping[str, tuple[str, ...]] = MappingProxyType({"single": (POOL,), "by_kind": KINDS})
"""The pools by servers.pools."""


def require_pool(name: str) -> str:
    """The name.

    Raises:
        BadInput: no deployment is ever given to a pool of that name.
    """
    known = (POOL, *KINDS)
    if name not in known:
        raise BadInput(f"found the pool {name!r}; allowed is one of {', '.join(known)} (see servers.pools)")
    return name


def by_kind(text: str) -> str:
    """prefect.yaml, in which each deployment goes to the pool of its kind.

    Raises:
        BadInput: a deployment has none of the tags of KINDS, or several.
    """
    project = yaml.safe_load(text)
    for one in project["deployments"]:
        one["work_pool"] = {**one["work_pool"], "name": _kind(one)}
    return str(yaml.safe_dump(project, sort_keys=False))


def _kind(deployment: Mapping[str, Any]) -> str:
    found = [tag for tag in deployment.get("tags", []) if tag in KINDS]
    if len(found) != 1:
        name = f"{deployment['entrypoint']} {deployment['name']}"
        raise BadInput(f"prefect.yaml: found {name} with the tags {found}; allowed is one of {', '.join(KINDS)}")
    return str(found[0])
