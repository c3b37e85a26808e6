"""Runs the simulator's programs.

    python -m hw_sim demo [--port 8460] [--data demo-data] [--open]
    python -m hw_sim crash [--rounds 50] [--seed 1]
    python -m hw_sim servers [--rounds 50] [--seed 1] [--database postgresql]
    python -m hw_sim chaos [--minutes 30] [--seed 1] [--database postgresql]
    python -m hw_sim racing [--requests 10000] [--seed 1]
    python -m hw_sim fleet [--seeds 100] [--first-seed 1] [--seed N [--trace]] [--steps 300] [--terminals N]
    python -m hw_sim mutants [--seeds 1000] [--first-seed 1] [--only NAME]
    python -m hw_sim bench [--full]

The demo prints one JSON line with the addresses on stdout when all is ready; everything that is for
people goes to stderr. Exit codes: 0 all well or stopped on request, 1 could not start, broke down or
found something wrong, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from hw_sim.chaos import command as chaos
from hw_sim.demo.errors import DemoError, StopRequested
from hw_sim.demo.layout import Layout
from hw_sim.demo.system import System
from hw_sim.demo.web import WorkbenchServer
from hw_sim.fleet import command as fleet
from hw_sim.mutants import command as mutants

_LOOK_EVERY_S = 0.5


def main() -> int:
    """Run the command line; the exit code."""
    arguments = _arguments()
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "crash": lambda told: crash(rounds=told.rounds, seed=told.seed),
        "servers": chaos.run_servers,
        "chaos": chaos.run_chaos,
        "racing": lambda told: racing(requests=told.requests, seed=told.seed),
        "fleet": fleet.run,
        "mutants": mutants.run,
        "bench": lambda told: bench(full=told.full),
    }
    if arguments.command in commands:
        return commands[arguments.command](arguments)
    return demo(port=arguments.port, data=arguments.data, open_browser=arguments.open, owner=arguments.owner)


def demo(*, port: int, data: Path, open_browser: bool, owner: str | None = None) -> int:
    """Run the demo until SIGTERM, SIGINT or SIGHUP; the exit code."""
    running: list[Callable[[], None]] = []
    try:
        _listen_for_signals()
        server = WorkbenchServer(port)
        running.append(server.stop)
        layout = Layout(data)
        running.append(layout.release)
        layout.acquire()
        system = System(layout, say=_say, owner=owner)
        running.append(lambda: _stop(system))
        bench = system.start()
        # Once more, since it is to be stopped before what it drives.
        running.append(server.stop)
        server.serve(bench)
        _tell({"workbench": server.url, **system.addresses})
        _say(f"ready: open {server.url} in a browser; Ctrl-C stops it")
        if open_browser:
            webbrowser.open(server.url)
        _watch(server, system)
    except StopRequested:
        return 0
    except DemoError as error:
        _say(str(error))
        return 1
    finally:
        _ignore_signals()
        for stop in reversed(running):
            stop()
    return 0


def _stop(system: System) -> None:
    _say("stopping")
    system.stop()


def _watch(server: WorkbenchServer, system: System) -> None:
    """Until a signal comes; raises `DemoError` when something ended by itself."""
    while not server.wait(_LOOK_EVERY_S):
        if trouble := system.ended():
            raise DemoError(trouble)
    raise DemoError("The workbench's web server ended by itself.")


def _tell(addresses: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()


def crash(*, rounds: int, seed: int) -> int:
    """Kill a terminal at random moments and check what is left; 1 where something is wrong."""
    from hw_sim.crash.rounds import run

    with tempfile.TemporaryDirectory(prefix="tapbon-crash-") as directory:
        report = run(data=Path(directory) / "demo", rounds=rounds, seed=seed, say=True)
    for line in report.wrong:
        sys.stdout.write(f"WRONG: {line}\n")
    sys.stdout.write(
        f"seed {seed}: {report.rounds} kills, {report.entries} journal entries, {report.redeemed} redemptions and"
        f" {report.registered} registrations went through; {len(report.wrong)} things are wrong\n"
    )
    return 1 if report.wrong else 0


def racing(*, requests: int, seed: int) -> int:
    """Race for points, vouchers and limits on SQLite and on PostgreSQL; 1 where something is wrong."""
    from hw_sim.postgres import PostgresMissing
    from hw_sim.racing.databases import race_on_postgresql, race_on_sqlite

    wrong = False
    for name, race in (("SQLite", race_on_sqlite), ("PostgreSQL", race_on_postgresql)):
        try:
            report = race(requests=requests, seed=seed)
        except PostgresMissing as error:
            sys.stdout.write(f"racing on {name} was left out: {error}\n")
            continue
        for line in report.wrong:
            sys.stdout.write(f"WRONG: {line}\n")
        sys.stdout.write(
            f"{name}, seed {seed}: {report.sent} racing requests in {report.seconds:.0f} s, {report.done} got their"
            f" part, {report.refused} answers were refusals, {report.sent_again} had to be sent again;"
            f" {len(report.wrong)} things are wrong\n"
        )
        wrong = wrong or bool(report.wrong)
    return 1 if wrong else 0


def bench(*, full: bool) -> int:
    """Measure against the budgets and print the figures; with `full` the books at 10 million entries too."""
    from hw_sim.benchmarks.report import report

    for line in report(full=full):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def _say(words: str) -> None:
    # Nobody may be reading any more, and stopping must come to its end all the same.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"demo: {words}\n")
        sys.stderr.flush()


def _listen_for_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Started with nohup, it is to outlive its terminal window.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _on_signal)


def _ignore_signals() -> None:
    # Stopping takes a few seconds and is bounded; a second Ctrl-C would leave it half done.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise StopRequested


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hw_sim", description="Tapbon without hardware.")
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("demo", help="run the whole system here, with a workbench in the browser")
    running.add_argument("--port", type=_port, default=8460, help="the workbench's port; 0 takes a free one")
    running.add_argument("--data", type=Path, default=Path("demo-data"), help="where everything is kept")
    running.add_argument("--open", action="store_true", help="open the workbench in a browser")
    running.add_argument(
        "--owner",
        metavar="CONNINFO",
        help="where TAPBON_POSTGRES names a PostgreSQL server: the role that makes the tables there",
    )
    crashing = commands.add_parser("crash", help="kill a terminal at random moments; check that nothing is lost")
    crashing.add_argument("--rounds", type=int, default=50, help="how many kills")
    crashing.add_argument("--seed", type=int, default=1, help="decides what is done and when the power goes")
    chaos.add_servers_arguments(
        commands.add_parser(
            "servers", help="kill the central system and the broker under load; check that nothing is lost"
        )
    )
    chaos.add_chaos_arguments(
        commands.add_parser("chaos", help="let the real system suffer everything at once; check that nothing is lost")
    )
    race = commands.add_parser("racing", help="many requests at once for too little; check that each got its due")
    race.add_argument("--requests", type=int, default=10_000, help="how many, on each database")
    race.add_argument("--seed", type=int, default=1, help="decides their order")
    fleet.add_arguments(
        commands.add_parser("fleet", help="simulate fleets, each from a seed, with everything going wrong")
    )
    mutants.add_arguments(commands.add_parser("mutants", help="put bugs in; show which seed of the fleet catches each"))
    benching = commands.add_parser("bench", help="measure against the budgets")
    benching.add_argument("--full", action="store_true", help="the books at 10 million entries too")
    return parser.parse_args()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
