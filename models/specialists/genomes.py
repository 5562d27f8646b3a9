"""A specialist's figures with where they came from: nothing out of bounds can be one."""

import hashlib
import json
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from models.specialists.genes import GENES, Gene
from models.types.errors import BadInput
from models.types.regimes import Regime

SCHEMA = 1
MOST_SEED = 2**128
LONGEST_ORIGIN = 200
SHA256 = re.compile(r"[0-9a-f]{64}")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a genome came from.

    Attributes:
        parents: SHA-256 of the genomes it was made of, none for one that was not bred.
        generation: of the search, 0 at its start.
        origin: what made it, one line for a person.
        seed: of the random numbers that made it, None where there were none.

    Raises:
        BadInput: a part is of another type or out of its bounds.
    """

    parents: tuple[str, ...]
    generation: int
    origin: str
    seed: int | None

    def __post_init__(self) -> None:
        """Refuse what is no lineage, by name."""
        for parent in self.parents:
            if not isinstance(parent, str) or not SHA256.fullmatch(parent):
                raise _refusal("parents", parent, "64 hexadecimal digits, small letters")
        if type(self.generation) is not int or self.generation < 0:
            raise _refusal("generation", self.generation, "a whole number from 0")
        if not isinstance(self.origin, str) or not self.origin.isprintable():
            raise _refusal("origin", self.origin, "one printable line")
        if not 0 < len(self.origin) <= LONGEST_ORIGIN:
            raise _refusal("origin", self.origin, f"1 to {LONGEST_ORIGIN} characters")
        if self.seed is not None and (type(self.seed) is not int or not 0 <= self.seed < MOST_SEED):
            raise _refusal("seed", self.seed, "null or a whole number from 0 to below 2**128")


@dataclass(frozen=True, slots=True)
class Genome:
    """One specialist.

    Attributes:
        specialist: the regime that it is for.
        genes: their values in the order of GENES[specialist], units there.
        lineage: where it came from.

    Raises:
        BadInput: a gene too many or too few, not finite, not whole where it has to be, or out of bounds; by its name.
    """

    specialist: Regime
    genes: tuple[float, ...]
    lineage: Lineage

    def __post_init__(self) -> None:
        """Refuse what is out of bounds, every gene of it in one message."""
        table = GENES[self.specialist]
        if len(self.genes) != len(table):
            names = ", ".join(gene.name for gene in table)
            raise BadInput(f"found {len(self.genes)} genes, allowed are the {len(table)} of this specialist: {names}")
        values = _together(Gene.checked, dict(zip(table, self.genes, strict=True)))
        object.__setattr__(self, "genes", values)

    def __getitem__(self, name: str) -> float:
        """Value of the gene of this name."""
        return self.named[name]

    @property
    def named(self) -> dict[str, float]:
        """The genes by their names."""
        return {gene.name: value for gene, value in zip(GENES[self.specialist], self.genes, strict=True)}

    @property
    def content(self) -> dict[str, object]:
        """What the hash is of, as JSON has it."""
        table = GENES[self.specialist]
        return {
            "schema": SCHEMA,
            "specialist": self.specialist.name.lower(),
            "genes": {gene.name: gene.written(value) for gene, value in zip(table, self.genes, strict=True)},
            "lineage": {
                "parents": list(self.lineage.parents),
                "generation": self.lineage.generation,
                "origin": self.lineage.origin,
                "seed": self.lineage.seed,
            },
        }

    @property
    def sha256(self) -> str:
        """Over the canonical JSON of schema, specialist, genes and lineage: equal for equal genomes, 64 hex digits."""
        canonical = json.dumps(self.content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def genome_of(specialist: Regime, written: Mapping[str, object], lineage: Lineage) -> Genome:
    """The genome whose genes are `written` by name, as JSON has them.

    Raises:
        BadInput: names what is missing, unknown, of another type, not finite or out of bounds.
    """
    table = GENES[specialist]
    names = [gene.name for gene in table]
    strange = [f"{reprlib.repr(name)} is no gene of {specialist.name.lower()}" for name in written if name not in names]
    missing = [f"{name} is missing" for name in names if name not in written]
    if strange or missing:
        raise BadInput(f"{'; '.join(strange + missing)}; allowed is each of {', '.join(names)} once")
    return Genome(specialist, _together(Gene.read, {gene: written[gene.name] for gene in table}), lineage)


def _together(take: Callable[[Gene, Value], float], values: Mapping[Gene, Value]) -> tuple[float, ...]:
    """Every gene's value, or the refusals of all of them in one message."""
    taken, refused = [], []
    for gene, value in values.items():
        try:
            taken.append(take(gene, value))
        except BadInput as refusal:
            refused.append(str(refusal))
    if refused:
        raise BadInput("; ".join(refused))
    return tuple(taken)


def _refusal(name: str, found: object, allowed: str) -> BadInput:
    return BadInput(f"lineage.{name}: found {reprlib.repr(found)}, allowed is {allowed}")
