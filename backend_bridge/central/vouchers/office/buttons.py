"""Buttons above a list or a row that lead to another page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.functional import Promise
from unfold.decorators import action

AnyButton = TypeVar("AnyButton", bound=Callable[..., Any])


def button(text: Promise, *, at: str, icon: str) -> Callable[[AnyButton], AnyButton]:
    """A button of this text for everybody who sees the page; `at` is the end of its address."""
    decorate: Callable[[AnyButton], AnyButton] = action(description=text, url_path=at, permissions=["view"], icon=icon)
    return decorate
