"""Whether times are among ascending others, against numpy's own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.types import among

TIMES = st.lists(st.integers(-50, 50), max_size=30)


@given(TIMES, TIMES)
def test_it_is_numpys_isin_where_the_others_ascend(there: list[int], wanted: list[int]) -> None:
    ascending, asked = np.array(sorted(there), np.int64), np.array(wanted, np.int64)
    assert among(ascending, asked).tolist() == np.isin(asked, ascending).tolist()
