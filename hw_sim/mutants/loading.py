"""Loads a module with a bug in it: the source on the disk stays as it is."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from hw_sim.mutants.errors import MutantDoesNotFit
from hw_sim.mutants.mutation import Mutation


class _Loader(SourceFileLoader):
    """Compiles the changed source, past every cache of compiled code."""

    def __init__(self, name: str, path: str, mutation: Mutation) -> None:
        super().__init__(name, path)
        self._mutation = mutation

    def get_code(self, fullname: str) -> CodeType:
        source = mutated_source(Path(self.path).read_text(encoding="utf-8"), self._mutation)
        return compile(source, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutation.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            raise MutantDoesNotFit(f"there is no module {fullname}")
        return importlib.util.spec_from_file_location(
            fullname, spec.origin, loader=_Loader(fullname, spec.origin, self._mutation)
        )


def install(mutation: Mutation) -> None:
    """From now on this process loads the module with the bug; raises `MutantDoesNotFit` where it is loaded already."""
    if mutation.module in sys.modules:
        raise MutantDoesNotFit(f"{mutation.module} was imported before the mutation could be put in")
    sys.meta_path.insert(0, _Finder(mutation))


def mutated_source(source: str, mutation: Mutation) -> str:
    """`source` with the bug; raises `MutantDoesNotFit` unless the text to be replaced occurs exactly once."""
    found = source.count(mutation.old)
    if found != 1:
        raise MutantDoesNotFit(f"{mutation.name}: the text to replace occurs {found} times in {mutation.module}")
    return source.replace(mutation.old, mutation.new)


def source_of(module: str) -> str:
    """The source of `module`, without importing it (its packages are)."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise MutantDoesNotFit(f"there is no module {module}")
    return Path(spec.origin).read_text(encoding="utf-8")
