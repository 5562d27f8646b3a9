"""The fault matrix: every row, at which levels it is shown, and by which tests.

Levels: a pure function or a state machine (pure), a seeded or scripted run on a virtual clock with the real account and
desk (simulation), real processes and sockets (process).
"""

from dataclasses import dataclass

MATRIX = "tests/faults/matrix"
WIRE, POSITIONS = f"{MATRIX}/test_wire.py", f"{MATRIX}/test_positions.py"
STREAMS, STOPS, STORES = f"{MATRIX}/test_streams.py", f"{MATRIX}/test_stops.py", f"{MATRIX}/test_stores.py"
SEEDS, PLANTED = "tests/faults/simulation/test_seeds.py", "tests/faults/simulation/test_planted_bugs.py"
KILLS, WRITERS = "tests/faults/processes/test_kills.py", "tests/faults/processes/test_writers.py"
NAMES = "tests/faults/processes/test_real_names.py"
LIVE_ACTS = "tests/shell/test_live_acts.py"
PARAMETERS = "tests/shell/parameters/test_parameter_server.py"


@dataclass(frozen=True, slots=True)
class Row:
    """A fault. By level where it is shown: files, or `file::beginning of the test's name`.

    Attributes:
        behaviour: what is done about it.
        elsewhere: why it has no test that is named by its number; empty where it has.
    """

    number: int
    fault: str
    behaviour: str
    pure: tuple[str, ...] = ()
    simulation: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    elsewhere: str = ""

    @property
    def tests(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.pure, *self.simulation, *self.process)


def numbered(number: int, file: str) -> str:
    """The tests of a file that bear the number."""
    return f"{file}::test_fault_{number:02}_"


FAILURES = "tests/shell/brokers/test_failures.py"
TRANSITIONS = "tests/property/test_order_log_machine.py"
ORDERS = "tests/property/test_orders_machine.py"
PROTECTION = "tests/property/test_protection_machine.py"
USER_STREAM = "tests/shell/brokers/test_user_stream.py"
CONFIG = "it is about configuration, which no order touches"

