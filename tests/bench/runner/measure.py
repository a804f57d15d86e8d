"""Runs the scenarios and keeps what the load client says."""
import dataclasses
import json
import platform
import re
import statistics
import subprocess
import sys

from .servers import Running

LOAD_SECONDS = 180
# A server whose core was not busy was not the limit of what was measured.
BUSY = 0.9


@dataclasses.dataclass
class Plan:
    repetitions: int
    seconds: float
    warmup: float = 0.4


def run(scenarios, servers, load, plan):
    """All scenarios, the servers taking turns in each: A B C, B C A, C A B, ... so that none always
    has the machine as the same other one left it.

    Returns {scenario: {"unit", "load", "servers": {server: {"runs", "median", "min", "max",
    "limit"}}}}.
    """
    results = {}
    for scenario in scenarios:
        runs = {name: [] for name in scenario.servers if name in servers}
        arguments = scenario.load
        if scenario.half_load_of:
            rate = _half_rate(results, scenario.half_load_of)
            if rate is None:
                print(f"{scenario.name}: left out, it needs {scenario.half_load_of} on stoa")
                continue
            arguments += f" --rate {rate:.0f}"
        repetitions = plan.repetitions * scenario.turns
        for repetition in range(repetitions):
            for name in _rotated(list(runs), repetition):
                _progress(scenario.name, repetition, repetitions, name)
                runs[name].append(_once(servers[name], scenario, arguments, load, plan))
        _progress_done()
        results[scenario.name] = {
            "unit": scenario.unit, "load": arguments,
            "servers": {name: _summary(done, scenario.unit) for name, done in runs.items() if done}}
    return results


def machine():
    """What the figures depend on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    return {"cpu": model[1] if model else platform.processor(), "kernel": platform.release()}


def _rotated(names, by):
    by %= len(names)
    return names[by:] + names[:by]


def _once(server, scenario, arguments, load, plan):
    running = Running(server, scenario.fan_out)
    try:
        command = ["taskset", "-c", server.client_cores, load, *arguments.split(),
                   "--port", running.port, "--pid", running.pid, "--dialect", server.dialect,
                   *(["--spin"] if server.client_has_its_core else []), "--warmup", plan.warmup, "--seconds", plan.seconds]
        client = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                                timeout=LOAD_SECONDS, check=False)
    finally:
        log = running.stop()
    if client.returncode != 0:
        return {"error": client.stderr.strip() or f"load client: {client.returncode}"}
    return {**json.loads(client.stdout), **_stats(log)}


def _stats(log):
    """The counters that our server writes when it ends: the key=value fields of its line "stats"."""
    lines = [line for line in log.splitlines() if re.search(r"\bstats\b", line)]
    return {"stats": {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)\b", lines[-1])}
            } if lines else {}


def _half_rate(results, scenario):
    summary = results.get(scenario, {}).get("servers", {}).get("stoa", {})
    return summary["median"] / 2 if "median" in summary else None


def _summary(runs, unit):
    good = [run[unit] for run in runs if "error" not in run]
    summary = {"runs": runs}
    if good:
        summary.update(median=statistics.median(good), min=min(good), max=max(good),
                       **_cpu([run for run in runs if "error" not in run], unit))
    return summary


def _cpu(runs, unit):
    """Medians of who used how much of a core, and what that says about the figure."""
    shares = {who: statistics.median(run[f"{who}_cpu"] for run in runs)
              for who in ("server", "client", "others")}
    per_cpu_second = {}
    if unit == "rate" and shares["server"] > 0:
        per_cpu_second["per_cpu_second"] = statistics.median(
            run["rate"] / run["server_cpu"] for run in runs if run["server_cpu"] > 0)
    return {"cpu": shares, **per_cpu_second, "limit": _limit(runs, shares, unit)}


def _limit(runs, shares, unit):
    """What bounded the figure: the server, as it should be, or something else."""
    if unit != "rate":
        late = statistics.median(run["late_p99_us"] for run in runs)
        return f"asked within {late:,.0f} us of the moment (p99)"
    if shares["server"] >= BUSY:
        return "server"
    if shares["others"] >= 1 - BUSY:
        return "other processes"
    return "client" if shares["client"] >= BUSY else "neither"


def _progress(scenario, repetition, repetitions, server):
    if sys.stderr.isatty():
        print(f"\r\033[K{scenario} {repetition + 1}/{repetitions} {server}", end="",
              file=sys.stderr, flush=True)


def _progress_done():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
