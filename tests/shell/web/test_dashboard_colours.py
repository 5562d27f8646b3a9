"""The style's colours by the arithmetic of WCAG 2: every text on every surface, in both modes."""

import re
from itertools import product
from pathlib import Path

import pytest

import tasks.web

pytestmark = pytest.mark.monitoring

STYLE = (Path(tasks.web.__file__).parent / "static" / "keel.css").read_text()
TOKENS = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", STYLE)}
TEXTS = ("text", "muted", "accent", "good", "bad", "warn")
SURFACES = ("page", "card", "sunk")
# Text of a button on the button, and shapes that mean something on what is behind them.
BUTTONS = (("on-danger", "danger"), ("on-accent", "accent"))
SHAPES = ("crisis", "volatile", "trending", "ranging", "accent", "warn", "bad")


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), [*product(TEXTS, SURFACES), *BUTTONS])
def test_text_is_legible(front: str, back: str, mode: int) -> None:
    assert contrast(TOKENS[front][mode], TOKENS[back][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), [*product(SHAPES, ("card", "sunk"))])
def test_shapes_are_seen(front: str, back: str, mode: int) -> None:
    assert contrast(TOKENS[front][mode], TOKENS[back][mode]) >= 3.0


def test_no_colour_stands_beside_the_tokens() -> None:
    rules = STYLE[STYLE.index("*, *::before") :]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) - {"#regimes", "#charge", "#limits", "#health"} == set()
    assert set(re.findall(r"(?<![\w-])color: var\(--([\w-]+)\)", rules)) <= {
        *TEXTS,
        "on-danger",
        "on-accent",
        "line",
        "card",
    }


def test_the_arithmetic_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
