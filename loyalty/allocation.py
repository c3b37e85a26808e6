"""Dividing an amount so that the parts add up exactly: the largest remainder."""

from __future__ import annotations

from collections.abc import Sequence


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """`total` minor units in proportion to `weights`; what is over goes, one by one, to the largest
    remainders (ties: the lower position, which for a receipt is the lower line number).

    `total` and all weights are at least 0. As long as `total` is not above the sum of the weights, no
    part is above its weight: a discount can therefore never make a line negative. Raises `ValueError`
    for a total that nothing can carry.
    """
    whole = sum(weights)
    if total == whole:
        return list(weights)
    if total < 0 or not whole:
        raise ValueError(f"{total} cannot be divided among weights that add up to {whole}")
    parts, remainders = [], []
    over = total
    for weight in weights:
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append(remainder)
        over -= part
    if over:
        # Sorting keeps equal remainders in their order, also when it is from the largest down.
        for one in sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)[:over]:
            parts[one] += 1
    return parts


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number to the fraction, halves upward; both are at least 0."""
    return (2 * numerator + denominator) // (2 * denominator)
