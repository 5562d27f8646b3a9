"""Genomes as JSON, there and back to the bit; what was changed by hand is refused until it is sealed again."""

import json
import reprlib
from collections.abc import Mapping
from typing import Any

from models.specialists.genes import GENES
from models.specialists.genomes import SCHEMA, Genome, Lineage, genome_of
from models.types.errors import BadInput, Damaged
from models.types.regimes import Regime

KEYS = ("schema", "specialist", "genes", "bounds", "lineage", "sha256")
LINEAGE = ("parents", "generation", "origin", "seed")
SPECIALISTS = {regime.name.lower(): regime for regime in Regime}


def genome_to_json(genome: Genome) -> str:
    """The file of a genome: its content, the bounds for who reads it, and the hash. Equal genomes, equal texts."""
    document = genome.content | {"bounds": _bounds(genome.specialist), "sha256": genome.sha256}
    return json.dumps({key: document[key] for key in KEYS}, indent=2, allow_nan=False) + "\n"


def genome_from_json(text: str) -> Genome:
    """The genome of a file's text.

    Raises:
        BadInput: no JSON, another schema, a key or gene that is missing, unknown, twice there, of another type or out
            of bounds, or bounds that are not the ones of GENES; says which.
        Damaged: the content does not match its hash.
    """
    document = _document(text)
    genome = _genome(document)
    if document["sha256"] != genome.sha256:
        raise Damaged(
            f"sha256: found {reprlib.repr(document['sha256'])}, but the content has {genome.sha256}: it was changed "
            "after it was sealed; restore it, or, if the change is meant, write the second hash in place of the first"
        )
    return genome


def sealed(text: str) -> str:
    """A file that was changed on purpose, with the hash that its content has now; whatever `sha256` it had is replaced.

    Raises:
        BadInput: as genome_from_json.
    """
    return genome_to_json(_genome(_document(text)))


def _document(text: str) -> dict[str, object]:
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not JSON ({error}); allowed is a genome as Keel writes it") from error
    found = _object(document, "a genome")
    # The schema first: whatever else another schema has is not ours to judge.
    if "schema" in found and (type(found["schema"]) is not int or found["schema"] != SCHEMA):
        raise BadInput(f"schema: found {reprlib.repr(found['schema'])}, allowed is {SCHEMA}; convert the genome")
    return _with_keys(found, KEYS, "")


def _genome(document: Mapping[str, object]) -> Genome:
    name = document["specialist"]
    if not isinstance(name, str) or name not in SPECIALISTS:
        raise BadInput(f"specialist: found {reprlib.repr(name)}, allowed is one of {', '.join(SPECIALISTS)}")
    specialist = SPECIALISTS[name]
    genome = genome_of(specialist, _object(document["genes"], "genes"), _lineage(document["lineage"]))
    _check_bounds(specialist, _object(document["bounds"], "bounds"))
    return genome


def _lineage(written: object) -> Lineage:
    found = _with_keys(_object(written, "lineage"), LINEAGE, "lineage.")
    parents = found["parents"]
    if not isinstance(parents, list):
        raise BadInput(f"lineage.parents: found {reprlib.repr(parents)}, allowed is a list")
    others: list[Any] = [found[key] for key in LINEAGE[1:]]  # Lineage looks at their types
    return Lineage(tuple(parents), *others)


def _bounds(specialist: Regime) -> dict[str, list[float | int | bool]]:
    return {gene.name: [gene.written(gene.low), gene.written(gene.high)] for gene in GENES[specialist]}


def _check_bounds(specialist: Regime, found: Mapping[str, object]) -> None:
    allowed = _bounds(specialist)
    for name in (*allowed, *found):
        if found.get(name) != allowed.get(name):
            raise BadInput(
                f"bounds.{name}: found {reprlib.repr(found.get(name))}, allowed is {allowed.get(name)}: bounds are "
                "not a genome's to change"
            )


def _object(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadInput(f"{name}: found {reprlib.repr(value)}, allowed is an object of names and values")
    return value


def _with_keys(found: dict[str, object], keys: tuple[str, ...], above: str) -> dict[str, object]:
    for key in found:
        if key not in keys:
            raise BadInput(f"{above}{reprlib.repr(key)[1:-1]} is not known; allowed is each of {', '.join(keys)} once")
    for key in keys:
        if key not in found:
            raise BadInput(f"{above}{key} is missing; allowed is each of {', '.join(keys)} once")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise BadInput(f"{reprlib.repr(name)} is there twice; keep one of them")
        found[name] = value
    return found
