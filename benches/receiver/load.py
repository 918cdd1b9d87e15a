"""The load: wrk, with a body of 2,048 bytes that is another event in each request."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

BODY_BYTES = 2048
CALL_ID = "@@@@@CALL_ID@@@@"
TIMESTAMP = "@@@@@@@TIMESTAMP@@@@@@@@"
# Behind its time a run may still wait for wrk to stop.
GRACE_SECONDS = 30

TURNS = [
    ("User", "And could you tell me where the parcel is right now?"),
    ("Agent", "It left the sorting centre this morning and is on its way."),
    ("User", "Will it be here before the weekend?"),
    ("Agent", "Yes, it should arrive on Friday between nine and noon."),
]


def body_of(fixture: Path) -> str:
    """The fixture, compact, its transcript made longer until it has 2,048 bytes."""
    event = json.loads(fixture.read_text())
    event["callId"], event["timestamp"] = CALL_ID, TIMESTAMP
    transcript = event["data"]["data"]["transcription"]

    def text() -> str:
        return json.dumps(event, separators=(",", ":"))

    while True:
        speaker, words = TURNS[len(transcript) % len(TURNS)]
        transcript.append({speaker: words})
        if len(text()) > BODY_BYTES:
            break
    transcript[-1][speaker] = ""
    while len(text()) > BODY_BYTES:
        del transcript[-2]
    transcript[-1][speaker] = "x" * (BODY_BYTES - len(text()))
    return text()


@dataclass(frozen=True)
class Load:
    """What wrk saw, and what it cost."""

    requests: int
    seconds: float
    p50_us: int
    p99_us: int
    max_us: int
    refused: int
    broken: int
    cpu_seconds: float


def run(url: str, connections: int, seconds: int, first: int, body: Path, core: int, environment: dict) -> Load:
    """Sends events from number `first` on, for so long, over so many connections, each waiting for its answer."""
    script = Path(__file__).with_name("load.lua")
    command = ["taskset", "--cpu-list", str(core), "wrk", "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{seconds}s", "--timeout", "5s", "--script", str(script), url]
    before = os.times()
    done = subprocess.run(
        command,
        env=environment | {"BODY": str(body), "FIRST": str(first)},
        capture_output=True,
        text=True,
        timeout=seconds + GRACE_SECONDS,
        check=True,
    )
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Load(**json.loads(done.stderr.splitlines()[-1]), cpu_seconds=cpu)
