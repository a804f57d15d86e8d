"""RFC 6455 by the Autobahn testsuite: groups 1 to 7, 9 and 10 against the raw echo.

The suite runs on Python 2.7 alone. Where there is none these tests are skipped; test_framing.py has
the cases that matter most, and those that the suite does not have.

Its results go to build/protocol/autobahn.md."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from server import TREE

HERE = Path(__file__).parent
OUT = Path(os.environ.get("STOA_PROTOCOL_OUT", TREE / "build/protocol"))
TIMEOUT = 400

CASES = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1}
"""How many cases each group has."""

TITLES = {
    1: "Framing",
    2: "Pings and pongs",
    3: "Reserved bits",
    4: "Opcodes",
    5: "Fragmentation",
    6: "UTF-8",
    7: "Closing",
    9: "Limits and performance",
    10: "Auto-fragmentation",
}

PONGS = "libwebsockets forgets pings that come while a pong waits to be written"
PONG_ORDER = "libwebsockets writes pongs when the socket is next writable; the echo may be quicker"
DEAF = "after reserved bits libwebsockets says 1002 and reads no more; it ends the socket 5 s later"
GARBAGE = "what follows a wrong octet is read as frames of their own, and may be one that never ends"
WHOLE = "UTF-8 is checked when the message is whole, which RFC 6455 allows"
RETURNED = "libwebsockets answers a close frame with its own payload"

DEVIATIONS: dict[str, tuple[str, str]] = {
    "2.10": ("FAILED", PONGS),
    **{case: ("FAILED BY CLIENT", DEAF) for case in ("3.1", "3.2", "3.3", "3.5", "3.6", "3.7")},
    **{case: ("NON-STRICT", WHOLE) for case in ("6.4.1", "6.4.2", "6.4.3", "6.4.4")},
    "7.3.2": ("FAILED BY CLIENT", RETURNED),
    "7.5.1": ("FAILED", RETURNED),
}
"""What a case gives today where that is not OK, and why: (result, cause)."""

UNSTEADY = {
    "3.4": ("FAILED BY CLIENT", DEAF),
    **{case: ("FAILED BY CLIENT", GARBAGE) for case in ("4.1.5", "4.2.5", "5.11", "5.14")},
    **{case: ("FAILED", PONG_ORDER) for case in ("2.11", "5.6", "5.7", "5.8", "5.19", "5.20")},
}
"""The same, where it depends on how TCP cuts the frames whether a case is OK."""


def python2() -> str | None:
    """An interpreter that runs: pyenv's `python2.7` exists even where it leads nowhere."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which("python2.7"), *map(str, pyenv.glob("versions/2.7*/bin/python"))]
    for each in filter(None, candidates):
        if subprocess.run([each, "--version"], capture_output=True).returncode == 0:
            return each
    return None


def suite(interpreter: str) -> Path:
    """The folder where the suite and what it needs are installed."""
    wanted = HERE / "autobahn/requirements.txt"
    folder = OUT / "autobahn-site"
    mark = folder / "installed.txt"
    if not mark.exists() or mark.read_text() != wanted.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        install = [interpreter, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        install += ["--no-deps", "--target", str(folder), "-r", str(wanted)]
        if subprocess.run(install, timeout=TIMEOUT, stdin=subprocess.DEVNULL).returncode != 0:
            pytest.skip("pip could not install the Autobahn testsuite")
        mark.write_text(wanted.read_text())
    return folder


RUN = """
import site, sys
site.addsitedir(sys.argv.pop(1))
from autobahntestsuite.wstest import run
run()
"""


@pytest.fixture(scope="module")
def results(shared_native, tmp_path_factory) -> dict[str, dict]:
    """Runs the suite: for each case its results."""
    interpreter = python2()
    if interpreter is None:
        pytest.skip("the Autobahn testsuite needs Python 2.7, and there is none here")
    folder = tmp_path_factory.mktemp("autobahn")
    host, port = shared_native.address
    (folder / "spec.json").write_text(
        json.dumps(
            {
                "outdir": str(folder / "report"),
                "servers": [{"agent": "stoa", "url": f"ws://{host}:{port}"}],
                "cases": [f"{group}.*" for group in CASES],
                "exclude-cases": [],
                "exclude-agent-cases": {},
            }
        )
    )
    with (folder / "wstest.log").open("w") as log:
        subprocess.run(
            [
                interpreter,
                "-c",
                RUN,
                str(suite(interpreter)),
                "-m",
                "fuzzingclient",
                "-s",
                str(folder / "spec.json"),
            ],
            check=True,
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    found = json.loads((folder / "report/index.json").read_text())["stoa"]
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "autobahn.md").write_text(table(found))
    return found


def result(case: dict) -> str:
    """The worse of how it behaved and how it closed."""
    for each in (case["behavior"], case["behaviorClose"]):
        if each not in ("OK", "INFORMATIONAL"):
            return each
    return "OK"


def group_of(case: str) -> int:
    return int(case.split(".")[0])


def in_order(case: str) -> list[int]:
    return [int(part) for part in case.split(".")]


def table(found: dict[str, dict]) -> str:
    """The results as Markdown: a line for each group, then each case that is not OK."""
    lines = ["| group | cases | OK | other |", "|---|---|---|---|"]
    for group in CASES:
        counts = Counter(result(case) for name, case in found.items() if group_of(name) == group)
        other = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()) if kind != "OK")
        lines.append(f"| {group} {TITLES[group]} | {counts.total()} | {counts['OK']} | {other} |")
    lines += ["", "| case | result | cause |", "|---|---|---|"]
    for name in sorted(found, key=in_order):
        if result(found[name]) != "OK":
            cause = (DEVIATIONS | UNSTEADY).get(name, ("", "not known yet"))[1]
            lines.append(f"| {name} | {result(found[name])} | {cause} |")
    return "\n".join(lines) + "\n"


@pytest.mark.xdist_group("autobahn")
@pytest.mark.timeout(TIMEOUT * 2)
@pytest.mark.parametrize("group", CASES, ids=lambda group: f"{group} {TITLES[group]}")
def test_autobahn(results, group):
    cases = {name: result(case) for name, case in results.items() if group_of(name) == group}
    assert len(cases) == CASES[group]
    steady = {name: got for name, got in cases.items() if got != UNSTEADY.get(name, ("",))[0]}
    wanted = {name: DEVIATIONS.get(name, ("OK", ""))[0] for name in steady}
    worse = {name: got for name, got in steady.items() if wanted[name] == "OK" and got != "OK"}
    assert not worse, "these cases fail"
    changed = {name: got for name, got in steady.items() if got != wanted[name]}
    assert not changed, "these pinned deviations changed: mended? then take them off the list"


def test_the_readme_names_the_pinned_cases():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (TREE / "README.md").read_text().splitlines()
        if re.match(r"\| \d+ [A-Za-z].* \| \d+ \| [0-9to ]+ \|", line)
    ]
    assert [int(row[0].split()[0]) for row in rows] == list(CASES)
    for row, (group, cases) in zip(rows, CASES.items(), strict=True):
        steady = {case for case in DEVIATIONS if group_of(case) == group}
        unsteady = {case for case in UNSTEADY if group_of(case) == group}
        assert set(re.findall(r"\d+\.\d[\d.]*", row[3])) == steady | unsteady, row
        fewest, most = cases - len(steady | unsteady), cases - len(steady)
        wanted = str(most) if fewest == most else f"{fewest} to {most}"
        assert (row[1], row[2]) == (str(cases), wanted), row
