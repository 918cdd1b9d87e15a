"""The processes of one receiver stack: started on one core, measured from /proc, ended by id."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 30
END_SECONDS = 10
TICK = os.sysconf("SC_CLK_TCK")


class StackError(Exception):
    """A process of the stack did not start, or ended by itself."""


class Stack:
    """Processes that serve together. Use it as a context: whatever was started has ended afterwards."""

    def __init__(self, folder: Path, core: int, environment: dict[str, str]):
        self.folder = folder
        self._core = core
        self._environment = environment
        self._roots: list[subprocess.Popen] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._roots):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, command: list, port: int, *, user: str | None = None, **environment: object):
        """Starts a process on the stack's core and waits until it listens."""
        # Should this script be killed outright, the kernel ends the child.
        # A change of user would clear that wish, so it comes last.
        prefix = ["taskset", "--cpu-list", str(self._core), *as_user(user), "setpriv", "--pdeathsig", "TERM"]
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*prefix, *map(str, command)],
                env=self._environment | {key: str(value) for key, value in environment.items()},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._roots.append(process)
        deadline = time.monotonic() + START_SECONDS
        while not is_open(port):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2000:]
                raise StackError(f"{name} did not start:\n{tail}")
            time.sleep(0.02)

    def run(self, command: list, *, user: str | None = None):
        """Runs a command to its end."""
        command = [*as_user(user), *map(str, command)]
        done = subprocess.run(command, env=self._environment, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise StackError(f"{command[-1]}: {done.stderr[-2000:]}")

    def cpu_seconds(self) -> float:
        """User and system time of all processes so far, those that have ended and were waited for included."""
        fields = (stat_of(pid) for pid in self._pids())
        # utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which the first two are cut off here.
        return sum(sum(map(int, stat[11:15])) for stat in fields if stat) / TICK

    def peak_mib(self) -> float:
        """Peak resident memory, summed. What processes share counts for each of them."""
        kib = 0
        for pid in self._pids():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            kib += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
        return kib / 1024

    def _pids(self) -> list[int]:
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (stat := stat_of(int(entry))):
                parents.setdefault(int(stat[1]), []).append(int(entry))
        found, waiting = [], [process.pid for process in self._roots]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting.extend(parents.get(pid, []))
        return found


def as_user(user: str | None) -> list[str]:
    """A prefix that runs a command as this user, where we are root and may not be."""
    if user is None or os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]


def stat_of(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat behind the name, which may hold spaces; none when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def busy_seconds() -> float:
    """CPU time of the whole machine, interrupts and what the host took away included; idle and iowait not."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICK
