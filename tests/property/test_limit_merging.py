"""Tightest wins: over any candidates in any order, over any configuration, and what a change loosens."""

import os
import random
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf import Loaded, load
from conf.home import PROJECT
from conf.layers import PREFIX
from conf.limits import Limits, held_limits, loosened, merged
from conf.limits.merging import RISING, looser
from models.types.limits import Limit

pytestmark = pytest.mark.risk

SYMBOLS = ("BTC/USDT", "ETH/USDT")
SYSTEMS = ("swing", "long")
BASE = {"stage": "paper", "trading.profile": "moderate", "trading.venue": "binance", "trading.symbols": list(SYMBOLS)}
values = st.floats(1e-6, 1e6, allow_subnormal=False)
sources = st.sampled_from(
    [
        "risk.profiles.moderate",
        "risk.strategies.swing",
        "risk.stages.paper",
        "risk.limits",
        "risk.asset_classes.crypto",
        "risk.symbols.BTC/USDT.weight",
        "elsewhere",
    ]
)
names = st.sampled_from(["max_position", "max_leverage", *sorted(RISING)])


@st.composite
def candidates(draw: st.DrawFn) -> tuple[str, list[Limit]]:
    name = draw(names)
    pairs = draw(st.lists(st.tuples(values, sources), min_size=1, max_size=8))
    return name, [Limit(name, value, source, f"conf/x.yaml:{k}") for k, (value, source) in enumerate(pairs, 1)]


def tightest(name: str, found: list[Limit]) -> float:
    figures = [one.value for one in found]
    return max(figures) if name in RISING else min(figures)


@given(drawn=candidates(), seed=st.integers(0, 1000), more=st.tuples(values, sources))
def test_the_tightest_wins_in_any_order_and_more_candidates_never_loosen(
    drawn: tuple[str, list[Limit]], seed: int, more: tuple[float, str]
) -> None:
    name, found = drawn
    limits = merged({name: found, "nothing": []})
    assert limits.winner(name).value == tightest(name, found)
    assert all(not looser(name, limits.winner(name).value, one.value) for one in found)
    assert sorted(limits.all(name), key=str) == sorted(found, key=str)
    assert limits.names == (name,)
    assert limits.all("nothing") == ()
    shuffled = random.Random(seed).sample(found, len(found))  # noqa: S311 - an order, no secret
    assert merged({name: shuffled}).all(name) == limits.all(name)
    wider = merged({name: [*found, Limit(name, *more, "conf/x.yaml:99")]})
    assert not looser(name, wider.winner(name).value, limits.winner(name).value)
    for left, right in pairwise(limits.all(name)):
        assert not looser(name, left.value, right.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shipped configuration, without what this machine adds to it."""
    made = tmp_path_factory.mktemp("conf")
    for name in ("base.yaml", "risk_params.yml", "model_router_rules.yml"):
        shutil.copy(PROJECT / "conf" / name, made)
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}
    yield made
    os.environ |= kept


shares = st.sampled_from([0.01, 0.05, 0.1, 0.1001, 0.19])
multiples = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, 9.0])
# Dotted keys that bound the same few things, so that they are often in each other's way.
DRAWN: dict[str, st.SearchStrategy[object]] = {
    **{
        f"risk.{layer}.max_position": shares
        for layer in (
            "profiles.moderate",
            "strategies.swing",
            "strategies.long",
            "stages.paper",
            "asset_classes.crypto",
        )
    },
    "risk.limits.max_asset": shares,
    "risk.symbols.BTC/USDT.weight": shares,
    "risk.symbols.ETH/USDT.size_range": st.sampled_from([[0.0, 0.05], [0.01, 0.05], [0.01, 0.2]]),
    **{
        f"risk.{layer}.max_leverage": multiples
        for layer in ("profiles.moderate", "strategies.swing", "stages.paper", "asset_classes.crypto")
    },
    "risk.profiles.moderate.var_confidence": st.sampled_from([0.9, 0.95, 0.99]),
    "risk.limits.max_var": st.sampled_from([0.01, 0.02]),
    "risk.stages.paper.max_var": st.sampled_from([0.01, 0.02, 0.03]),
    "risk.breakers.strategy_drawdown": shares,
    "risk.strategies.swing.max_drawdown": shares,
    "risk.breakers.release_days.pause": st.sampled_from([1.0, 7.0]),
    "trading.profile": st.sampled_from(["conservative", "moderate", "aggressive"]),
}
configurations = st.fixed_dictionaries({}, optional=DRAWN)


def configured(folder: Path, flags: dict[str, object]) -> Loaded:
    return load(BASE | flags, folder)


def effective(loaded: Loaded) -> dict[tuple[str, str], float]:
    return {(one.scope, one.name): one.winner.value for one in held_limits(loaded, SYSTEMS, SYMBOLS)}


@given(flags=configurations)
def test_what_holds_is_never_looser_than_any_layer_that_speaks(folder: Path, flags: dict[str, object]) -> None:
    loaded = configured(folder, flags)
    settings = loaded.settings
    risk, profile = settings.risk, settings.risk.profiles[settings.trading.profile]
    found = effective(loaded)
    for system in SYSTEMS:
        strategy, stage = getattr(risk.strategies, system), risk.stages.paper
        said = [
            profile.max_leverage,
            strategy.max_leverage,
            stage.max_leverage,
            risk.asset_classes["crypto"].max_leverage,
        ]
        assert found[system, "max_leverage"] == min(one for one in said if one is not None)
        for symbol in SYMBOLS:
            own = risk.symbols.get(symbol)
            said = [profile.max_position, strategy.max_position, stage.max_position, risk.limits.max_asset]
            said += [risk.asset_classes["crypto"].max_position]
            said += [] if own is None else [own.weight, None if own.size_range is None else own.size_range[1]]
            assert found[f"{system} in {symbol}", "max_position"] == min(one for one in said if one is not None)


@given(one=configurations, other=configurations)
def test_what_a_change_loosens_is_exactly_what_holds_less_tight(
    folder: Path, one: dict[str, object], other: dict[str, object]
) -> None:
    before, after = configured(folder, one), configured(folder, other)
    old, new = effective(before), effective(after)
    wanted = {key for key in old if key not in new or looser(key[1], new[key], old[key])}
    there, back = loosened(before, after), loosened(after, before)
    assert {tuple(text.split(": ")[0].split(" of ", 1)) for text in there} == {(name, scope) for scope, name in wanted}
    assert loosened(before, before) == ()
    assert not {text.split(":")[0] for text in there} & {text.split(":")[0] for text in back}
    if not there and not back:
        assert old == new


# Layers that the shipped configuration does not have: whatever they say, they only tighten.
ADDED = [one for one in DRAWN if "strategies" in one or "symbols" in one or one in ("risk.stages.paper.max_var",)]


@given(flags=configurations, added=st.sampled_from(ADDED), data=st.data())
def test_a_layer_more_never_loosens_anything(
    folder: Path, flags: dict[str, object], added: str, data: st.DataObject
) -> None:
    without = {name: value for name, value in flags.items() if name != added}
    assert loosened(configured(folder, without), configured(folder, without | {added: data.draw(DRAWN[added])})) == ()


def test_no_candidates_are_no_limits() -> None:
    assert merged({}) == Limits({})
