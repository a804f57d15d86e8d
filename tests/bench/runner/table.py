"""The results as text."""
import statistics


def text(results, verdicts):
    """One block per scenario, then the targets."""
    lines = [f"{'scenario':16} {'server':12} {'median':>11} {'min':>11} {'max':>11} "
             f"{'/bare':>6} {'/neffos':>7} {'per cpu-s':>11} {'server':>6} {'client':>6}  remarks"]
    for name, scenario in results.items():
        lines += [_row(name, server, scenario) for server in scenario["servers"]]
    lines += ["", f"{'target':56} {'wanted':>29} {'got':>40}"]
    for verdict in verdicts:
        met = {True: "met", False: "NOT MET", None: "-"}[verdict["met"]]
        lines.append(f"{verdict['target']:56} {verdict['wanted']:>29} {verdict['got']:>40}  {met}")
    return "\n".join(lines)


def _row(name, server, scenario):
    summary = scenario["servers"][server]
    if "median" not in summary:
        return f"{name:16} {server:12} failed: {summary['runs'][0]['error']}"
    good = [run for run in summary["runs"] if "error" not in run]
    return (f"{name:16} {server:12} {_figure(summary['median'], scenario):>11} "
            f"{_figure(summary['min'], scenario):>11} {_figure(summary['max'], scenario):>11} "
            f"{_ratio(scenario, server, 'bare'):>6} {_ratio(scenario, server, 'neffos'):>7} "
            f"{_per_cpu_second(summary):>11} "
            f"{summary['cpu']['server']:>6.0%} {summary['cpu']['client']:>6.0%}  "
            f"{_remarks(summary, good, scenario)}")


def _figure(value, scenario):
    return f"{value:,.0f}/s" if scenario["unit"] == "rate" else f"{value:,.0f} us"


def _ratio(scenario, server, peer):
    theirs = scenario["servers"].get(peer, {}).get("median")
    ours = scenario["servers"][server]["median"]
    return f"{ours / theirs:.2f}" if theirs else ""


def _per_cpu_second(summary):
    return f"{summary['per_cpu_second']:,.0f}" if "per_cpu_second" in summary else ""


def _remarks(summary, good, scenario):
    remarks = []
    if len(good) < len(summary["runs"]):
        remarks.append(f"{len(summary['runs']) - len(good)} runs failed")
    if scenario["unit"] != "rate":
        remarks.append(f"p50 {sorted(run['p50_us'] for run in good)[len(good) // 2]:,.0f} us")
        if "quiet_p99_us" in good[0]:
            quiet = (statistics.median(run[f"quiet_p{q}_us"] for run in good) for q in (50, 99))
            remarks.append("without noise p50 {:,.0f} us, p99 {:,.0f} us".format(*quiet))
        remarks.append(summary["limit"])
    elif summary["limit"] != "server":
        remarks.append({"client": "THE CLIENT WAS THE LIMIT",
                        "other processes": "OTHER PROCESSES TOOK THE CORES",
                        "neither": "server not saturated"}[summary["limit"]])
    if "bytes_each" in good[0]:
        remarks.append(f"{max(run['bytes_each'] for run in good):,.0f} bytes each, "
                       f"idle {max(run['idle_cpu'] for run in good):.1%}")
    for wrong in ("lost", "reordered", "duplicated", "unexpected", "broken"):
        total = sum(run.get(wrong, 0) for run in good)
        due = sum(run.get("due", 0) for run in good)
        if total:
            remarks.append(f"{total:,} {wrong}" + (f" ({total / due:.0%})" if due else ""))
    return ", ".join(remarks)
