"""Which commit of the project runs, as far as its folder says."""

from conf import PROJECT

UNKNOWN = "unknown"


def current_commit() -> str:
    """40 hex digits, or `unknown` where Keel was not installed from a git checkout."""
    head = PROJECT / ".git" / "HEAD"
    if not head.is_file():
        return UNKNOWN
    written = head.read_text().strip()
    if not written.startswith("ref: "):
        return written
    name = written.removeprefix("ref: ")
    loose, packed = PROJECT / ".git" / name, PROJECT / ".git" / "packed-refs"
    if loose.is_file():
        return loose.read_text().strip()
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), UNKNOWN)
