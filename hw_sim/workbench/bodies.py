"""The JSON bodies that the workbench takes. Each member is named, and nothing else is taken."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

_NAME_LIMIT = 200


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LayCard(_Body):
    """Which card of the drawer to lay on."""

    card: StrictStr = Field(max_length=_NAME_LIMIT, description="A name from GET /api/cards")


class HoldCoupon(_Body):
    """Which coupon of the table to hold to the camera."""

    coupon: StrictStr = Field(max_length=_NAME_LIMIT, description="A name from GET /api/coupons")


class Touch(_Body):
    """Where to touch the screen: a point, or the button with a label."""

    x: StrictInt | None = Field(default=None, description="Points from the left edge")
    y: StrictInt | None = Field(default=None, description="Points from the upper edge")
    label: StrictStr | None = Field(
        default=None,
        max_length=_NAME_LIMIT,
        description="What the button says, in any case, or a beginning that only one button has",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Touch:
        point = self.x is not None and self.y is not None
        half = (self.x is None) != (self.y is None)
        if half or point == (self.label is not None):
            raise ValueError('give "x" and "y", or "label"')
        return self


class SetNetwork(_Body):
    """The network cable: in or out."""

    up: StrictBool = Field(description="true: plugged in")
    silently: StrictBool = Field(
        default=False, description="With up false: nothing is cut or refused, bytes only stop coming through"
    )


class SetPower(_Body):
    """The terminal's power: on, or cut without warning."""

    on: StrictBool = Field(description="false kills the terminal's process (SIGKILL); true waits for its first screen")


class FillDisk(_Body):
    """The terminal's disk: full, or with space on it."""

    full: StrictBool = Field(description="true: whatever the terminal writes to its disk fails from now on")


class RunServer(_Body):
    """A server behind the terminal: running, or killed."""

    running: StrictBool = Field(description="false kills its process (SIGKILL); true waits until it serves")


class Plug(_Body):
    """A device's cable: in or out."""

    plugged: StrictBool
