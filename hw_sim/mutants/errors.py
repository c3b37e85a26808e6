"""What the mutants raise."""


class MutantDoesNotFit(Exception):
    """The production code has changed, or was loaded too early: the mutation must be looked at anew."""
