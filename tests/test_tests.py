"""The tests themselves wait for events, not for seconds, and take no fixed port.

On a busy machine a pause is too short, a port is taken, and right code fails.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.waiting import TIMEOUT

pytestmark = pytest.mark.once

TESTS = Path(__file__).parent
# The helper, which has to pause, and this file, which says what is forbidden.
EXCEPT = {TESTS / "waiting.py", Path(__file__)}
FILES = sorted(set(TESTS.rglob("*.py")) - EXCEPT)
PAUSES = {"sleep", "wait_for_timeout"}
CLOCKS = {"monotonic", "perf_counter", "time"}
# What takes a number of seconds, or of milliseconds, as its first argument.
WAITS = {
    "communicate",
    "exception",
    "join",
    "result",
    "set_default_navigation_timeout",
    "set_default_timeout",
    "settimeout",
    "wait",
}
LOOPBACK = {"", "127.0.0.1", "::1", "localhost"}
PORT_IN_TEXT = re.compile(r"(?:127\.0\.0\.1|\[::1\]|localhost):[1-9]\d*")

Rule = Callable[[ast.AST], bool]


def called(node: ast.AST) -> str:
    """The last name of what a call calls; empty for anything but a call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def number(node: ast.AST) -> float | None:
    """The number a literal stands for; None for anything else."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    return None


def is_pause(node: ast.AST) -> bool:
    """Whether it lets time pass without looking at anything."""
    return called(node) in PAUSES


def is_loop_on_the_clock(node: ast.AST) -> bool:
    """Whether it is a loop of its own that ends at a time."""
    return isinstance(node, ast.While) and any(
        called(part) in CLOCKS for part in ast.walk(node.test)
    )


def is_short_timeout(node: ast.AST) -> bool:
    """Whether a number below TIMEOUT is given for how long something may take."""
    given: list[ast.expr] = []
    if isinstance(node, ast.Call):
        given += [word.value for word in node.keywords if word.arg == "timeout"]
        given += node.args[:1] if called(node) in WAITS else []
    return any(0 <= found < TIMEOUT for each in given if (found := number(each)) is not None)


def is_port(node: ast.AST) -> bool:
    """Whether it names a port of this machine by its number."""
    if isinstance(node, ast.keyword):
        return node.arg == "port" and bool(number(node.value))
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(
            isinstance(key, ast.Constant) and key.value == "PORT" and bool(number(value))
            for key, value in pairs
        )
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        host, port = node.elts
        return isinstance(host, ast.Constant) and host.value in LOOPBACK and bool(number(port))
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and PORT_IN_TEXT.search(node.value) is not None
    )


def found_in(tree: ast.AST, rule: Rule) -> Iterator[int]:
    """The lines of what the rule forbids."""
    for node in ast.walk(tree):
        if rule(node):
            yield getattr(node, "lineno", 0) or node.value.lineno


def places(rule: Rule) -> list[str]:
    """Where in the tests there is something that the rule forbids."""
    return [
        f"{file.relative_to(TESTS.parent)}:{line}"
        for file in FILES
        for line in found_in(ast.parse(file.read_text()), rule)
    ]


def test_no_test_pauses() -> None:
    assert places(is_pause) == [], "Wait for the event with tests.waiting.wait_until."


def test_no_test_has_a_loop_that_ends_at_a_time() -> None:
    assert places(is_loop_on_the_clock) == [], "Use tests.waiting.wait_until."


def test_no_time_limit_is_shorter_than_the_common_one() -> None:
    assert places(is_short_timeout) == [], "Give tests.waiting.TIMEOUT."


def test_no_test_takes_a_fixed_port() -> None:
    assert places(is_port) == [], "Bind port 0, or use tests.pms.serving."


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (is_pause, "time.sleep(0.1)"),
        (is_pause, "sleep(1)"),
        (is_pause, "page.wait_for_timeout(500)"),
        (is_loop_on_the_clock, "while time.monotonic() < end: look()"),
        (is_loop_on_the_clock, "while not there() and time.time() < end: look()"),
        (is_short_timeout, "thread.join(timeout=20)"),
        (is_short_timeout, "thread.join(20)"),
        (is_short_timeout, "written.wait(0.5)"),
        (is_short_timeout, "threading.Barrier(4, timeout=20)"),
        (is_short_timeout, "subprocess.run(command, timeout=60)"),
        (is_port, "server.bind(('127.0.0.1', 8000))"),
        (is_port, "socket.create_server(('', 8000))"),
        (is_port, "serve(port=8000)"),
        (is_port, "down = {'HOST': '127.0.0.1', 'PORT': 1}"),
        (is_port, "f'http://localhost:8000/{path}'"),
    ],
)
def test_the_rule_finds_what_it_forbids(rule: Rule, code: str) -> None:
    assert list(found_in(ast.parse(code), rule)) == [1]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (is_pause, "wait_until(there, what='it is there')"),
        (is_loop_on_the_clock, "while queue: queue.pop()"),
        (is_short_timeout, "thread.join(timeout=TIMEOUT)"),
        (is_short_timeout, "', '.join(names)"),
        (is_port, "socket.create_server(('127.0.0.1', 0))"),
        (is_port, "f'http://127.0.0.1:{port}'"),
    ],
)
def test_the_rule_lets_pass_what_is_right(rule: Rule, code: str) -> None:
    assert list(found_in(ast.parse(code), rule)) == []
