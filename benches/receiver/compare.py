"""Runs all rows round by round and writes the page. `run.sh` installs, builds, and calls this."""

import argparse
import os
import platform
import secrets
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import disk
import load
import results
import trial
from rows import ROWS, Row
from stack import StackError

HERE = Path(__file__).parent
FIXTURE = HERE / "../../fixtures/deliveries/call.ended/typical.json"
IN_MEMORY = {"tmpfs", "ramfs"}


def main() -> int:
    # Told to end, it ends its children too: whatever starts one is left by an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parsed()
    with tempfile.TemporaryDirectory(prefix="receivers.", dir=options.dir) as name:
        work = Path(name)
        work.chmod(0o711)
        if disk.file_system(work) in IN_MEMORY:
            sys.exit("run.sh: that folder is in memory, where an fsync costs nothing; name another with --dir")
        rows, left_out = chosen(options)
        trials = run(rows, setting(options, work), options.rounds)
        page = results.page(rows, trials, facts(options, work), left_out)
    options.out.write_text(page)
    print(page)
    return 1 if any(one.failure for group in trials.values() for one in group) else 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh", description="Runs receivers side by side and writes a table.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured")
    parser.add_argument("--seconds", type=int, default=5, help="length of a measured run")
    parser.add_argument("--warmup", type=int, default=2, help="seconds before it that do not count")
    parser.add_argument("--quick", action="store_true", help="one short round: does it all still work?")
    parser.add_argument("--only", action="append", metavar="ROW", choices=[row.id for row in ROWS])
    parser.add_argument("--dir", type=Path, help="where the stores write (default: the temporary folder)")
    parser.add_argument("--out", type=Path, default=HERE / "../RESULTS.md")
    parser.add_argument("--stack-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--bin", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--features", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.warmup = 1, 2, 1
    if options.stack_core == options.generator_core:
        parser.error("stack and generator need a core each")
    return options


def chosen(options: argparse.Namespace) -> tuple[list[Row], list[str]]:
    rows, left_out = [], []
    for row in ROWS:
        if options.only and row.id not in options.only:
            continue
        if row.feature and row.feature not in options.features.split(","):
            left_out.append(f"{row.title}: this receiver has no feature `{row.feature}`")
            continue
        rows.append(row)
    return rows, left_out


def setting(options: argparse.Namespace, work: Path) -> trial.Setting:
    body = work / "body.json"
    body.write_text(load.body_of(FIXTURE))
    # The secret lives as long as this run. Nobody's settings get into a stack.
    environment = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "NODE_ENV": "production",
        "WEBHOOK_SECRET": f"Bearer {secrets.token_hex(32)}",
    }
    return trial.Setting(
        work=work,
        bin=options.bin,
        body=body,
        seconds=options.seconds,
        warmup=options.warmup,
        stack_core=options.stack_core,
        generator_core=options.generator_core,
        environment=environment,
    )


def run(rows: list[Row], common: trial.Setting, rounds: int) -> results.Trials:
    """Round by round, so that a slow minute of the machine meets all rows and not one."""
    trials: results.Trials = {row.id: [] for row in rows}
    for number in range(1, rounds + 1):
        for row in rows:
            try:
                one = trial.run(row, common)
            except (StackError, OSError, subprocess.SubprocessError) as error:
                one = trial.Trial(failure=f"{type(error).__name__}: {error}".splitlines()[0])
                print(error, file=sys.stderr)
            trials[row.id].append(one)
            figures = one.failure or (
                f"{one.rate:8,.0f}/s  {one.cpu_us:6.1f} µs  p99 {one.p99_ms:7.2f} ms  {one.memory_mib:5.0f} MiB"
                f"  fsync {one.fsync_ms:.2f} ms  stack {one.stack_share:4.0%}  generator {one.generator_share:4.0%}"
                f"  others {one.foreign_share:4.0%}"
            )
            print(f"{number}/{rounds}  {row.id:18}{figures}", file=sys.stderr, flush=True)
    return trials


def facts(options: argparse.Namespace, work: Path) -> list[tuple[str, str]]:
    cores = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in cores if line.startswith("model name")), "unknown")
    return [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("machine", f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, {disk.file_system(work)}"),
        ("pinned", f"each stack, all its processes, to core {options.stack_core}; wrk to core {options.generator_core}"),
        ("load", f"unique `call.ended` events of {load.BODY_BYTES:,} bytes, bearer checked, closed loop"),
        ("runs", f"{options.rounds} of {options.seconds} s per row, each on a fresh store, behind {options.warmup} s of warm-up"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions())),
    ]


def versions():
    for name, command in [("Node.js", "node --version"), ("Redis", "redis-server --version")]:
        answer = subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout
        yield name, next(word for word in answer.replace("v=", "v").split() if word.startswith("v") and word[1:2].isdigit())
    packages = subprocess.run(
        ["node", "-p", "Object.entries(require('./package.json').dependencies).map(e => e.join(' ')).join('\\n')"],
        cwd=HERE / "peers",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in packages.splitlines():
        name, version = line.split()
        yield name, version


if __name__ == "__main__":
    sys.exit(main())
