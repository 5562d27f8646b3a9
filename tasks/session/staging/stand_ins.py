"""Which configurations decided for a stand-in: a venue's test account, or a simulator in its place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.journal import Journal
from models.types import Stage


def stood_in(journal: Journal, stage: Stage) -> frozenset[str]:
    """Versions of the configuration under which a book of the stage showed nothing of the venue itself: a simulator
    stood in for it, or, where its orders cost real money, it was the test account.
    """
    trees = journal.config_trees()
    return frozenset(version for version, tree in trees.items() if _is_stand_in(json.loads(tree), stage))


def _is_stand_in(tree: Mapping[str, Any], stage: Stage) -> bool:
    return any(one.get("url") or (stage.is_money and one.get("sandbox")) for one in _venues(tree))


def _venues(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that orders of the configuration go to."""
    going = (tree.get("trading", {}).get("venue"), *tree.get("execution", {}).get("venues", ()))
    return (settings for name, settings in tree.get("venues", {}).items() if name in going)
