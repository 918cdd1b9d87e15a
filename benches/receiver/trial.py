"""One trial of one row: a fresh stack, a warm-up, a measured run, and then whether the figures may count."""

import http.client
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import disk
import load
from rows import Row, Target
from stack import Stack, busy_seconds

# Numbers of the measured events: far from those of the warm-up.
FIRST_MEASURED = 10_000_000
EFFECTS_SECONDS = 5.0
SETTLE_SECONDS = 10.0
BUSY_SHARE = 0.95


@dataclass(frozen=True)
class Setting:
    """What all trials share."""

    work: Path
    bin: Path
    body: Path
    seconds: int
    warmup: int
    stack_core: int
    generator_core: int
    environment: dict[str, str]


@dataclass(frozen=True)
class Trial:
    """The figures of one run. A `failure` says why they are none."""

    rate: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_us: float = 0.0
    memory_mib: float = 0.0
    # Shares of one core: the stack on its own, the generator on its own, everything else anywhere.
    stack_share: float = 0.0
    generator_share: float = 0.0
    foreign_share: float = 0.0
    fsync_ms: float = 0.0
    effects_after: float | None = None
    failure: str | None = None


class Failure(Exception):
    """The stack did not do what its figures would claim."""


def run(row: Row, setting: Setting) -> Trial:
    """Runs the row once."""
    with tempfile.TemporaryDirectory(prefix=f"{row.id}.", dir=setting.work) as name:
        folder = Path(name)
        # A database that runs as another user must get through.
        folder.chmod(0o711)
        # What earlier trials left to write is not this one's.
        os.sync()
        before = disk.fsync_ms(folder)
        try:
            with Stack(folder, setting.stack_core, setting.environment) as stack:
                figures = measure(row, setting, stack)
        except Failure as failure:
            figures = {"failure": str(failure)}
        os.sync()
        return Trial(**figures, fsync_ms=max(before, disk.fsync_ms(folder)))


def measure(row: Row, setting: Setting, stack: Stack) -> dict:
    target = row.start(stack, setting.bin)
    check_answers(target, setting)

    def send(seconds: int, first: int) -> load.Load:
        core, environment = setting.generator_core, setting.environment
        sent = load.run(target.url, row.connections, seconds, first, setting.body, core, environment)
        if sent.refused or sent.broken:
            raise Failure(f"{sent.refused} answers were not 200, {sent.broken} exchanges broke")
        return sent

    warm = send(setting.warmup, 1)
    held = settle(target)
    start, busy, stack_cpu = time.monotonic(), busy_seconds(), stack.cpu_seconds()
    sent = send(setting.seconds, FIRST_MEASURED)
    ended = time.monotonic()
    loaded = stack.cpu_seconds() - stack_cpu
    if target.drains:
        settle(target)
    worked_off = time.monotonic() - ended
    used, busy, elapsed = stack.cpu_seconds() - stack_cpu, busy_seconds() - busy, time.monotonic() - start
    figures = {
        "rate": sent.requests / sent.seconds,
        "p50_ms": sent.p50_us / 1000,
        "p99_ms": sent.p99_us / 1000,
        "cpu_us": used / sent.requests * 1e6,
        "memory_mib": stack.peak_mib(),
        "stack_share": loaded / sent.seconds,
        "generator_share": sent.cpu_seconds / sent.seconds,
        "foreign_share": max(0.0, busy - used - sent.cpu_seconds) / elapsed,
        "effects_after": worked_off if target.drains else None,
    }
    if target.drains:
        if worked_off > EFFECTS_SECONDS:
            raise Failure(f"the last effect came {worked_off:.1f} s after the end")
        # The first request, and of each run what was on its way when it ended, was sent without being counted.
        check_count(target.effects(), warm.requests + sent.requests + 1, 2 * row.connections)
    elif target.count_path:
        check_count(settle(target) - held, sent.requests, row.connections)
    return figures


def check_count(stored: int, acknowledged: int, in_flight: int):
    """Each acknowledged event is stored, and nothing is that was not sent."""
    if not acknowledged <= stored <= acknowledged + in_flight:
        raise Failure(f"{acknowledged} events were acknowledged and {stored} are stored")


def settle(target: Target) -> int:
    """Waits until nothing is left to work off, or until the number of events rests; returns the number."""
    if not target.count_path:
        return 0
    deadline = time.monotonic() + SETTLE_SECONDS
    last = -1
    while time.monotonic() < deadline:
        count = target.count()
        if count == 0 if target.drains else count == last:
            return count
        last = count
        time.sleep(0.05)
    raise Failure(f"{last} events are left after {SETTLE_SECONDS:.0f} s")


def check_answers(target: Target, setting: Setting):
    """The stack checks the bearer, parses the JSON, and answers an event with 200."""
    event = setting.body.read_text()
    secret = setting.environment["WEBHOOK_SECRET"]
    for what, expected, authorization, body in [
        ("an event", 200, secret, event),
        ("a wrong token", 401, secret + "x", event),
        ("half an event", 400, secret, event[: len(event) // 2]),
    ]:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        connection.request("POST", "/webhook", body, headers)
        status = connection.getresponse().status
        connection.close()
        if status != expected:
            raise Failure(f"{what} was answered {status}")
