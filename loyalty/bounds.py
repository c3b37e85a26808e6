"""How large a value in an evaluation may be. Decides no rule: it keeps every input finite.

The bounds are part of the JSON schema, so that one place names them and one error reports them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

#: Names of things: campaigns, vouchers, articles, groups, companies.
Id = Annotated[str, Meta(min_length=1, max_length=64)]
#: The most that an amount, or a receipt altogether, can be: ten thousand million of the currency.
MOST_MINOR = 10**12
#: An amount of money in minor units.
Minor = Annotated[int, Meta(ge=0, le=MOST_MINOR)]
#: A number of points, up to a million million.
PointCount = Annotated[int, Meta(ge=0, le=10**12)]
#: A share in hundredths of a percent: 2100 is 21 %.
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]
#: How often something may still be done.
Uses = Annotated[int, Meta(ge=0, le=10**9)]
#: A currency by its ISO 4217 code.
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]

Ids = Annotated[tuple[Id, ...], Meta(max_length=1000)]
