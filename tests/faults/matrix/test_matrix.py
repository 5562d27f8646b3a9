"""The table of the fault matrix, the tests behind it, and the page that the last long run wrote."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from exchange_process import ROOT
from fault_page import Case, Results, fixed, page
from fault_rows import PLANTED, ROWS, SEEDS, Row

PAGE = ROOT / "docs" / "faults.md"
NUMBERS = range(1, 39)


@cache
def names_of(file: str) -> list[str]:
    text = (ROOT / file).read_text()
    return re.findall(r"^(?:async )?def (test_\w+)|^class (Test\w+)|^(Test\w+) = ", text, flags=re.M)


def has_test(wanted: str) -> bool:
    file, _, start = wanted.partition("::")
    found = ["".join(one) for one in names_of(file)] if (ROOT / file).is_file() else []
    return any(one.startswith(start) for one in found)


def test_every_fault_has_its_row() -> None:
    assert [row.number for row in ROWS] == list(NUMBERS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number:02}")
def test_a_row_names_tests_that_are_there_and_bear_its_number(row: Row) -> None:
    assert row.tests
    assert [one for one in row.tests if not has_test(one)] == []
    bears = re.compile(rf"test_fault_(\d\d_and_)*{row.number:02}_")
    files = {one.partition("::")[0] for one in row.tests if one.startswith("tests/faults")}
    numbered = [name for file in files for one in names_of(file) if bears.match(name := "".join(one))]
    assert bool(numbered) is not bool(row.elsewhere)


def test_every_numbered_test_is_of_a_row() -> None:
    files = {one.partition("::")[0] for row in ROWS for one in row.tests}
    found = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "faults").rglob("test_*.py")}
    with_numbers = {one for one in found if re.search("^def test_fault_", (ROOT / one).read_text(), flags=re.M)}
    assert with_numbers <= files


def test_the_page_has_every_row_as_the_table_has_it_and_all_of_them_held() -> None:
    text = PAGE.read_text()
    lines = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(ROWS)
    for row, line in zip(ROWS, lines, strict=True):
        assert line.startswith(fixed(row)), f"make faults writes the page anew: row {row.number} has changed"
        assert "| held |" in line
    assert "What did not hold" not in text
    (seeds,) = re.findall(r": ([\d,]+) seeds in", text)
    assert int(seeds.replace(",", "")) >= 10_000


def test_a_row_is_broken_by_a_test_that_fails_or_is_missing_and_by_a_seed() -> None:
    every = tuple(
        Case(f"{module(one)}::{one.partition('::')[2] or 'test_x'}", True, False, 1.0)
        for row in ROWS
        for one in row.tests
    )
    sound = Results(10, 1.0, (), every)
    assert "broken" not in page(sound)
    first = ROWS[0].tests[0]
    without = tuple(one for one in every if not one.is_of(first))
    failed = tuple(Case(one.name, not one.is_of(first), False, 1.0) for one in every)
    assert "**broken**" in page(Results(10, 1.0, (), without))
    assert "**broken**" in page(Results(10, 1.0, (), failed))
    skipped = tuple(replace(one, skipped=one.is_of(first)) for one in every)
    assert "**broken**" in page(Results(10, 1.0, (), skipped))
    of_seeds = [row for row in ROWS if SEEDS in row.tests]
    assert page(Results(10, 1.0, ("seed 3: wrong",), every)).count("**broken**") == len(of_seeds)
    assert PLANTED not in page(sound)


def module(wanted: str) -> str:
    return str(Path(wanted.partition("::")[0]).with_suffix("")).replace("/", ".")
