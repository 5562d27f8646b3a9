"""A home that is made for a moment: a demo's, a drill's, a bench's."""

from pathlib import Path

from data.journal import JournalPlace


def set_apart(home: Path) -> dict[str, str]:
    """Note in the home that its journal is a file of its own; the variables with which processes work there, in a lake
    of its own: whatever database or bucket this machine's files name, it is not that home's.
    """
    JournalPlace(home / "state").note()
    return {"KEEL_HOME": str(home), "KEEL_LAKE__URL": "null", "KEEL_LAKE__ENDPOINT": "null"}
