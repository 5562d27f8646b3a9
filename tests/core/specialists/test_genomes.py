"""A genome as text: what it says, what it is the hash of, and everything that is refused, by its name."""

import hashlib
import json
import math

import pytest

from models.specialists.genes import GENES
from models.specialists.genome_text import genome_from_json, genome_to_json, sealed
from models.specialists.genomes import Genome, Lineage, genome_of
from models.types import BadInput, Damaged, Regime

PARENTS = ("0" * 63 + "a", "f" * 64)
LINEAGE = Lineage(PARENTS, 7, "crossed and mutated", 42)
EVERY = [pytest.param(of, gene, id=f"{of.name.lower()}-{gene.name}") for of in Regime for gene in GENES[of]]


def genome(specialist=Regime.TRENDING, lineage=LINEAGE):
    return Genome(specialist, tuple(gene.low for gene in GENES[specialist]), lineage)


def changed(*path, to, of=Regime.TRENDING):
    """The text of a genome with one value in it replaced."""
    document = json.loads(genome_to_json(genome(of)))
    branch = document
    for key in path[:-1]:
        branch = branch[key]
    branch[path[-1]] = to
    return json.dumps(document)


def without(*path):
    document = json.loads(genome_to_json(genome()))
    branch = document
    for key in path[:-1]:
        branch = branch[key]
    del branch[path[-1]]
    return json.dumps(document)


def refusal_of(text):
    with pytest.raises(BadInput) as refusal:
        genome_from_json(text)
    with pytest.raises(BadInput):
        sealed(text)
    return str(refusal.value)


def test_the_text_has_the_schema_the_genes_their_bounds_the_lineage_and_the_hash():
    document = json.loads(genome_to_json(genome()))
    assert list(document) == ["schema", "specialist", "genes", "bounds", "lineage", "sha256"]
    assert (document["schema"], document["specialist"]) == (1, "trending")
    assert document["genes"]["stop_loss_atr"] == 1.0
    assert document["genes"]["pullback_entry"] is False
    assert document["bounds"]["stop_loss_atr"] == [1.0, 3.0]
    assert document["bounds"]["pullback_entry"] == [False, True]
    assert document["lineage"] == {
        "parents": list(PARENTS),
        "generation": 7,
        "origin": "crossed and mutated",
        "seed": 42,
    }
    assert document["sha256"] == genome().sha256


def test_the_hash_is_the_one_of_the_canonical_json():
    canonical = (
        '{"genes":{"entry_threshold":0.0,"fear_greed_weight":0.0,"max_holding_hours":1.0,"max_trades_per_day":1,'
        '"position_size_pct":0.01,"stop_loss_pct":0.01,"take_profit_pct":0.02,"volatility_filter":0.5},'
        '"lineage":{"generation":0,"origin":"x","parents":[],"seed":null},"schema":1,"specialist":"volatile"}'
    )
    made = genome(Regime.VOLATILE, Lineage((), 0, "x", None))
    assert made.sha256 == hashlib.sha256(canonical.encode()).hexdigest()


def test_everything_that_makes_it_another_genome_makes_another_hash():
    others = [
        genome(),
        Genome(Regime.TRENDING, (math.nextafter(20.0, 30.0), *genome().genes[1:]), LINEAGE),
        genome(lineage=Lineage(PARENTS[::-1], 7, "crossed and mutated", 42)),
        genome(lineage=Lineage(PARENTS, 8, "crossed and mutated", 42)),
        genome(lineage=Lineage(PARENTS, 7, "crossed", 42)),
        genome(lineage=Lineage(PARENTS, 7, "crossed and mutated", None)),
        genome(Regime.RANGING),
    ]
    assert len({one.sha256 for one in others}) == len(set(others)) == len(others)


def test_the_order_of_the_keys_and_the_spaces_of_a_file_do_not_matter():
    document = json.loads(genome_to_json(genome()))
    turned = {key: dict(reversed(part.items())) if isinstance(part, dict) else part for key, part in document.items()}
    assert genome_from_json(json.dumps(dict(reversed(turned.items())), separators=(",", ":"))) == genome()


