"""Run the tests that reach what differs from the last commit, until one fails: what cosmic-ray runs for each mutant.

    python tests/mutation/reached.py [--list]

Which test reaches which line was recorded by pytest-cov, in the file that the environment variable COVERAGE_FILE names, and
how long each test took by pytest, in the file that TEST_TIMES names. A line that is run on import is reached by every test
that runs something of its file. The tests of the file's own package come first, then the others, the quickest first, for
as long as SECONDS; the rest of the tests is left out.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from coverage import CoverageData

#: Looks at signatures without running what has them; run at last.
SIGNATURES = "tests/test_public_api.py"
#: For how long tests run at most for one mutant, by the times that were recorded.
SECONDS = float(os.environ.get("MUTANT_SECONDS", 120))


def main():
    reached = set().union(*(tests_of(path, line) for path, line in changed_lines()))
    times = recorded_times()
    chosen, total = [], 0.0
    package = {Path(path).parts[1] for path, _ in changed_lines()}
    for test in sorted(reached, key=lambda test: (Path(test).parts[1] not in package, times.get(test, 0), test)):
        total += times.get(test, 0)
        if total > SECONDS:
            break
        chosen.append(test)
    if "--list" in sys.argv:
        print(*chosen, sep="\n")
        return 0
    if not chosen:  # nothing that was recorded reaches it: the tests of its package do what they can
        chosen = [f"tests/{name}" for name in package if Path("tests", name).is_dir()] or ["tests/test_docs.py"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join([*chosen, SIGNATURES]))
        names.flush()
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{names.name}"]
        return subprocess.run(command).returncode


def changed_lines():
    """File and line of what differs from the last commit, as they were."""
    text = subprocess.run(["git", "diff", "-U0", "--no-color", "convviz"], capture_output=True, text=True, check=True).stdout
    path, found = None, []
    for line in text.splitlines():
        if line.startswith("--- a/"):
            path = line.removeprefix("--- a/")
        elif header := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            start, count = int(header[1]), int(header[2] or 1)
            found += [(path, number) for number in range(start, start + count)]
    return found


def tests_of(path, line):
    """The tests that run a line of a file as it was."""
    data = CoverageData(os.environ["COVERAGE_FILE"])
    data.read()
    measured = next((name for name in data.measured_files() if name.endswith(f"/{path}")), None)
    if measured is None:
        return set()
    reached = data.contexts_by_lineno(measured)
    source = subprocess.run(["git", "show", f"HEAD:{path}"], capture_output=True, text=True, check=True).stdout
    tests = {test for number in statement_lines(source, line) for test in reached.get(number, ())}
    if "" in tests:
        tests = {test for found in reached.values() for test in found}
    return {test.rpartition("|")[0] for test in tests if test}


def statement_lines(source, line):
    """The lines of the innermost statement around a line; of one with a body, those of its head."""
    lines = {line}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            end = node.body[0].lineno - 1 if getattr(node, "body", None) else node.end_lineno
            if node.lineno <= line <= max(end, node.lineno):
                lines |= set(range(node.lineno, max(end, node.lineno) + 1))
    return lines


def recorded_times():
    """Seconds of each test."""
    times = {}
    for case in ElementTree.parse(os.environ["TEST_TIMES"]).iter("testcase"):
        path = case.get("classname").replace(".", "/") + ".py"
        times[f"{path}::{case.get('name')}"] = float(case.get("time"))
    return times


if __name__ == "__main__":
    sys.exit(main())
