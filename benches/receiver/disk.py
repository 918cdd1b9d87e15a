"""What the disk gives: how long one fdatasync of 4 KiB takes, in the folder where the stores write."""

import os
import time
from pathlib import Path

BLOCK = os.urandom(4096)
PROBES = 300


def fsync_ms(folder: Path) -> float:
    """Mean milliseconds of one fdatasync, each behind 4 KiB more in one file: what a log does."""
    path = folder / "fsync-probe"
    file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        start = time.perf_counter()
        for _ in range(PROBES):
            os.write(file, BLOCK)
            os.fdatasync(file)
        return (time.perf_counter() - start) / PROBES * 1000
    finally:
        os.close(file)
        path.unlink()


def file_system(folder: Path) -> str:
    """The type of the file system that holds the folder."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    whole = f"{folder.resolve()}/"
    holding = [(point, kind) for point, kind in mounts if whole.startswith(point.rstrip("/") + "/")]
    return max(holding, key=lambda mount: len(mount[0]))[1]
