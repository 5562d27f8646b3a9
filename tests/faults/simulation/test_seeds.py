"""Whole lives of a live book by dice: in the end journal and exchange are one, and everything is protected or told."""

import pytest
from sim_oracle import judged

BLOCKS, SIZE = 3, 20


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_happens_journal_and_exchange_agree_in_the_end(block: int) -> None:
    wrong = [said for seed in range(block * SIZE, (block + 1) * SIZE) for said in judged(seed)]
    assert not wrong, "\n".join(wrong)
