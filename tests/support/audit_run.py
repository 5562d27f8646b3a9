"""Known vulnerabilities of what the locks name: python tests/support/audit_run.py [LOCK ...], which is `make audit`.

Exit codes: 0 looked, and nothing is known; 1 something is; 2 it could not look. The last is why this is more than one
line of pip-audit, which believes a service that answers everything with `{}`: a package with holes known since 2019 is
asked for as well, and who knows nothing against that one has not looked.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locked import Locked, locked

ROOT = Path(__file__).parent.parent.parent
LOCKS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
# In none of the locks.
CANARY = Locked("django", "2.2.0", ("0" * 64,), ())
FOUND, COULD_NOT_LOOK = 1, 2


@dataclass(frozen=True, slots=True)
class Allowed:
    """A finding that does not concern us, until a day."""

    vulnerability: str
    package: str
    why: str
    until: dt.date


class CouldNotLook(Exception):
    """Nothing is known about vulnerabilities, neither good nor bad."""


def allowed(pyproject: Path) -> list[Allowed]:
    """The list `[[tool.keel.audit.allowed]]`.

    Raises:
        CouldNotLook: an entry is not complete.
    """
    tools = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    found: list[Allowed] = []
    for one in tools.get("keel", {}).get("audit", {}).get("allowed", []):
        fields = {"vulnerability": str, "package": str, "why": str, "until": dt.date}
        if set(one) != set(fields) or not all(type(one[name]) is kind and one[name] for name, kind in fields.items()):
            raise CouldNotLook(
                f"{pyproject.name}: tool.keel.audit.allowed: found {one}, wanted are {', '.join(fields)} (a date)"
            )
        found.append(Allowed(**one))
    return found


def looked(packages: dict[str, Locked], service: Sequence[str]) -> list[dict[str, Any]]:
    """What is known of each package, as pip-audit tells it.

    It takes each name once, and a lock for several platforms has some twice: they are asked for after the others.

    Raises:
        CouldNotLook: there was no answer, or one that cannot be true.
    """
    rest, told = dict(packages), list[dict[str, Any]]()
    while rest:
        batch = {one.name: one for one in rest.values()}
        for one in batch.values():
            del rest[one.key]
        told += _asked([*batch.values(), CANARY], service)
    return told


def _asked(packages: list[Locked], service: Sequence[str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        wanted, answer = Path(name) / "requirements.txt", Path(name) / "answer.json"
        # Without markers: what only another platform installs is looked at too.
        lines = [f"{one.key} {' '.join(f'--hash=sha256:{each}' for each in one.hashes)}\n" for one in packages]
        wanted.write_text("".join(lines))
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(wanted), "--require-hashes", "--disable-pip"]
        # A cache of its own: what was answered last week is no look.
        command += ["--strict", "--format", "json", "--output", str(answer), "--cache-dir", name, *service]
        command += ["--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            told: list[dict[str, Any]] = json.loads(answer.read_text())["dependencies"]
        except (OSError, ValueError, KeyError) as error:
            said = done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"]
            raise CouldNotLook(f"the vulnerability service was not reached or not understood: {said[-1]}") from error
    about = {f"{one['name']}=={one.get('version')}": one for one in told}
    silent = [one.key for one in packages if "vulns" not in about.get(one.key, {})]
    if silent:
        raise CouldNotLook(
            f"nothing was said about {', '.join(silent[:5])} ({len(silent)} of {len(packages)} packages)"
        )
    if not about.pop(CANARY.key)["vulns"]:
        raise CouldNotLook(f"the service knows nothing against {CANARY.key}, which has had holes since 2019")
    return list(about.values())


def judged(told: list[dict[str, Any]], pardons: list[Allowed], today: dt.date) -> list[str]:
    """A sentence for everything that is wrong."""
    wrong: list[str] = []
    used: set[Allowed] = set()
    for one in told:
        for each in one["vulns"]:
            names = {each["id"], *each.get("aliases", [])}
            pardon = next((p for p in pardons if p.package == one["name"] and p.vulnerability in names), None)
            if pardon is not None:
                used.add(pardon)
            if pardon is None or pardon.until < today:
                ended = "" if pardon is None else f" (was allowed until {pardon.until}: {pardon.why})"
                fixed = ", ".join(each.get("fix_versions", [])) or "no version yet"
                wrong.append(f"{one['name']} {one['version']}: {each['id']}, mended by {fixed}{ended}")
    wrong += [
        f"{one.package}: {one.vulnerability} is allowed and was not found; remove it"
        for one in pardons
        if one not in used
    ]
    return wrong


def main(files: Sequence[str]) -> int:
    """Exit status."""
    url = os.environ.get("AUDIT_URL")
    service = ["--vulnerability-service", "osv", *(["--osv-url", url] if url else [])]
    pyproject = Path(os.environ.get("AUDIT_ALLOWED", ROOT / "pyproject.toml"))
    try:
        packages = locked(*(map(Path, files) if files else LOCKS))
        pardons = allowed(pyproject)
        told = looked(packages, service)
    except CouldNotLook as error:
        print(f"make audit could not look: {error}. Nothing is known; try again with the network.", file=sys.stderr)
        return COULD_NOT_LOOK
    wrong = judged(told, pardons, dt.datetime.now(dt.UTC).date())
    print(
        "\n".join(wrong) or f"{len(packages)} packages, nothing is known against them ({len(pardons)} findings allowed)"
    )
    return FOUND if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