ROWS: tuple[Row, ...] = (
    Row(1, "HTTP 5xx on an order", "asked for, never resent", (FAILURES,), (numbered(1, WIRE), SEEDS)),
    Row(2, "429", "a no; all processes leave the venue alone", (FAILURES,), (numbered(2, WIRE), SEEDS)),
    Row(3, "418, a ban", "silence until its end, polling included; alert", (FAILURES,), (numbered(3, WIRE), SEEDS)),
    Row(4, "timeout after it was accepted", "found by its client order id", (FAILURES,), (numbered(4, WIRE), SEEDS)),
    Row(
        5,
        "connection reset after it was accepted",
        "found by its client order id",
        (FAILURES,),
        (numbered(5, WIRE), SEEDS),
        (f"{KILLS}::test_fault_18_and_19_killed_at_a_step",),
    ),
    Row(6, "200 with half an answer, or a page", "asked for, never resent", (FAILURES,), (numbered(6, WIRE), SEEDS)),
    Row(7, "-1007, -1006, -1001", "asked for, though no network error", (FAILURES,), (numbered(7, WIRE), SEEDS)),
    Row(8, "resend after a fill", "never; the journal knows every id", (TRANSITIONS,), (numbered(8, WIRE), PLANTED)),
    Row(
        9,
        "partial fill, then canceled or expired",
        "position is what was filled, the stop is as large",
        (PROTECTION, ORDERS),
        (numbered(9, POSITIONS), SEEDS),
    ),
    Row(10, "fee in the base asset", "only what is left is sold", (PROTECTION,), (numbered(10, POSITIONS), SEEDS)),
    Row(
        11,
        "stream drops",
        "reconnect with growing pauses, then asked by request; no live cycle waits for a stream",
        process=(
            numbered(11, STREAMS),
            f"{USER_STREAM}::test_a_lost_connection",
            f"{USER_STREAM}::test_who_cannot_be_reached",
        ),
    ),
    Row(
        12,
        "stream silent or half open",
        "a dead line, replaced, then asked by request; a live cycle asks everything by request before it decides, so "
        "that a silent stream keeps no entry back",
        process=(numbered(12, STREAMS), f"{USER_STREAM}::test_silence"),
    ),
    Row(
        13,
        "gap, disorder, doubles in a stream",
        "states only move forward, fills count once; a book begins anew",
        (TRANSITIONS,),
        (f"{STREAMS}::test_fault_13_and_14_",),
        (f"{USER_STREAM}::test_twice_is_twice", "tests/shell/streams/test_stream_faults.py::test_a_gap"),
    ),
    Row(
        14,
        "event before the reply, or long after it",
        "the same in the end, in whatever order",
        (TRANSITIONS,),
        (f"{STREAMS}::test_fault_13_and_14_",),
    ),
    Row(
        15,
        "stale, missing or unfinished bars",
        "no decision on bars that end too early, no order where the newest is missing, none of an old decision; an "
        "unfinished bar is not stored",
        ("tests/core/orders/test_gate.py",),
        (numbered(15, POSITIONS),),
        (
            numbered(15, STORES),
            "tests/shell/test_cycle.py::test_a_stale_bar_is_not_acted_on",
            "tests/shell/feeds/test_ingest.py::test_the_unfinished_bar_is_not_stored",
        ),
    ),
    Row(16, "clock off, or set while running", "set once, then nothing is sent", (), (numbered(16, WIRE), SEEDS)),
    Row(17, "-2015 after it worked", "nothing more is sent; alert, no loop", (FAILURES,), (numbered(17, WIRE),)),
    Row(
        18,
        "SIGKILL at any step",
        "the next process makes it whole: one order, the right stop",
        (ORDERS, PROTECTION),
        (SEEDS,),
        (f"{KILLS}::test_fault_18_and_19_", "tests/faults/test_cycle_crash.py::test_killed_at_every_step"),
    ),
    Row(
        19,
        "crash between fill and stop",
        "protected, or sold, before anything else",
        (PROTECTION,),
        (numbered(19, POSITIONS), SEEDS),
        (f"{KILLS}::test_fault_18_and_19_",),
    ),
    Row(
        20,
        "two cycles at once; a finished run again; a holder that slept through its lease",
        "one order; who lost the lease sends nothing",
        ("tests/shell/test_journal_lease.py",),
        (numbered(20, POSITIONS), SEEDS, PLANTED),
        (numbered(20, WRITERS), numbered(20, NAMES), "tests/faults/test_cycle_crash.py::test_two_cycles_at_once"),
    ),
    Row(
        21,
        "DuckDB file held by another",
        "bars come and orders go: a new file takes its place, and trading does not read it",
        process=(numbered(21, STORES), "tests/shell/test_catalogue.py::test_a_client_that_has_the_catalogue_open"),
    ),
    Row(
        22,
        "disk full",
        "no order that the journal does not have; goes on with room",
        process=(
            numbered(22, STORES),
            "tests/shell/test_journal_processes.py::test_without_room_no_order_is_admitted",
            "tests/shell/streams/test_ticks.py::test_a_disk_without_room",
        ),
    ),
    Row(
        23,
        "Parquet damaged, cut, a bit flipped",
        "named by its checksum; nothing of it is read, nothing is ordered",
        ("tests/shell/test_lake.py::test_a_damaged_part",),
        process=(numbered(23, STORES), "tests/shell/test_verify.py::test_every_damage_to_every_file"),
    ),
    Row(
        24,
        "journal damaged, or gone while orders stand",
        "refused until a person has looked",
        simulation=(numbered(24, STORES),),
        process=("tests/shell/test_journal_orders.py::test_what_is_left_of_a_journal",),
    ),
    Row(
        25,
        "figures that cannot be, or a thousandfold",
        "set aside with the bars; refused by the last gate",
        ("tests/core/orders/test_gate.py", "tests/property/test_quality.py"),
        (numbered(25, POSITIONS),),
        ("tests/shell/test_intake.py::test_a_spike_is_told_stored_and_never_read",),
    ),
    Row(26, "rules of the market change", "asked once, rounded down anew", (), (numbered(26, POSITIONS), SEEDS)),
    Row(27, "halted or delisted", "nothing is opened, exits wait; alert", (), (numbered(27, POSITIONS), SEEDS)),
    Row(28, "money is gone", "one refusal, no storm; noted as external", (), (numbered(28, POSITIONS), SEEDS)),
    Row(
        29,
        "others order or cancel",
        "external and alarmed; our own is canceled, a stop placed again once",
        ("tests/property/test_reconciliation_machine.py",),
        (numbered(29, POSITIONS), SEEDS),
    ),
    Row(
        30,
        "invalid or half a configuration while running",
        "the old one stays, with an alert",
        process=(f"{PARAMETERS}::test_an_invalid_file_changes_nothing", f"{PARAMETERS}::test_what_may_be_half_a_file"),
        elsewhere=CONFIG,
    ),
    Row(
        31,
        "stop while an order is on its way",
        "nothing is opened after it; what was on its way is found and protected",
        ("tests/core/orders/test_gate.py",),
        (numbered(31, STOPS), SEEDS, PLANTED),
    ),
    Row(
        32,
        "stop while the exchange is down",
        "it stays, also over a restart; what rests is taken back once that can be, and a person hears of it before",
        simulation=(numbered(32, STOPS),),
    ),
    Row(
        33,
        "a runaway strategy",
        "the gate counts, in the journal",
        ("tests/core/orders/test_gate.py",),
        (numbered(33, POSITIONS),),
    ),
    Row(
        34,
        "alert channel down",
        "no channel is there yet, they come later: an alert is a row of the journal's outbox, once, and that is all",
        process=("tests/shell/test_journal.py::test_an_alert_with_the_same_key_is_one_alert",),
        elsewhere="what cannot be sent yet cannot fail; only the row in the outbox is shown",
    ),
    Row(
        35,
        "Prefect server gone",
        "a cycle by command needs none; of a worker that was killed the status tells, and it is forgotten",
        process=(
            numbered(35, STORES),
            "tests/integration/test_stack.py::test_a_killed_worker_is_noticed",
            "tests/shell/test_servers.py::test_a_server_that_is_down_is_unavailable",
        ),
    ),
    Row(
        36,
        "a reconciling read fails, or is a page of many",
        "unknown, never flat; all pages",
        ("tests/property/test_reconciliation_machine.py",),
        (numbered(36, POSITIONS), SEEDS, "tests/shell/brokers/test_binance.py::test_fills_beyond_a_page"),
    ),
    Row(
        37,
        "a newer journal; other terms, or another key, than a person confirmed; other systems than the book's",
        "refused, until a person has looked",
        (f"{LIVE_ACTS}::test_more_than_was_confirmed", f"{LIVE_ACTS}::test_with_another_key"),
        simulation=(numbered(37, STORES),),
        process=(
            "tests/shell/test_journal.py::test_a_journal_of_a_newer_keel_is_refused",
            "tests/shell/test_cycle.py::test_a_book_of_other_systems_is_not_continued",
        ),
    ),
    Row(
        38,
        "model missing, changed, or saying NaN",
        "no signal, an alert; nothing of it is run",
        process=(
            "tests/shell/test_cycle.py::test_a_tampered_model_gives_no_signal_and_an_alert",
            "tests/shell/tracking/test_trainings.py::test_what_was_tampered_with_is_refused",
        ),
        elsewhere="it touches no order: what does not speak orders nothing",
    ),
)
LEVELS = ("pure", "simulation", "process")
