"""What is measured, on which servers."""
import dataclasses

ALL = ("stoa", "bare", "neffos", "ws", "socketio")
ROOMS = ("stoa", "bare", "neffos", "neffos-sync", "ws", "socketio")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One load, by the load client's arguments.

    `unit` names the result that is compared: "rate" (more is better) or "p99_us" (less is better).
    `half_load_of` names a scenario: asks arrive at half the rate that stoa reached there.
    `quick` is the servers in the quick run. `fan_out` is said to servers that have to know. `turns`
    multiplies the repetitions, where a few of them vary by more than the target allows.
    """
    name: str
    load: str
    servers: tuple = ALL
    quick: tuple = ()
    unit: str = "rate"
    half_load_of: str = ""
    fan_out: bool = False
    turns: int = 1


def _echo(name, size, in_flight, servers, quick=(), turns=1):
    return Scenario(f"echo-{name}-{in_flight}", f"echo --size {size} --in-flight {in_flight}",
                    servers, quick, turns=turns)


def _fan_out(members, servers, quick=()):
    load = f"fan-out --namespace chat --event message --in-flight 16 --connections {members}"
    return Scenario(f"fan-out-{members}", load, servers, quick, fan_out=True)


def _idle(silent):
    load = f"idle --idle {silent} --connections 10 --in-flight 1"
    return Scenario(f"idle-{silent}", load, ("stoa", "bare", "neffos"), ("stoa",))


def _namespaces(count):
    load = f"echo --connections 1000 --in-flight 1 --namespaces {count}"
    return Scenario(f"namespaces-{count}", load, ("stoa-many",))


def _rooms(connections, each, in_flight):
    load = (f"echo --namespace chat --event message --connections {connections} --rooms {each}"
            f" --in-flight {in_flight}")
    return Scenario(f"rooms-{connections * each}", load, ("stoa",))


def _neighbours(name, in_flight, servers):
    load = (f"neighbours --namespace noisy --connections 1000 --in-flight {in_flight} --idle 100"
            " --rate 1000")
    return Scenario(name, load, servers, (), "p99_us")


# In the order of measuring: a half load comes after the scenario it is half of.
EVERY = (
    _echo("64", 64, 8, (*ALL, "stoa-thread", "stoa-process"), ("stoa", "bare", "neffos"), turns=3),
    _echo("64", 64, 1, ALL, ("stoa",)),
    _echo("1k", 1024, 8, ALL, ("stoa", "bare")),
    _echo("1k", 1024, 1, ("stoa", "bare")),
    _echo("16k", 16384, 8, ALL, ("stoa", "bare")),
    _echo("16k", 16384, 1, ("stoa", "bare")),
    Scenario("ask-half", "ask", ("stoa", "bare"), ("stoa", "bare"), "p99_us", "echo-64-1",
             turns=4),
    Scenario("ask-5000", "ask --rate 5000", ALL, (), "p99_us"),
    # The next one is asked when nothing is under way, if the server is not very slow.
    Scenario("ask-alone", "ask --connections 1 --rate 1000",
             ("stoa", "stoa-thread", "stoa-process", "bare"), (), "p99_us", turns=3),
    # 16 in flight from 1,000 are more than may wait for a thread or a process. On the loop one is
    # enough for a turn of a second.
    _neighbours("neighbours", 16, ("noise-thread", "noise-process")),
    _neighbours("neighbours-loop", 1, ("noise-loop",)),
    _fan_out(10, ("stoa", "bare", "neffos", "neffos-sync")),
    _fan_out(1000, (*ROOMS, "stoa-thread", "stoa-process"), ("stoa", "bare", "neffos", "neffos-sync")),
    _fan_out(10000, ("stoa", "bare")),
    _idle(100),
    _idle(9000),
    Scenario("storm", "storm"),
    _namespaces(1),
    _namespaces(10),
    _namespaces(1000),
    _rooms(10, 1, 50),
    _rooms(500, 1, 1),
    _rooms(500, 200, 1),
    # Handlers with some work to do, so that the client, which shares the cores, is not the limit.
    Scenario("workers", "echo --in-flight 8 --namespace labour", ("stoa", "stoa-2"),
             ("stoa", "stoa-2")),
)


def chosen(quick, names, servers):
    """The scenarios to measure, each with the servers to measure."""
    unknown = set(names or ()) - {scenario.name for scenario in EVERY}
    if unknown:
        raise SystemExit(f"There is no scenario {', '.join(sorted(unknown))}: see --list.")
    result = []
    for scenario in EVERY:
        candidates = scenario.quick if quick else scenario.servers
        wanted = tuple(name for name in candidates if not servers or name in servers)
        if wanted and (not names or scenario.name in names):
            result.append(dataclasses.replace(scenario, servers=wanted))
    return result
