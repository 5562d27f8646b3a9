"""Rounding to a venue's steps: always an exact decimal multiple, never on the wrong side, never further than a step."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kernels import ceil_to_step, floor_to_step

STEPS = [0.01, 0.1, 0.0001, 0.00001, 5.0, 0.25]
values = st.floats(min_value=0.0, max_value=1e7, allow_nan=False)


def exact(step):
    return Decimal(str(step))


def slack(value, step):
    """A quotient within 1e-9 of a whole number is that number; beyond that, what a float can say at all."""
    return Decimal("1e-9") * exact(step) + 4 * Decimal(math.ulp(value))


@pytest.mark.parametrize("step", STEPS)
@given(value=values)
def test_floor_is_a_decimal_multiple_at_or_below(step, value):
    found = floor_to_step(value, step)
    assert Decimal(repr(found)) % exact(step) == 0
    rest = Decimal(value) - Decimal(repr(found))
    assert -slack(value, step) <= rest < exact(step) + slack(value, step)


@pytest.mark.parametrize("step", STEPS)
@given(value=values)
def test_ceil_is_a_decimal_multiple_at_or_above(step, value):
    found = ceil_to_step(value, step)
    assert Decimal(repr(found)) % exact(step) == 0
    rest = Decimal(repr(found)) - Decimal(value)
    assert -slack(value, step) <= rest < exact(step) + slack(value, step)


@pytest.mark.parametrize("step", STEPS)
@given(count=st.integers(min_value=0, max_value=10**11))
def test_a_multiple_stays_what_it_is(step, count):
    value = float(count * exact(step))
    assert floor_to_step(value, step) == value
    assert ceil_to_step(value, step) == value


@pytest.mark.parametrize("step", STEPS)
@given(count=st.integers(min_value=1, max_value=10**6), share=st.floats(min_value=0.001, max_value=0.999))
def test_between_two_multiples_the_lower_and_the_upper(step, count, share):
    value = float((count + Decimal(share)) * exact(step))
    assert floor_to_step(value, step) == float(count * exact(step))
    assert ceil_to_step(value, step) == float((count + 1) * exact(step))


@pytest.mark.parametrize("step", STEPS)
@given(value=values)
def test_rounding_twice_is_rounding_once(step, value):
    assert floor_to_step(floor_to_step(value, step), step) == floor_to_step(value, step)
    assert ceil_to_step(ceil_to_step(value, step), step) == ceil_to_step(value, step)
