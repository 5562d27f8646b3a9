"""A page of docs/ as what a reader does with it: commands, files and changes in order, and what should be seen."""

import re
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OMITTED = "[...]"


@dataclass(slots=True)
class Step:
    """`sh` is run, `diff` changes a file, any other kind with a path is that file; `seen` is what a run has to say."""

    kind: str
    path: str
    text: str
    seen: list[str] = field(default_factory=list)


def steps(page: str) -> list[Step]:
    """Every block of the page; a `text` block belongs to the commands before it."""
    found: list[Step] = []
    for kind, path, text in BLOCK.findall(page):
        if kind == "text":
            if not found or found[-1].kind != "sh":
                raise ValueError(f"no command stands before what should be seen: {text[:60]!r}")
            found[-1].seen += [one for one in text.splitlines() if one.strip() not in ("", OMITTED)]
        elif kind == "sh" or path:
            found.append(Step(kind, path, text))
        else:
            raise ValueError(f"a block of kind {kind!r} is neither a command nor a file: {text[:60]!r}")
    return found


def apply(step: Step, root: Path) -> None:
    """Write the file, or change it at the one place where the old lines stand."""
    file = root / step.path
    if step.kind != "diff":
        if step.path != "conf/local.yaml" and file.exists():
            raise ValueError(f"{step.path} is there already")
        file.write_text(step.text)
        return
    lines = step.text.splitlines(keepends=True)
    old, new = ("".join(one[1:] for one in lines if one[0] in (" ", sign)) for sign in "-+")
    before = file.read_text()
    if before.count(old) != 1:
        raise ValueError(f"{step.path} has {before.count(old)} places for this change:\n{step.text}")
    file.write_text(before.replace(old, new))


def missing(promised: list[str], said: str) -> str | None:
    """The first promised line that does not come, in order, among the lines that were said; `…` is any text."""
    lines = iter([" ".join(one.split()) for one in said.splitlines()])
    for one in promised:
        pattern = ".*".join(re.escape(part) for part in " ".join(one.split()).split("…"))
        if not any(re.fullmatch(pattern, line) for line in lines):
            return one
    return None
