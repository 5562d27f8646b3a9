"""The evidence of a line in a file: every criterion with what was found, and the pages that it was computed from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from data.files import sha256_of, write_atomically
from data.journal import AuditKind, Entry
from models.stages import Demotion, Rules, Standing, Verdict
from models.types import iso
from tasks.session.json_values import finite
from tasks.session.staging.evidence import Found
from tasks.session.staging.record import rules_json, window_json

FOLDER = "stages"
KINDS = {AuditKind.PROMOTED: "promoted", AuditKind.DEMOTED: "demoted"}
LOOKED = "looked"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is to be kept of one look at a line.

    Attributes:
        kind: promoted, demoted or looked.
        at: UTC microseconds.
        after: where the line stands from now on.
        causes: what the evidence costs by itself.
    """

    kind: str
    line: str
    at: int
    before: Standing
    after: Standing
    verdicts: tuple[Verdict, ...]
    causes: tuple[Demotion, ...]
    found: Found
    rules: Rules
    who: str = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields that scripts rely on."""
        found, evidence = self.found, self.found.evidence
        return {
            "line": self.line,
            "kind": self.kind,
            "at": iso(self.at),
            "who": self.who,
            "why": self.why,
            "from": str(self.before),
            "to": str(self.after),
            "verdicts": [
                {
                    "name": one.name,
                    "value": one.value,
                    "threshold": one.threshold,
                    "passed": one.passed,
                    "text": one.text,
                }
                for one in self.verdicts
            ],
            "causes": [one.value for one in self.causes],
            "evidence": {name: getattr(evidence, name) for name in evidence.__slots__},
            "window": window_json(found.window),
            "pages": {
                "decisions": found.decisions,
                "fills": found.fills,
                "trips": found.trips,
                "unwitnessed": found.unwitnessed,
                "gap": found.gap,
                "sha256": found.sha256,
            },
            "curve": list(found.curve),
            "rules": rules_json(self.rules),
        }

    def content(self) -> bytes:
        """Of its file."""
        return (json.dumps(finite(self.as_json()), indent=1, allow_nan=False) + "\n").encode()

    def sha256(self) -> str:
        """Of its content, hexadecimal."""
        return sha256_of(self.content())

    def markdown(self) -> str:
        """For people."""
        window, found = self.found.window, self.found
        title = str(self.before) if self.after == self.before else f"{self.before} to {self.after}"
        by = f" by {self.who}: {self.why}" if self.who else ""
        rows = [f"| {one.name} | {one.text} | {'passed' if one.passed else '**failed**'} |" for one in self.verdicts]
        table = "\n".join(["| criterion | found | |", "| --- | --- | --- |", *rows]) if rows else "There is no step up."
        costs = [f"By itself it costs: {', '.join(one.value for one in self.causes)}."] if self.causes else []
        pages = (
            f"Book `{window.book}`, {found.decisions} decisions ({found.unwitnessed} of which count for nothing that "
            f"was gained), {found.fills} closing fills, from {_moment(window.since)} to {iso(window.until)}, release "
            f"`{window.release}`, pages `{found.sha256}`."
        )
        return "\n\n".join([f"# {self.line}: {title}", f"{self.kind} {iso(self.at)}{by}", table, *costs, pages]) + "\n"


def write_dossier(state: Path, dossier: Dossier) -> Path:
    """Write it as JSON and as a page for people; the path of the first. `state`: the folder of the journal.

    Raises:
        Unavailable: it cannot be written.
    """
    path = _path(state, dossier.line, dossier.at, dossier.kind)
    write_atomically(path, dossier.content())
    write_atomically(path.with_suffix(".md"), dossier.markdown().encode())
    return path


def sha256_of_file(state: Path | None, entry: Entry) -> str | None:
    """Of the dossier of a step, None where there is no file."""
    path = None if state is None else _path(state, entry.subject, entry.at, KINDS[entry.kind])
    return sha256_of(path.read_bytes()) if path is not None and path.exists() else None


def demotion_files(state: Path | None, line: str) -> set[int]:
    """When, by their dossiers, the line was demoted; UTC microseconds."""
    if state is None:
        return set()
    names = [one.stem.partition("-") for one in _folder(state, line).glob(f"*-{KINDS[AuditKind.DEMOTED]}.json")]
    return {int(at) for at, _, _ in names if at.isdigit()}


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """The fields that scripts rely on."""
    said = {name: getattr(verdict, name) for name in ("name", "value", "threshold", "passed")}
    return said | {"text": verdict.text}


def failed(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Those that did not pass."""
    return tuple(one for one in verdicts if not one.passed)


def _path(state: Path, line: str, at: int, kind: str) -> Path:
    return _folder(state, line) / f"{at}-{kind}.json"


def _folder(state: Path, line: str) -> Path:
    """Its name has nothing that a file system could not take, and is no other line's."""
    plain = "".join(one if one.isalnum() else "-" for one in line.lower())[:60]
    return state / FOLDER / f"{plain}-{sha256(line.encode()).hexdigest()[:8]}"


def _moment(at: int) -> str:
    return iso(at) if at > 0 else "the beginning"
