"""The targets, and whether they are met."""

import statistics

KIB = 1024
# Frames that a connection costs besides broadcasts: acknowledgement, answers, pings, with a margin.
FRAMES_PER_CONNECTION = 16


def verdicts(results):
    """A list of {"target", "wanted", "got", "met"}; `met` is None where nothing was measured.

    See undisturbed() for whether they can be believed.
    """
    return [
        _ratio(results, "echo 64 B, 8 in flight, to Go neffos", "echo-64-8", "neffos", at_least=12),
        _ratio(results, "echo 64 B, 8 in flight, to bare", "echo-64-8", "bare", at_least=0.9),
        _ratio(results, "echo 1 kB, 8 in flight, to bare", "echo-1k-8", "bare", at_least=0.8),
        _ratio(results, "echo 16 kB, 8 in flight, to bare", "echo-16k-8", "bare", at_least=0.8),
        _ratio(results, "ask p99 at half load, to bare", "ask-half", "bare", at_most=1.2),
        _typical_p99(results),
        _ratio(results, "fan-out 16 into 1,000, to Go neffos", "fan-out-1000", "neffos",
               at_least=25),
        _ratio(results, "fan-out 16 into 1,000, to neffos in order", "fan-out-1000", "neffos-sync",
               at_least=25),
        _deliveries(results),
        _among_idle(results),
        _memory(results),
        _built_once(results),
        _two_workers(results),
        _added(results, "thread", at_most=15),
        _added(results, "process", at_most=40),
        _undisturbed_by(results, "thread"),
        _undisturbed_by(results, "process"),
    ]


def undisturbed(results):
    """Had the servers and the client the cores for themselves?"""
    return not any(summary.get("limit") == "other processes"
                   for scenario in results.values() for summary in scenario["servers"].values())


def _verdict(target, wanted, got, met):
    return {"target": target, "wanted": wanted, "got": got, "met": met}


def _unmeasured(target, wanted):
    return _verdict(target, wanted, "not measured", None)


def _median(results, scenario, server):
    return results.get(scenario, {}).get("servers", {}).get(server, {}).get("median")


def _good_runs(results, scenario, server):
    summary = results.get(scenario, {}).get("servers", {}).get(server, {"runs": []})
    return [run for run in summary["runs"] if "error" not in run]


def _ratio(results, target, scenario, peer, at_least=None, at_most=None):
    wanted = f">= {at_least}" if at_least is not None else f"<= {at_most}"
    ours, theirs = _median(results, scenario, "stoa"), _median(results, scenario, peer)
    if not ours or not theirs:
        return _unmeasured(target, wanted)
    ratio = ours / theirs
    met = ratio >= at_least if at_least is not None else ratio <= at_most
    return _verdict(target, wanted, f"{ratio:.2f}{_per_cpu(results[scenario], peer)}", met)


def _per_cpu(scenario, peer):
    """The ratio by CPU time, which means more where other processes took part of the cores."""
    pair = [scenario["servers"][name] for name in ("stoa", peer)]
    if not all("per_cpu_second" in summary for summary in pair):
        return ""
    return f" ({pair[0]['per_cpu_second'] / pair[1]['per_cpu_second']:.2f} by CPU time)"


def _typical_p99(results):
    """The p99 of the typical hundredth of a second, which no stall of the machine decides."""
    target, wanted = "the same in the typical hundredth of a second", "<= 1.2"
    medians = [statistics.median(run["typical_p99_us"] for run in runs) if runs else 0
               for runs in (_good_runs(results, "ask-half", name) for name in ("stoa", "bare"))]
    if not all(medians):
        return _unmeasured(target, wanted)
    ours, theirs = medians
    return _verdict(target, wanted, f"{ours / theirs:.2f} ({ours:.0f} us to {theirs:.0f} us)",
                    ours / theirs <= 1.2)


def _deliveries(results):
    target, wanted = "every delivery accounted for", "0 lost, reordered or doubled"
    runs = [run for scenario in results if scenario.startswith("fan-out")
            for run in _good_runs(results, scenario, "stoa")]
    if not runs:
        return _unmeasured(target, wanted)
    wrong = sum(run["lost"] + run["reordered"] + run["duplicated"] for run in runs)
    return _verdict(target, wanted, f"{wrong} of {sum(run['due'] for run in runs):,}", wrong == 0)


def _among_idle(results):
    target, wanted = "busy rate among 9,000 idle, to that among 100", ">= 0.9"
    many, few = _median(results, "idle-9000", "stoa"), _median(results, "idle-100", "stoa")
    if not many or not few:
        return _unmeasured(target, wanted)
    return _verdict(target, wanted, f"{many / few:.2f}", many >= 0.9 * few)


def _memory(results):
    target, wanted = "memory of an idle connection in a namespace", "<= 4 KiB"
    runs = _good_runs(results, "idle-9000", "stoa")
    if not runs:
        return _unmeasured(target, wanted)
    worst = max(run["bytes_each"] for run in runs)
    return _verdict(target, wanted, f"{worst / KIB:.2f} KiB", worst <= 4 * KIB)


def _built_once(results):
    target, wanted = "a broadcast builds its frame once", "1 a broadcast"
    runs = [run for run in _good_runs(results, "fan-out-1000", "stoa") if "stats" in run]
    if not runs:
        return _unmeasured(target, wanted)
    built = [run["stats"].get("frames_built", 0) for run in runs]
    met = all(run["sent"] <= frames <= run["sent"] + 1000 * FRAMES_PER_CONNECTION
              for run, frames in zip(runs, built))
    due = sum(run["due"] for run in runs)
    return _verdict(target, wanted, f"{sum(built):,} built for {due:,} deliveries", met)


def _added(results, run, at_most):
    target, wanted = f"added to an ask's p50 by a {run}", f"<= {at_most} us"
    medians = [statistics.median(run["p50_us"] for run in runs) if runs else 0
               for runs in (_good_runs(results, "ask-alone", name)
                            for name in ("stoa", f"stoa-{run}"))]
    if not all(medians):
        return _unmeasured(target, wanted)
    loop, there = medians
    return _verdict(target, wanted, f"{there - loop:.1f} us ({loop:.1f} to {there:.1f} us)",
                    there - loop <= at_most)


def _undisturbed_by(results, run):
    """By the p99 of the typical quarter of a second, which no stall of the machine decides."""
    target, wanted = f"notices' p99 beside noise in a {run}, to without", "<= 1.1"
    runs = _good_runs(results, "neighbours", f"noise-{run}")
    if not runs:
        return _unmeasured(target, wanted)
    noisy, quiet = "typical_p99_us", "quiet_typical_p99_us"
    ratio = statistics.median(one[noisy] / one[quiet] for one in runs)
    medians = [statistics.median(one[key] for one in runs) for key in (quiet, noisy)]
    return _verdict(target, wanted, f"{ratio:.2f} ({medians[0]:.0f} us to {medians[1]:.0f} us)",
                    ratio <= 1.1)


def _two_workers(results):
    target, wanted = "two workers on both cores, to one with a core of its own", "> 1"
    one, two = _median(results, "workers", "stoa"), _median(results, "workers", "stoa-2")
    if not one or not two:
        return _unmeasured(target, wanted)
    return _verdict(target, wanted, f"{two / one:.2f}", two > one)
