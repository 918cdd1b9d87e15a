"""What is compared: one line per row, one line per goal. Everything else reads these two lists."""

import json
import shutil
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import Stack, as_user, free_port

PEERS = Path(__file__).with_name("peers")


@dataclass(frozen=True)
class Target:
    """A started stack: where it takes events, and where it tells how many it holds (none: it holds nothing)."""

    port: int
    count_path: str | None = None
    # Whether what is counted gets worked off, so that the effects have to be counted afterwards.
    drains: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def count(self) -> int:
        """Events held, or still to be worked off."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.count_path}", timeout=10) as answer:
            return json.load(answer)["pending"]

    def effects(self) -> int:
        """Effect records; each has exactly one `kind`."""
        mark, found, rest = b'"kind":', 0, b""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/effects?prefix=", timeout=60) as answer:
            while chunk := answer.read(1 << 20):
                text = rest + chunk
                found += text.count(mark)
                rest = text[-(len(mark) - 1) :]
        return found


Start = Callable[[Stack, Path], Target]


def bare_axum(stack: Stack, bin: Path) -> Target:
    port = free_port()
    stack.start("bare-axum", [bin / "bare-axum"], port, PORT=port)
    return Target(port)


def express_bull(stack: Stack, _: Path) -> Target:
    redis_port, port = start_redis(stack), free_port()
    stack.start("express", ["node", PEERS / "express-bull.js"], port, PORT=port, REDIS_PORT=redis_port)
    return Target(port, "/stored")


def express_sqlite(stack: Stack, _: Path) -> Target:
    port = free_port()
    database = stack.folder / "peer.db"
    stack.start("express", ["node", PEERS / "express-sqlite.js"], port, PORT=port, DATABASE=database)
    return Target(port, "/stored")


def receiver(store: Callable[[Stack], str], *options: str) -> Start:
    """Our receiver on this store, with default settings but for `options`."""

    def start(stack: Stack, bin: Path) -> Target:
        target, port = store(stack), free_port()
        command = [bin / "hamsa-receiver", "--listen", f"127.0.0.1:{port}", "--store", target, *options]
        stack.start("receiver", command, port)
        return Target(port, "/readyz", drains="0" not in options)

    return start


def sqlite(stack: Stack) -> str:
    return f"sqlite:{stack.folder}/hamsa.db"


def redis(stack: Stack) -> str:
    return f"redis://127.0.0.1:{start_redis(stack)}"


def postgres(stack: Stack) -> str:
    """PostgreSQL as it comes: fsync and synchronous_commit are on. It does not run as root."""
    user, port, data = "postgres", free_port(), stack.folder / "postgres"
    data.mkdir()
    if as_user(user):
        shutil.chown(data, user, user)
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    stack.run([programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", user, "--no-sync"], user=user)
    command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", data]
    stack.start("postgres", command, port, user=user)
    return f"postgres://{user}@127.0.0.1:{port}/{user}"


def start_redis(stack: Stack) -> int:
    """Redis with an append-only file, fsynced before each answer; the rest as it comes."""
    port = free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", stack.folder]
    stack.start("redis", [*command, "--appendonly", "yes", "--appendfsync", "always"], port)
    return port


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    durable: str
    connections: int
    start: Start
    # A feature of the receiver's crate; without it in this build, the row is left out.
    feature: str | None = None


ACCEPT = ("--workers", "0")
WORK = ("--expose-effects",)

ROWS = [
    Row("bare-axum", "bare axum: bearer, JSON, no store", "nothing", 64, bare_axum),
    Row("accept", "**ours, SQLite**, accept only", "fsync", 64, receiver(sqlite, *ACCEPT)),
    Row("work", "**ours, SQLite**, workers on", "fsync", 64, receiver(sqlite, *WORK)),
    Row("bull", "Express + Bull, Redis AOF always", "fsync", 64, express_bull),
    Row("better-sqlite3", "Express + better-sqlite3 FULL", "fsync", 64, express_sqlite),
    Row("accept-1", "**ours, SQLite**, accept only", "fsync", 1, receiver(sqlite, *ACCEPT)),
    Row("better-sqlite3-1", "Express + better-sqlite3 FULL", "fsync", 1, express_sqlite),
    Row("accept-redis", "**ours, Redis** AOF always, accept only", "fsync", 64, receiver(redis, *ACCEPT), "redis"),
    Row("work-redis", "**ours, Redis** AOF always, workers on", "fsync", 64, receiver(redis, *WORK), "redis"),
    Row("accept-postgres", "**ours, PostgreSQL**, accept only", "fsync", 64, receiver(postgres, *ACCEPT), "postgres"),
    Row("work-postgres", "**ours, PostgreSQL**, workers on", "fsync", 64, receiver(postgres, *WORK), "postgres"),
]


@dataclass(frozen=True)
class Goal:
    """The figure of `row`, divided by that of `peer` where there is one, is at least or at most `limit`."""

    title: str
    figure: str
    row: str
    peer: str | None
    relation: str
    limit: float
    unit: str = "×"


GOALS = [
    Goal("accept only, against Express + Bull", "rate", "accept", "bull", "≥", 10),
    Goal("accept only, against bare axum", "rate", "accept", "bare-axum", "≥", 0.5),
    Goal("accept only, p99 against Express + Bull", "p99_ms", "accept", "bull", "<", 1),
    Goal("accept only, p99 against Express + better-sqlite3", "p99_ms", "accept", "better-sqlite3", "<", 1),
    Goal("workers on, against Express + Bull", "rate", "work", "bull", "≥", 6),
    Goal("workers on, against bare axum", "rate", "work", "bare-axum", "≥", 0.35),
    Goal("one connection, against Express + better-sqlite3", "rate", "accept-1", "better-sqlite3-1", "≥", 1.5),
    Goal("memory, accept only", "memory_mib", "accept", None, "≤", 64, " MiB"),
    Goal("memory, workers on", "memory_mib", "work", None, "≤", 64, " MiB"),
]
