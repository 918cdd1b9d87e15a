"""From trials to a page of Markdown: medians, spreads, ratios, goals. Pure functions; nothing is measured here."""

from statistics import median

from rows import GOALS, Goal, Row
from trial import BUSY_SHARE, Trial

VOID_MS = 0.5
NOISY_SHARE = 0.15

Trials = dict[str, list[Trial]]


def page(rows: list[Row], trials: Trials, facts: list[tuple[str, str]], left_out: list[str]) -> str:
    lines = ["# Receivers side by side", ""]
    lines += ["Written by `benches/receiver/run.sh`; see [README.md](README.md) for what is measured and how.", ""]
    lines += [f"- {name}: {value}" for name, value in facts]
    lines += ["", "## Goals", "", *goals(trials)]
    lines += ["", "## Rows", "", *table(rows, trials)]
    lines += [f"- not run: {line}" for line in left_out]
    return "\n".join(lines) + "\n"


def goals(trials: Trials) -> list[str]:
    lines = ["| goal | wanted | seen (median, range) | fsyncs/s, mean | |", "|---|---|---|---|---|"]
    for goal in GOALS:
        involved = [trials.get(id, []) for id in (goal.row, goal.peer) if id]
        wanted = f"{goal.relation} {goal.limit:g}{goal.unit}"
        if not all(involved):
            lines.append(f"| {goal.title} | {wanted} | – | – | not run |")
            continue
        everything = [trial for group in involved for trial in group]
        if any(trial.failure for trial in everything):
            lines.append(f"| {goal.title} | {wanted} | – | – | **a row failed** |")
            continue
        seen = figures(goal, trials)
        lines.append(
            f"| {goal.title} | {wanted} | {spread(seen, goal.unit)} | {fsyncs(everything)} | {judged(goal, seen, everything)} |"
        )
    return lines


def figures(goal: Goal, trials: Trials) -> list[float]:
    """One figure per round: both sides of a ratio were measured in the same minute."""
    own = [getattr(trial, goal.figure) for trial in trials[goal.row]]
    if goal.peer is None:
        return own
    return [mine / getattr(peer, goal.figure) for mine, peer in zip(own, trials[goal.peer])]


def judged(goal: Goal, seen: list[float], trials: list[Trial]) -> str:
    if is_void(trials):
        return "**void**: slow disk"
    value = median(seen)
    met = {"≥": value >= goal.limit, "≤": value <= goal.limit, "<": value < goal.limit}[goal.relation]
    return "met" if met else "**missed**"


def table(rows: list[Row], trials: Trials) -> list[str]:
    lines = [
        "| row | ack means | connections | requests/s (range) | × Express + Bull | × bare axum | CPU µs/request | p50 ms | p99 ms"
        " | peak MiB | fsyncs/s, mean | remarks |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        group = trials[row.id]
        start = f"| {row.title} | {row.durable} | {row.connections} "
        failures = [trial.failure for trial in group if trial.failure]
        if failures:
            lines.append(start + f"| **failed** | | | | | | | {fsyncs(group)} | {failures[0]} |")
            continue

        def middle(name: str, digits: int) -> str:
            return f"{median(getattr(trial, name) for trial in group):.{digits}f}"

        cells = [
            spread([trial.rate for trial in group]),
            ratio(row, "bull", trials),
            ratio(row, "bare-axum", trials),
            middle("cpu_us", 1),
            middle("p50_ms", 2),
            middle("p99_ms", 2),
            middle("memory_mib", 0),
            fsyncs(group),
            "; ".join(remarks(group)),
        ]
        lines.append(start + "".join(f"| {cell} " for cell in cells) + "|")
    return lines


def ratio(row: Row, peer: str, trials: Trials) -> str:
    """Against a peer under the same load only."""
    others = trials.get(peer, [])
    if row.connections == 1 or not others or any(trial.failure for trial in others):
        return ""
    return f"{median(own.rate / other.rate for own, other in zip(trials[row.id], others)):.2f}"


def remarks(group: list[Trial]) -> list[str]:
    found = []
    if is_void(group):
        found.append(f"**void**: an fsync took over {VOID_MS} ms")
    if any(trial.generator_share > BUSY_SHARE for trial in group):
        found.append("the generator was the limit")
    found.append(f"core {median(trial.stack_share for trial in group):.0%} busy")
    effects = [trial.effects_after for trial in group if trial.effects_after is not None]
    if effects:
        found.append(f"every effect within {max(effects):.1f} s of the end")
    foreign = max(trial.foreign_share for trial in group)
    if foreign > NOISY_SHARE:
        found.append(f"noisy: others took up to {foreign:.0%} of a core")
    return found


def is_void(trials: list[Trial]) -> bool:
    return any(trial.fsync_ms > VOID_MS for trial in trials)


def fsyncs(trials: list[Trial]) -> str:
    mean = median(trial.fsync_ms for trial in trials)
    return f"{1000 / mean:,.0f}, {mean:.2f} ms"


def spread(values: list[float], unit: str = "") -> str:
    digits = 0 if median(values) >= 100 else 1 if median(values) >= 20 else 2
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle}{unit}" if len(values) == 1 else f"{middle}{unit} ({low}–{high})"
