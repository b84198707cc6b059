"""Counts what ctest and GoogleTest ran, so that a test run can end with one line.

  count_tests.py add RESULTS COUNTS   adds RESULTS/*.xml (GoogleTest) and RESULTS/ctest.junit to the file COUNTS
  count_tests.py print COUNTS         prints "N passed, N failed, N skipped" and names each skipped test
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ET


def google_test_cases(report):
    """Yields (name, outcome) for each test of a GoogleTest XML report."""
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{report.stem}: {case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            yield name, "failed"
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            yield name, "skipped"
        elif case.get("status") == "run":
            yield name, "passed"


def ctest_outcome(case):
    return {"run": "passed", "fail": "failed"}.get(case.get("status"), "skipped")


def outcomes(results):
    """Every test once: a program that reported its own tests counts by these, and as failed when it ended badly."""
    reports = {report.stem: report for report in results.glob("*.xml")}
    for case in ET.parse(results / "ctest.junit").getroot().iter("testcase"):
        outcome = ctest_outcome(case)
        inner = list(google_test_cases(reports[case.get("name")])) if case.get("name") in reports else []
        yield from inner
        if not inner or (outcome == "failed" and all(o != "failed" for _, o in inner)):
            yield case.get("name"), outcome


def add(results, counts_file):
    counts = json.loads(counts_file.read_text()) if counts_file.exists() else {"passed": 0, "failed": 0, "skipped": []}
    for name, outcome in outcomes(results):
        if outcome == "skipped":
            counts["skipped"].append(name)
        else:
            counts[outcome] += 1
    counts_file.write_text(json.dumps(counts))


def show(counts_file):
    counts = json.loads(counts_file.read_text()) if counts_file.exists() else {"passed": 0, "failed": 1, "skipped": []}
    for name in sorted(set(counts["skipped"])):
        print(f"skipped: {name}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {len(counts['skipped'])} skipped")


if __name__ == "__main__":
    if sys.argv[1] == "add":
        add(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        show(pathlib.Path(sys.argv[2]))
