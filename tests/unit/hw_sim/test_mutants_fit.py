"""Every mutation still fits the production code: else it would show nothing."""

from __future__ import annotations

import ast

import pytest

from hw_sim.mutants.errors import MutantDoesNotFit
from hw_sim.mutants.loading import install, mutated_source, source_of
from hw_sim.mutants.mutation import Mutation
from hw_sim.mutants.table import MUTATIONS


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_replaces_one_place_by_something_that_compiles(name: str) -> None:
    mutation = MUTATIONS[name]
    source = source_of(mutation.module)
    changed = mutated_source(source, mutation)
    assert changed != source
    ast.parse(changed)


def test_there_are_as_many_mutations_as_are_promised() -> None:
    assert len(MUTATIONS) >= 15


def test_a_module_that_is_loaded_already_cannot_be_mutated() -> None:
    with pytest.raises(MutantDoesNotFit):
        install(Mutation(name="late", bug="", module="hw_sim.mutants.table", old="a", new="b"))