@pytest.mark.parametrize(("specialist", "gene"), EVERY)
@pytest.mark.parametrize("value", [-1.0, 1e6, math.nan, math.inf, -math.inf, "much", None, [0.5]], ids=repr)
def test_a_gene_that_is_out_of_bounds_is_refused_by_its_name(specialist, gene, value):
    said = refusal_of(changed("genes", gene.name, to=value, of=specialist))
    assert said.startswith(f"{gene.name}: found ")
    assert f"allowed is {gene.allowed}" in said


@pytest.mark.parametrize(("specialist", "gene"), EVERY)
def test_a_gene_that_is_just_out_of_bounds_is_refused_by_its_name(specialist, gene):
    for value in (math.nextafter(gene.low, -9.0), math.nextafter(gene.high, 99.0)):
        assert refusal_of(changed("genes", gene.name, to=value, of=specialist)).startswith(f"{gene.name}: found ")


@pytest.mark.parametrize(("specialist", "gene"), EVERY)
def test_a_gene_that_is_missing_is_refused_by_its_name(specialist, gene):
    written = {one.name: one.written(one.low) for one in GENES[specialist] if one != gene}
    with pytest.raises(BadInput, match=rf"^{gene.name} is missing; allowed is each of "):
        genome_of(specialist, written, LINEAGE)


def test_a_gene_of_another_specialist_is_refused_by_its_name():
    said = refusal_of(changed("genes", "crisis_threshold", to=35.0))
    assert said.startswith("'crisis_threshold' is no gene of trending; allowed is each of trend_strength_min, ")


def test_every_gene_that_is_wrong_is_named_at_once():
    document = json.loads(genome_to_json(genome()))
    document["genes"] |= {"stop_loss_atr": 9.0, "pullback_entry": 1, "momentum_weight": True}
    said = refusal_of(json.dumps(document))
    for part in ("stop_loss_atr: found 9.0", "pullback_entry: found 1,", "momentum_weight: found True"):
        assert part in said
    assert said.count("found") == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"schema": ' + "9" * 5000 + "}", "not JSON"),
        ("[]", "a genome: found [], allowed is an object"),
        ("null", "a genome: found None"),
        ('{"schema": 2, "whatever": 1}', "schema: found 2, allowed is 1"),
        (changed("schema", to=True), "schema: found True, allowed is 1"),
        (changed("schema", to=1.0), "schema: found 1.0, allowed is 1"),
        (changed("schema", to="1"), "schema: found '1', allowed is 1"),
        (without("schema"), "schema is missing"),
        (without("specialist"), "specialist is missing"),
        (without("genes"), "genes is missing"),
        (without("bounds"), "bounds is missing"),
        (without("lineage"), "lineage is missing"),
        (without("sha256"), "sha256 is missing"),
        (changed("fitness", to=1.0), "fitness is not known"),
        (changed("specialist", to="bold"), "specialist: found 'bold', allowed is one of volatile, trending, ranging"),
        (changed("specialist", to="TRENDING"), "specialist: found 'TRENDING'"),
        (changed("specialist", to=1), "specialist: found 1"),
        (changed("specialist", to=[]), "specialist: found []"),
        (changed("specialist", to="crisis"), "is no gene of crisis"),
        (changed("genes", to=[1.0] * 8), "genes: found [1.0"),
        (changed("bounds", to=None), "bounds: found None"),
        (changed("bounds", "stop_loss_atr", to=[1.0, 9.0]), "bounds.stop_loss_atr: found [1.0, 9.0], allowed is [1.0"),
        (changed("bounds", "more", to=[0, 1]), "bounds.more: found [0, 1], allowed is None"),
        (without("bounds", "momentum_weight"), "bounds.momentum_weight: found None, allowed is [0.0, 1.0]"),
        (changed("lineage", to="none"), "lineage: found 'none'"),
        (without("lineage", "seed"), "lineage.seed is missing"),
        (changed("lineage", "mother", to=1), "lineage.mother is not known"),
        (changed("lineage", "parents", to="f" * 64), "lineage.parents: found 'fff"),
        (changed("lineage", "parents", to=["F" * 64]), "lineage.parents: found 'FFF"),
        (changed("lineage", "parents", to=["f" * 63]), "lineage.parents: found 'fff"),
        (changed("lineage", "parents", to=["f" * 64 + "\n"]), "lineage.parents: found 'fff"),
        (changed("lineage", "parents", to=[7]), "lineage.parents: found 7"),
        (changed("lineage", "generation", to=-1), "lineage.generation: found -1"),
        (changed("lineage", "generation", to=1.0), "lineage.generation: found 1.0"),
        (changed("lineage", "generation", to=True), "lineage.generation: found True"),
        (changed("lineage", "origin", to=""), "lineage.origin: found ''"),
        (changed("lineage", "origin", to="x" * 201), "1 to 200 characters"),
        (changed("lineage", "origin", to="two\nlines"), "lineage.origin: found 'two\\nlines'"),
        (changed("lineage", "origin", to="\ud800"), "lineage.origin: found"),
        (changed("lineage", "origin", to=None), "lineage.origin: found None"),
        (changed("lineage", "seed", to=-1), "lineage.seed: found -1"),
        (changed("lineage", "seed", to=2**128), "lineage.seed: found 340"),
        (changed("lineage", "seed", to=0.0), "lineage.seed: found 0.0"),
        (genome_to_json(genome()).replace('"seed": 42', '"seed": 42, "seed": 42'), "'seed' is there twice"),
        (
            genome_to_json(genome()).replace('"stop_loss_atr": 1.0,', '"stop_loss_atr": 1.0, "stop_loss_atr": 1.0,', 1),
            "'stop_loss_atr' is there twice",
        ),
    ],
    ids=lambda value: value[:40] if len(value) < 60 else "text",
)
def test_what_is_no_genome_is_refused_by_the_name_of_what_is_wrong(text, said):
    assert said in refusal_of(text)


