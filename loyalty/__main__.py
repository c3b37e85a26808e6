"""Tries the rules out: one case in, what it comes to out.

    python -m loyalty evaluate CASE.json        ("-" reads from stdin)
    python -m loyalty schema [case|evaluation]

JSON on stdout; what is wrong goes to stderr. Exit codes: 0 all well, 2 wrong arguments, a file that
cannot be read, or a case with an error, whose field is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from loyalty.errors import LoyaltyError
from loyalty.evaluation.case import Case
from loyalty.evaluation.checks import decode
from loyalty.evaluation.evaluate import evaluate
from loyalty.evaluation.result import Evaluation

_FORMS = {"case": Case, "evaluation": Evaluation}


def main() -> int:
    """Run the command line; the exit code."""
    arguments = _arguments()
    if arguments.command == "schema":
        _tell(msgspec.json.encode(msgspec.json.schema(_FORMS[arguments.form])))
        return 0
    try:
        _tell(msgspec.json.encode(evaluate(decode(_read(arguments.case), Case))))
    except (LoyaltyError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _tell(data: bytes) -> None:
    # JSON is UTF-8 whatever the terminal's encoding is.
    sys.stdout.buffer.write(msgspec.json.format(data, indent=2) + b"\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loyalty", description="Tapbon's rules, tried out.")
    commands = parser.add_subparsers(dest="command", required=True)
    evaluating = commands.add_parser("evaluate", help="what a receipt comes to")
    evaluating.add_argument("case", help="a JSON file, or - for stdin")
    describing = commands.add_parser("schema", help="the JSON schema of a case, or of its evaluation")
    describing.add_argument("form", nargs="?", choices=sorted(_FORMS), default="case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
