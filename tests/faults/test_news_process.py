"""keel news as a process: killed, interrupted, and run again; exit codes, and one object on standard output."""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from news_attacks import ATTACKS
from news_house import KEYS, House, news_house
from news_server import Reply
from processes import ROOT, command, eventually

from data.journal import open_journal
from data.lake import Lake
from data.news import read_headlines
from data.opportunities import read_opportunities
from data.tone_models import ToneModels
from data.verify import verify_lake
from models.types.news import SOURCES
from tasks.bootstrap import journal_place

TITLES = {name: [f"Bitcoin {verb} as {name} has it" for verb in ("soars", "falls")] for name in SOURCES}
ONCE = ("flows.cli", "news", "--once", "--json")
# What a shell starts in the background is born deaf to it.
HEARS_SIGINT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from flows.cli import main
main()
"""


def environment(house: Mapping[str, str], home: Path) -> dict[str, str]:
    """Of a process with that home and those servers, where every source may be asked again at once."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    again = {f"KEEL_NEWS__SOURCES__{name.upper()}__EVERY_SECONDS": "10" for name in SOURCES}
    return {**clean, **again, **house, "KEEL_HOME": str(home)}


def begun(house: House, home: Path) -> "subprocess.Popen[str]":
    """A round that hangs on Telegram, every source asked."""
    before = sum(house.asked.values())
    process = subprocess.Popen(
        [sys.executable, "-c", HEARS_SIGINT, *ONCE[1:]],
        cwd=ROOT,
        # It is still waited for when another command has had its time beside it, however slow the machine.
        env=environment(house.env, home)
        | {"KEEL_NEWS__DEADLINE_SECONDS": "300", "KEEL_NEWS__SOURCES__TELEGRAM__TIMEOUT_SECONDS": "60"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: sum(house.asked.values()) == before + len(SOURCES))
    return process


def stored(home: Path) -> list[str]:
    """Titles in the lake, which is sound."""
    lake = Lake(home / "lake")
    assert verify_lake(lake, lambda _: None).damaged == ()
    return [one.title for one in read_headlines(lake)]


def test_killed_and_interrupted_while_it_hears_it_loses_nothing_and_reads_nothing_twice(tmp_path: Path) -> None:
    slow = Reply(before_s=60.0)
    with news_house(TITLES) as house:
        house.servers["telegram"].replies[:0] = [slow, slow]
        killed = begun(house, tmp_path)
        killed.kill()
        assert killed.communicate()[0] == ""
        assert stored(tmp_path) == []
        stopped = begun(house, tmp_path)
        second = command(*ONCE, env=environment(house.env, tmp_path))
        assert (second.returncode, json.loads(second.stdout)["exit_code"]) == (1, 1), "one round at a time"
        stopped.send_signal(signal.SIGINT)
        said, errors = stopped.communicate(timeout=300)
        assert (stopped.returncode, said) == (130, "")
        assert "Traceback" not in errors
        assert stored(tmp_path) == []
        whole = command(*ONCE, env=environment(house.env, tmp_path))
        assert whole.returncode == 0, whole.stderr
        assert json.loads(whole.stdout)["added"] == 14
        assert sorted(stored(tmp_path)) == sorted(one for titles in TITLES.values() for one in titles)
        again = json.loads(command(*ONCE, env=environment(house.env, tmp_path)).stdout)
        assert (len(again["asked"]), again["added"], again["duplicates"]) == (7, 0, 14)
        assert len(stored(tmp_path)) == 14


def test_sources_that_fail_cost_the_others_nothing_and_no_key_is_left_anywhere(tmp_path: Path) -> None:
    titles = list(ATTACKS.values())
    attacks = {name: titles[4 * one : 4 * one + 4] for one, name in enumerate(SOURCES)}
    wrong = {
        "bloomberg": [Reply(before_s=60.0)],
        "coindesk": [Reply(500, body=b"<html>" + KEYS["CRYPTOPANIC_API_KEY"].encode())],
        "telegram": [Reply(body=b"<html><p>" * 100_000, headers={"Content-Type": "text/html"})],
        "twitter": [Reply(401, body=KEYS["TWITTER_BEARER_TOKEN"].encode())],
    }
    with news_house(attacks, wrong) as house:
        env = environment(house.env, tmp_path) | {"KEEL_NEWS__SOURCES__BLOOMBERG__TIMEOUT_SECONDS": "1"}
        done = command(*ONCE, env=env)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert set(found["troubles"]) == set(wrong)
        states = {one["source"]: one["state"] for one in found["sources"]}
        assert states == {name: "paused" if name in wrong else "heard" for name in SOURCES}
        assert found["added"] == len(stored(tmp_path)) > 8
        assert house.servers["cryptopanic"].heeded[0].query["auth_token"] == KEYS["CRYPTOPANIC_API_KEY"]
        for arguments in (("news",), ("news", "sources"), ("sql", "SELECT title FROM news")):
            shown = command("flows.cli", *arguments, env=env)
            assert shown.returncode == 0, shown.stderr
            assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown.stdout)
            done.stdout += shown.stdout + shown.stderr
    journal = open_journal(journal_place(tmp_path)).tables()
    lake = Lake(tmp_path / "lake")
    told = [done.stdout, done.stderr, str(journal), str(read_headlines(lake)), str(read_opportunities(lake))]
    files = [one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()]
    for key in KEYS.values():
        assert not any(key in one for one in told)
        assert not any(key.encode() in one for one in files)


def test_a_scorer_of_ones_own_is_trained_and_speaks(tmp_path: Path) -> None:
    words = {"good": "wunk blorb", "bad": "glim fesk", "neutral": "table chair"}
    said_by = [(said, label) for label, said in words.items()]
    noise = ("".join(one) for one in itertools.permutations("abcdef"))
    rows = [(f"{said} {next(noise)} {next(noise)} {next(noise)}", label) for said, label in 80 * said_by]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(tmp_path / "labels.csv", index=False)
    news = [(f"2024-01-0{day}T00:00:00Z", f"Bitcoin {said}", "Paper") for day, said in enumerate(words.values(), 1)]
    pd.DataFrame(news, columns=["ts", "title", "source"]).to_parquet(tmp_path / "news.parquet")
    env = environment({}, tmp_path)
    trained = command("flows.cli", "news", "train", str(tmp_path / "labels.csv"), "--json", env=env)
    assert trained.returncode == 0, trained.stderr
    version = json.loads(trained.stdout)["version"]
    assert ToneModels(tmp_path / "state" / "tones").versions() == (version,)
    speaking = env | {"KEEL_NEWS__SCORER": version}
    read = command("flows.cli", "news", "import", str(tmp_path / "news.parquet"), "--json", env=speaking)
    assert read.returncode == 0, read.stderr
    good, bad, neutral = (one.tone for one in read_headlines(Lake(tmp_path / "lake")))
    assert good.score > neutral.score > bad.score
    assert good.scorer == f"trained-{version}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "wrong.csv"), "Rename or add"),
        (("compare", "nowhere.csv"), "allowed is a .parquet or .csv file"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, arguments: Sequence[str], said: str) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    name, file = arguments
    done = command("flows.cli", "news", name, str(tmp_path / file), "--json", env=environment({}, tmp_path))
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit_code"] == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