@pytest.mark.parametrize(
    "text",
    [
        changed("genes", "stop_loss_atr", to=1.5),
        changed("lineage", "generation", to=8),
        changed("sha256", to="0" * 64),
        changed("sha256", to=genome().sha256.upper()),
        changed("sha256", to=None),
    ],
    ids=["gene", "lineage", "hash", "capitals", "null"],
)
def test_what_was_changed_after_it_was_sealed_is_damaged_until_it_is_sealed_again(text):
    again = genome_from_json(sealed(text))
    with pytest.raises(Damaged) as refusal:
        genome_from_json(text)
    assert again.sha256 in str(refusal.value)
    assert str(json.loads(text)["sha256"])[:10] in str(refusal.value)
    assert "write the second hash in place of the first" in str(refusal.value)
    # and doing what it says helps
    document = json.loads(text) | {"sha256": again.sha256}
    assert genome_from_json(json.dumps(document)) == again


def test_a_sealed_text_stays_as_it_is():
    assert sealed(genome_to_json(genome())) == genome_to_json(genome())


def test_a_genome_out_of_bounds_cannot_be_made():
    low = genome().genes
    for wrong in ((9.0, *low[1:]), (math.nan, *low[1:]), (*low[:6], 0.5, low[7])):
        with pytest.raises(BadInput, match=r"^(trend_strength_min|pullback_entry): found "):
            Genome(Regime.TRENDING, wrong, LINEAGE)
    for wrong in (low[:-1], (*low, 1.0), ()):
        with pytest.raises(BadInput, match=rf"^found {len(wrong)} genes, allowed are the 8 .* trend_strength_min"):
            Genome(Regime.TRENDING, wrong, LINEAGE)


def test_genes_are_read_by_their_names():
    assert genome()["stop_loss_atr"] == 1.0
    assert list(genome().named) == [gene.name for gene in GENES[Regime.TRENDING]]
    with pytest.raises(KeyError):
        genome()["crisis_threshold"]
