"""Digests of what grows, and what a seal is made of."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from journal_rows import HOUR, made_decision, record

from data.journal import Journal, open_journal
from data.journal.seal_check import Seals
from models.types import IntArray
from tasks.session.seen import Seen


def _periods(rows: int, length: int) -> dict[str, IntArray]:
    return {
        str(k): one for k, one in enumerate(np.array_split(np.arange(rows), range(length, rows, length))) if one.size
    }


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8), st.integers(1, 6), st.integers(0, 2**32))
def test_what_grew_step_by_step_has_the_digests_of_the_whole(steps: list[int], length: int, seed: int) -> None:
    rng, seen, rows = np.random.default_rng(seed), Seen(), 0
    whole = [rng.integers(0, 3, 60), rng.normal(size=60)]
    for step in steps:
        rows += step
        columns = [one[:rows] for one in whole]
        assert seen.digests(("x",), columns, _periods(rows, length)) == Seen().digests(
            ("x",), columns, _periods(rows, length)
        )


@given(st.integers(1, 40), st.integers(1, 9), st.data())
def test_a_value_that_changed_changes_its_period_alone(rows: int, length: int, data: st.DataObject) -> None:
    seen, columns = Seen(), [np.arange(rows), np.linspace(0.0, 1.0, rows)]
    before = seen.digests(("x",), columns, _periods(rows, length))
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, 1))
    other = [one.copy() for one in columns]
    other[column].view(np.int64)[row] ^= 1
    after = seen.digests(("x",), other, _periods(rows, length))
    assert {name for name in before if before[name] != after[name]} == {str(row // length)}
    assert seen.digests(("x",), columns, _periods(rows, length)) == before


def test_a_negative_zero_is_another_value() -> None:
    one, other = np.array([0.0]), np.array([-0.0])
    assert Seen().digests(("x",), [one], _periods(1, 1)) != Seen().digests(("x",), [other], _periods(1, 1))


def test_seals_are_chained_within_a_book(tmp_path: Path) -> None:
    journal: Journal = open_journal(tmp_path / "journal.sqlite")
    for bar in range(3):
        assert record(journal, made_decision(bar=bar))
    assert record(journal, made_decision(book="other"))
    rows = {row["decision_id"]: row for row in journal.tables()["decision_seals"]}
    mine = sorted((row for row in rows.values() if row["book"] == "book"), key=lambda row: row["number"])
    assert [row["number"] for row in mine] == [1, 2, 3]
    assert [row["previous"] for row in mine] == ["", mine[0]["sha256"], mine[1]["sha256"]]
    (other,) = (row for row in rows.values() if row["book"] == "other")
    assert (other["number"], other["previous"]) == (1, "")
    found, chain = Seals(journal.engine).check("book", None, 2 * HOUR)
    assert (chain, [one.altered for one in found]) == ([], [(), (), ()])
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE intents SET price = '5' WHERE decision_id = ?", (mine[1]["decision_id"],))
    found, chain = Seals(journal.engine).check("book", None, 2 * HOUR)
    assert chain == []
    assert {(one.table, one.column) for each in found for one in each.altered} == {("intents", "price")}
    assert [bool(one.altered) for one in found] == [False, True, False]
