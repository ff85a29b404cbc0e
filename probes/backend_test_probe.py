"""Loaded by pytest (-p backend_test_probe) while a suite is diagnosed: orders and selects tests, and notes what they leave behind."""

import datetime
import json
import multiprocessing
import os
import random
import socket
import sys
import threading
import time
import types
import weakref

import pytest

FOLDER = os.environ.get("BACKEND_TEST_PROBE", "")
ORDER = os.environ.get("BACKEND_TEST_ORDER", "")
SEED = os.environ.get("BACKEND_TEST_SEED", "")
OFFLINE = os.environ.get("BACKEND_TEST_OFFLINE") == "1"
CLOCK = os.environ.get("BACKEND_TEST_CLOCK", "")
SERIAL = os.environ.get("BACKEND_TEST_SERIAL") == "1"
STATE = os.environ.get("BACKEND_TEST_STATE") == "1"
LOOPBACK = ("localhost", "127.", "::1", "0.0.0.0", "testserver")

results = {}
left_behind = {}
order = []
# What was started or opened and may still be: a weak reference, what it is, and where.
started = []
opened = []
root = os.getcwd()


def pytest_configure(config):
    _watch_network()
    _watch_threads()
    if SERIAL:
        _one_process(config)
    if CLOCK:
        _move_clock(_shift())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session, config, items):
    if ORDER:
        with open(ORDER, encoding="utf8") as file:
            wanted = json.load(file)
        rank = {nodeid: index for index, nodeid in enumerate(wanted)}
        chosen = [item for item in items if item.nodeid in rank]
        items[:] = sorted(chosen, key=lambda item: rank[item.nodeid])
    if SEED:
        random.Random(int(SEED)).shuffle(items)


def pytest_runtest_logreport(report):
    known = results.setdefault(report.nodeid, {"status": "passed", "message": ""})
    if report.failed:
        known["status"] = "failed"
        known["message"] += str(report.longrepr)
    elif report.skipped and known["status"] == "passed":
        known["status"] = "todo" if hasattr(report, "wasxfail") else "skipped"
        known["message"] = str(report.longrepr)


def pytest_collectreport(report):
    if report.failed:
        results.setdefault(report.nodeid, {"status": "failed", "message": str(report.longrepr), "collect": True})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    before = _state() if STATE else {}
    yield
    if STATE:
        after = _state()
        changed = [f"{key}: {before.get(key, 'unset')} -> {after.get(key, 'unset')}" for key in {**before, **after} if before.get(key) != after.get(key) and (key in before or key.startswith("os."))]
        if changed:
            left_behind[item.nodeid] = sorted(changed)[:6]


def pytest_sessionfinish(session, exitstatus):
    order.extend(item.nodeid for item in getattr(session, "items", []))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """The very last thing: a summary may take longer than it should take to end."""
    waits = _waited_for()
    with open(os.path.join(FOLDER, f"handles-{os.getpid()}.json"), "w", encoding="utf8") as file:
        json.dump({"left": waits + _connected()}, file)
    if hasattr(config, "workerinput"):
        return
    with open(os.path.join(FOLDER, "pytest.json"), "w", encoding="utf8") as file:
        json.dump({"results": results, "left": left_behind, "order": order}, file)
    if waits:
        _ended()
    else:
        # A large suite takes seconds to be taken apart. While Python does that, this no longer runs.
        late = threading.Timer(20, _ended)
        late.daemon = True
        late.start()


def _ended():
    """From here on the process is given little time to exit."""
    open(os.path.join(FOLDER, "ended"), "w").close()


def _waited_for():
    """What Python waits for before it exits: threads that are no daemons, and child processes."""
    places = {id(thread): place for thread, place in ((ref(), place) for ref, place in started) if thread is not None}
    threads = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    children = [child for child in multiprocessing.active_children() if not child.daemon]
    return [{"kind": "thread", "target": thread.name, "at": places.get(id(thread)) or _code_of(thread)} for thread in threads] + [
        {"kind": "process", "target": child.name, "at": places.get(id(child)) or _code_of(child)} for child in children
    ]


def _code_of(thread):
    code = getattr(getattr(thread, "_target", None) or type(thread).run, "__code__", None)
    return {"file": code.co_filename, "line": code.co_firstlineno} if code else {"file": threading.__file__, "line": 1}


def _connected():
    left = ((ref(), target, place) for ref, target, place in opened)
    return [{"kind": "socket", "target": target, "at": place} for sock, target, place in left if sock is not None and sock.fileno() != -1 and place]


