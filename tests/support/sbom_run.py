"""What Keel consists of as CycloneDX JSON: python tests/support/sbom_run.py FILE, which is `make sbom OUT=FILE`.

Packages, hashes and who wants whom are the lock's; licences are what the installed packages declare. The same lock and
environment give the same bytes.
"""

import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from locked import Locked, locked
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent.parent
LONGEST = 100


def bill(lock: Path, project: Path) -> str:
    """The document; its serial number and time are left out, they would differ each time.

    Raises:
        ValueError: it does not keep the schema.
    """
    own = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    root = Component(
        name=own["name"],
        version=own["version"],
        type=ComponentType.APPLICATION,
        bom_ref=own["name"],
        licenses=[LicenseFactory().make_from_string(own["license"])],
    )
    packages = locked(lock)
    parts = {key: _component(one) for key, one in packages.items()}
    bom = Bom(components=parts.values())
    bom.metadata.component = root
    for key, one in packages.items():
        by_name = [parts[other] for other, each in packages.items() if each.name in one.wanted_by]
        for wanting in [*by_name, *([root] if own["name"] in one.wanted_by else [])]:
            bom.register_dependency(wanting, [parts[key]])
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    document.pop("serialNumber", None)
    document["metadata"].pop("timestamp", None)
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"the bill breaks the schema of CycloneDX 1.6: {wrong}")
    return text


def _component(one: Locked) -> Component:
    found, purl = _declared(one), PackageURL("pypi", None, one.name, one.version)
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        bom_ref=one.key,
        purl=purl,
        licenses=[] if found is None else [found],
        # The lock has a hash for each file that the package comes as, and names no place to fetch it from.
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(purl.to_string()),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in one.hashes],
            )
        ],
    )


def _declared(one: Locked) -> License | None:
    """What the installed package says about its licence, where it is this version and says anything short."""
    try:
        about = metadata.metadata(one.name)
    except metadata.PackageNotFoundError:
        return None
    if about["Version"] != one.version:
        return None
    classified = [
        each.rpartition(" :: ")[2] for each in about.get_all("Classifier", []) if each.startswith("License ::")
    ]
    said = about.get("License-Expression") or about.get("License") or ", ".join(classified)
    if len(said) > LONGEST or "\n" in said:
        said = ", ".join(classified)
    if not said.strip() or said.strip() == "UNKNOWN":
        return None
    return LicenseFactory().make_from_string(said.strip(), license_acknowledgement=LicenseAcknowledgement.DECLARED)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("say where to write it: make sbom OUT=keel.cdx.json", file=sys.stderr)
        sys.exit(2)
    Path(sys.argv[1]).write_text(bill(ROOT / "requirements.txt", ROOT / "pyproject.toml"), encoding="utf-8")
