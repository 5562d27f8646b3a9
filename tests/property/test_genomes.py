"""Genomes go through JSON and come back to the bit, and no text of another genome passes for one."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.specialists.genes import GENES
from models.specialists.genome_text import genome_from_json, genome_to_json, sealed
from models.specialists.genomes import Genome, Lineage
from models.types import BadInput, Damaged, KeelError, Regime

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
lineages = st.builds(
    Lineage,
    st.lists(hashes, max_size=3).map(tuple),
    st.integers(0, 10**9),
    st.text(min_size=1, max_size=200).filter(str.isprintable),
    st.none() | st.integers(0, 2**128 - 1),
)


def values(gene):
    if gene.kind == "float":
        return st.floats(gene.low, gene.high)
    return st.integers(int(gene.low), int(gene.high)).map(float)


genomes = st.one_of(
    st.builds(Genome, st.just(of), st.tuples(*(values(gene) for gene in GENES[of])), lineages) for of in Regime
)


def bits(genome):
    return [float(value).hex() for value in genome.genes]


@given(genome=genomes)
def test_a_genome_comes_back_to_the_bit(genome):
    text = genome_to_json(genome)
    back = genome_from_json(text)
    assert back == genome
    assert bits(back) == bits(genome)
    assert back.sha256 == genome.sha256 == json.loads(text)["sha256"]
    assert genome_to_json(back) == text == sealed(text)


@given(genome=genomes, data=st.data())
def test_a_gene_moved_by_its_last_bit_is_noticed(genome, data):
    place = data.draw(st.integers(0, 7))
    gene = GENES[genome.specialist][place]
    assume(gene.kind == "float")
    up = math.nextafter(genome.genes[place], math.inf)
    document = json.loads(genome_to_json(genome))
    document["genes"][gene.name] = up
    with pytest.raises(Damaged if up <= gene.high else BadInput):
        genome_from_json(json.dumps(document))


@given(genome=genomes, data=st.data())
def test_a_character_changed_anywhere_is_refused_or_means_the_same(genome, data):
    text = genome_to_json(genome)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8"))
    damaged = text[:at] + other + text[at + 1 :]
    try:
        read = genome_from_json(damaged)
    except KeelError:
        return
    assert read == genome


@given(
    written=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda below: st.lists(below) | st.dictionaries(st.text(), below),
        max_leaves=5,
    ),
    specialist=st.sampled_from(Regime),
    place=st.sampled_from(["schema", "specialist", "genes", "bounds", "lineage", "sha256", "gene", "parents", "seed"]),
)
def test_whatever_stands_anywhere_it_is_refused_by_an_error_of_ours(written, specialist, place):
    genome = Genome(specialist, tuple(gene.low for gene in GENES[specialist]), Lineage((), 0, "by hand", 1))
    document = json.loads(genome_to_json(genome))
    name = {"gene": GENES[specialist][0].name}.get(place, place)
    branch = {"gene": document["genes"], "parents": document["lineage"], "seed": document["lineage"]}
    held = branch.get(place, document)
    assume(held[name] != written)
    held[name] = written
    with pytest.raises(KeelError):
        genome_from_json(json.dumps(document))