def _state():
    seen = {f"os.environ[{key!r}]": repr(value) for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    seen["os.getcwd()"] = os.getcwd()
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not path or not path.startswith(root) or "site-packages" in path or "/.venv/" in path:
            continue
        for key, value in list(vars(module).items()):
            if not key.startswith("__"):
                _note(seen, f"{name}.{key}", value)
    return seen


def _note(seen, name, value):
    if isinstance(value, (types.ModuleType, types.FunctionType, types.MethodType)):
        return
    if isinstance(value, (bool, int, float, str, bytes, type(None), list, dict, set, tuple)):
        seen[name] = _short(value)
    elif isinstance(value, type):
        if value.__module__ == name.rsplit(".", 1)[0]:
            for key, inner in list(vars(value).items()):
                if not key.startswith("_") and isinstance(inner, (bool, int, float, str, list, dict, set)):
                    seen[f"{name}.{key}"] = _short(inner)
    elif hasattr(value, "__dict__") and not hasattr(value, "_pytestfixturefunction"):
        overrides = getattr(value, "dependency_overrides", None)
        if isinstance(overrides, dict):
            seen[f"{name}.dependency_overrides"] = _short([getattr(key, "__name__", str(key)) for key in overrides])
            return
        for key, inner in list(vars(value).items()):
            if isinstance(inner, (bool, int, float, str, list, dict, set)):
                seen[f"{name}.{key}"] = _short(inner)


def _short(value):
    try:
        text = repr(value)
    except Exception:
        return "?"
    return text if len(text) <= 80 else text[:60] + f"... ({len(text)} characters)"


def _watch_network():
    original = socket.socket.connect

    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if host:
            opened.append((weakref.ref(self), f"{host}:{address[1]}", _place()))
        if isinstance(host, str) and host and not host.startswith(LOOPBACK):
            with open(os.path.join(FOLDER, "network.jsonl"), "a", encoding="utf8") as file:
                file.write(json.dumps({"target": f"{host}:{address[1]}", "at": _place()}) + "\n")
            if OFFLINE:
                raise ConnectionRefusedError(f"{host}:{address[1]} (refused by backend-test diagnose)")
        return original(self, address)

    socket.socket.connect = connect
    lookup = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if isinstance(host, str) and "." in host and not host.startswith(LOOPBACK) and not host.replace(".", "").isdigit():
            with open(os.path.join(FOLDER, "network.jsonl"), "a", encoding="utf8") as file:
                file.write(json.dumps({"target": f"{host}:{port}", "at": _place()}) + "\n")
            if OFFLINE:
                raise socket.gaierror(socket.EAI_FAIL, f"{host} (refused by backend-test diagnose)")
        return lookup(host, port, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def _watch_threads():
    for kind in (threading.Thread, multiprocessing.process.BaseProcess):
        _note_start(kind, kind.start)


def _note_start(kind, original):
    def start(self):
        if not self.daemon:
            started.append((weakref.ref(self), _place()))
        return original(self)

    kind.start = start


def _place():
    frame = sys._getframe(2)
    while frame:
        path = frame.f_code.co_filename
        if path.startswith(root) and "site-packages" not in path and "/.venv/" not in path and not path.endswith("backend_test_probe.py"):
            return {"file": path, "line": frame.f_lineno}
        frame = frame.f_back
    return None


def _one_process(config):
    """Whatever the suite's own options say: no workers, and no end at the first failure."""
    for name, value in {"numprocesses": None, "dist": "no", "tx": [], "maxfail": 0}.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)


def _shift():
    """Seconds to a named moment of the local clock, or as many milliseconds as were given."""
    now = datetime.datetime.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if CLOCK == "after-midnight":
        return (midnight + datetime.timedelta(days=1, minutes=10) - now).total_seconds()
    if CLOCK == "month-end":
        for months in (1, 2):
            year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
            end = datetime.datetime(year, month + 1, 1) - datetime.timedelta(minutes=30)
            if end - now > datetime.timedelta(hours=2):
                return (end - now).total_seconds()
    return float(CLOCK) / 1000


def _move_clock(SHIFT):
    real_time, real_datetime, real_date = time.time, datetime.datetime, datetime.date

    class Meta(type):
        def __instancecheck__(cls, instance):
            return isinstance(instance, real_datetime)

    class MovedDatetime(real_datetime, metaclass=Meta):
        @classmethod
        def now(cls, tz=None):
            return real_datetime.fromtimestamp(real_time() + SHIFT, tz)

        @classmethod
        def utcnow(cls):
            return real_datetime.utcfromtimestamp(real_time() + SHIFT)

        @classmethod
        def today(cls):
            return cls.now()

    class MetaDate(type):
        def __instancecheck__(cls, instance):
            return isinstance(instance, real_date)

    class MovedDate(real_date, metaclass=MetaDate):
        @classmethod
        def today(cls):
            return real_date.fromtimestamp(real_time() + SHIFT)

    time.time = lambda: real_time() + SHIFT
    datetime.datetime = MovedDatetime
    datetime.date = MovedDate


