"""Machines of a network of their own: network namespaces of Linux, which only root can make.

A machine that is cut off is told nothing, as by a broken switch: its packets vanish and no
connection is reset. One that loses its power is cut off first, and then all it runs is killed.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which
from typing import Any

_HUB = "hub"
# The name of the machine is its own too.
_AS_MACHINE = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')


def why_not() -> str:
    """The reason why there can be no machines here, in a sentence; empty if there can."""
    if os.geteuid() != 0:
        return "Only root can make network namespaces."
    if which("ip") is None:
        return "Debian's package iproute2 is missing."
    tried = subprocess.run(["unshare", "--net", "--uts", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "Network namespaces are not allowed here."


class Machine:
    """A machine with its own address, on which commands run."""

    def __init__(self, *, network: str, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.0.0.{number}"
        self.hardware = f"02:00:00:00:00:{number:02x}"
        self.namespace = f"{network}-{name}"
        self._hub = f"{network}-{_HUB}"
        self._plug = f"to-{name}"

    def command(self, *command: str | Path) -> list[str]:
        """The command that runs another one on this machine."""
        inside = ("ip", "netns", "exec", self.namespace, *_AS_MACHINE, self.name, *command)
        return [str(part) for part in inside]

    def run(self, *command: str | Path) -> None:
        """Run a command to its end; its output goes nowhere, as servers it starts keep it open."""
        subprocess.run(
            self.command(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    def cut_off(self) -> None:
        """Let no packet in or out."""
        _ip("-n", self._hub, "link", "set", self._plug, "nomaster")

    def come_back(self) -> None:
        """Connect the machine again."""
        _ip("-n", self._hub, "link", "set", self._plug, "master", "switch")

    def kill_all(self) -> None:
        """Kill all that runs on this machine."""
        for pid in _pids(self.namespace):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def lose_power(self) -> None:
        """Kill all that runs here, of which the others are told nothing."""
        self.cut_off()
        self.kill_all()

    def plug_in(self, others: Sequence["Machine"]) -> None:
        """Connect a new machine to the switch."""
        own = ("-n", self.namespace)
        _ip("netns", "add", self.namespace)
        _ip("-n", self._hub, "link", "add", self._plug, "type", "veth", "peer", "net0")
        _ip("-n", self._hub, "link", "set", "net0", "netns", self.namespace)
        _ip(*own, "link", "set", "net0", "address", self.hardware)
        _ip(*own, "address", "add", f"{self.address}/24", "dev", "net0")
        _ip(*own, "link", "set", "net0", "up")
        _ip(*own, "link", "set", "lo", "up")
        _ip("-n", self._hub, "link", "set", self._plug, "up")
        for other in others:
            # Known for good: a machine without power is silent, as behind a router.
            neighbour = (other.address, "lladdr", other.hardware, "dev", "net0")
            _ip(*own, "neighbour", "add", *neighbour, "nud", "permanent")
        self.come_back()

    def unplug(self) -> None:
        """Kill all that runs here and take the machine away."""
        self.kill_all()
        subprocess.run(["ip", "netns", "del", self.namespace], capture_output=True, check=False)


@contextmanager
def network(*names: str) -> Iterator[list[Machine]]:
    """Machines of these names at one switch, while the block runs."""
    prefix = f"hotel-{os.getpid()}"
    hub = f"{prefix}-{_HUB}"
    machines = [
        Machine(network=prefix, name=name, number=number)
        for number, name in enumerate(names, start=1)
    ]
    try:
        _ip("netns", "add", hub)
        _ip("-n", hub, "link", "add", "switch", "type", "bridge")
        _ip("-n", hub, "link", "set", "switch", "up")
        for machine in machines:
            machine.plug_in([other for other in machines if other is not machine])
        yield machines
    finally:
        for machine in machines:
            machine.unplug()
        subprocess.run(["ip", "netns", "del", hub], capture_output=True, check=False)


def _pids(namespace: str) -> list[int]:
    found = subprocess.run(
        ["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def _ip(*arguments: str) -> None:
    done: Any = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
