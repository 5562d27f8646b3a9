"""Combinations, once the scenarios that they are made of are known; a part may be a combination itself."""

from collections.abc import Collection, Mapping

from conf.scenarios.entries import Combination
from models.scenarios import Scenario, combined
from models.types.errors import BadInput


def combine_all(
    scenarios: Mapping[str, Scenario], combinations: Mapping[str, Combination], wrong: Collection[str]
) -> tuple[dict[str, Scenario], dict[str, str]]:
    """What the combinations make, and why the others make nothing, by name; `wrong` are names that cannot be used."""
    usable, unusable = dict(scenarios), set(wrong)
    failed: dict[str, str] = {}
    left = dict(combinations)
    while left:
        ready = [one for one in left.values() if not any(part in left for part in one.parts)]
        if not ready:
            loop = _loop(left)
            failed |= {name: _circle(left[name], loop) for name in loop}
            left = {name: one for name, one in left.items() if name not in loop}
        for one in ready:
            del left[one.name]
            try:
                usable[one.name] = _combined(one, usable, unusable)
            except BadInput as error:
                failed[one.name] = f"{one.where.place}.combine: {error}"
        unusable |= failed.keys()
    return {name: usable[name] for name in combinations if name in usable}, failed


def _combined(one: Combination, usable: Mapping[str, Scenario], unusable: Collection[str]) -> Scenario:
    for part in one.parts:
        if part in usable:
            continue
        if part in unusable:
            raise BadInput(f"the part {part!r} is wrong; correct it first")
        raise BadInput(f"found {part!r}, allowed is the name of a scenario in this file")
    return combined(one.name, one.text, [usable[part] for part in one.parts])


def _loop(left: Mapping[str, Combination]) -> list[str]:
    """Names that lead back to the first of them; every one in `left` has a part there."""
    seen = [next(iter(left))]
    while True:
        after = next(part for part in left[seen[-1]].parts if part in left)
        if after in seen:
            return seen[seen.index(after) :]
        seen.append(after)


def _circle(one: Combination, loop: list[str]) -> str:
    begin = loop.index(one.name)
    around = " > ".join([*loop[begin:], *loop[:begin], one.name])
    return f"{one.where.place}.combine: it is made of itself ({around}); take one of these parts out"
