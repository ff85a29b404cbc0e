/** Name of the module. */
export const PYTEST_PLUGIN = 'backend_test_report';

/**
 * A plugin for pytest that writes the same JSON as Jest does, and shuffles tests by a seed. Ours, so that nothing has to be installed into
 * the service's environment for it, and so that an exception which the service lets through counts as its answer.
 * Takes `BACKEND_TEST_REPORT` (a path), `BACKEND_TEST_FILES` (paths) and `BACKEND_TEST_SEED` (a number; without one, file order).
 */
export const PYTEST_PLUGIN_SOURCE = `import json
import os
import random
from pathlib import Path

import pytest

tests = {}
broken = {}


def pytest_configure(config):
    # The service's own \`addopts\` may name paths and end the run at the first failure.
    config.args[:] = os.environ["BACKEND_TEST_FILES"].split(os.pathsep)
    config.option.maxfail = 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    seed = os.environ.get("BACKEND_TEST_SEED")
    if seed:
        random.Random(int(seed)).shuffle(items)


def pytest_collectreport(report):
    if report.failed:
        broken[report.nodeid] = str(report.longrepr)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.excinfo is not None and report.failed:
        report.told = told(call)


def told(call):
    text = call.excinfo.exconly()
    if call.when != "call":
        return f"Error in {call.when}: {named(call.excinfo)}"
    if call.excinfo.errisinstance((AssertionError, pytest.fail.Exception)):
        return text
    frames = [(str(entry.path), entry.lineno + 1) for entry in call.excinfo.traceback]
    through = [index for index, (path, _) in enumerate(frames) if path.replace(os.sep, "/").endswith("/testclient.py")]
    inside = [frame for frame in frames[through[-1]:] if is_own(frame[0])] if through else []
    if inside:
        path, line = inside[-1]
        place = f"{os.path.relpath(path)}:{line}"
        return f"expected an answer, but the service raised {text} ({place})"
    return f"Error in the test: {text}"


def named(excinfo):
    """One line: the error, and the line of the service from which it came."""
    if excinfo.errisinstance(SyntaxError):
        error = excinfo.value
        return f"{type(error).__name__}: {error.msg} ({os.path.relpath(error.filename or '?')}:{error.lineno})"
    own = [entry for entry in excinfo.traceback if is_own(str(entry.path)) and is_service(str(entry.path))]
    place = f" ({os.path.relpath(str(own[-1].path))}:{own[-1].lineno + 1})" if own else ""
    return excinfo.exconly().strip() + place


def is_service(path):
    tests = [os.path.dirname(os.path.abspath(file)) for file in os.environ["BACKEND_TEST_FILES"].split(os.pathsep)]
    return not any(path.startswith(folder + os.sep) for folder in tests) and not path.endswith("conftest.py")


def is_own(path):
    return path.startswith(os.getcwd() + os.sep) and "site-packages" not in path


def pytest_runtest_logreport(report):
    if report.when != "call" and not report.failed and not report.skipped:
        return
    if report.failed:
        status = "failed"
    elif report.skipped:
        status = "passed" if hasattr(report, "wasxfail") else "skipped"
    else:
        status = "passed"
    if tests.get(report.nodeid, {}).get("status") == "failed":
        return
    message = getattr(report, "told", None) or (str(report.longrepr) if report.failed else "")
    tests[report.nodeid] = {"status": status, "message": message}


def pytest_sessionfinish(session):
    if hasattr(session.config, "workerinput"):
        return
    root = Path(str(session.config.rootpath if hasattr(session.config, "rootpath") else session.config.rootdir))
    files = {}
    for nodeid, test in tests.items():
        name, *suites = nodeid.split("::")
        result = {
            "ancestorTitles": suites[:-1],
            "title": suites[-1] if suites else name,
            "status": test["status"],
            "failureMessages": [test["message"]] if test["message"] else [],
        }
        files.setdefault(name, {"assertionResults": [], "status": "passed", "message": ""})
        files[name]["assertionResults"].append(result)
    for nodeid, message in broken.items():
        name = nodeid.split("::")[0]
        files.setdefault(name, {"assertionResults": []}).update(status="failed", message=message)
    results = [{"name": os.path.realpath(root / name), **file} for name, file in files.items()]
    target = os.environ["BACKEND_TEST_REPORT"]
    Path(target + ".part").write_text(json.dumps({"testResults": results}))
    os.replace(target + ".part", target)
`;
