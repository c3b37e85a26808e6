"""The workbench's page as a person uses it: real clicks, and words read from the screen."""

from __future__ import annotations

import contextlib
import re
import time

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

#: What must come is waited for as long as it may take on a busy machine.
WAIT_MS = 60_000
#: A customer who sees no balance tries again: the terminal gives the central system four seconds.
_BALANCE_MS, _ATTEMPTS = 15_000, 3


class WorkbenchPage:
    """Hands and eyes on one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        expect(page.locator("#screen-image")).to_be_visible(timeout=WAIT_MS)

    def tidy(self) -> None:
        """Everything as before the first customer."""
        for name in ("space", "broker", "central", "power", "network"):
            self.set_switch(name, on=True)
        self.take_coupon_away()
        self.take_card()
        self.expect_lamp("network", on=True)
        self._end_visit()
        self.buttons("English").click()
        self.expect_screen("idle")

    def _end_visit(self) -> None:
        """Touch "done", in whatever language the last customer spoke, until nobody is being served.

        More than once if need be: the screen may change under the finger, as when the card was just taken.
        """
        shown = self.page.locator("#screen-name")
        give_up = time.monotonic() + WAIT_MS / 1000
        while "idle" not in shown.inner_text() and time.monotonic() < give_up:
            for done in ("Done", "Hotovo"):
                with contextlib.suppress(TookTooLong):
                    self.buttons(done).first.click(timeout=300)
            self.page.wait_for_timeout(300)
        expect(shown).to_contain_text("idle", timeout=WAIT_MS)

    # --- cards and coupons --------------------------------------------------------------------

    def lay(self, card: str) -> None:
        """Lay a card on the reader."""
        button = self._named("#cards", card)
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        expect(button).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)

    def see_balance(self, card: str) -> None:
        """Lay a card on, and have its balance on the screen."""
        for _attempt in range(_ATTEMPTS):
            self.lay(card)
            if self.comes_to("balance", within_ms=_BALANCE_MS):
                return
            self.take_card()
            self._end_visit()
            # The last touch may have met a button of the next screen, and that is where languages are.
            self.buttons("English").click()
        raise AssertionError(f"no balance of {card}: {self.words()}")

    def take_card(self) -> None:
        """Take whatever card off."""
        self._unpress("#cards button[aria-pressed=true]")

    def hold(self, coupon: str) -> None:
        """Hold a coupon to the camera."""
        self._named("#coupons", coupon).click()

    def take_coupon_away(self) -> None:
        """Nothing before the camera."""
        self._unpress("#coupons button[aria-pressed=true]")

    def set_switch(self, name: str, *, on: bool) -> None:
        """Plug in or pull; give or cut power."""
        switch = self.page.locator(f"#switch-{name}")
        if switch.get_attribute("aria-checked") != str(on).lower():
            switch.click()
        expect(switch).to_have_attribute("aria-checked", str(on).lower(), timeout=WAIT_MS)

    def expect_lamp(self, name: str, *, on: bool) -> None:
        """A lamp shows what it should."""
        expect(self.page.locator(f"#lamp-{name}")).to_have_attribute("data-on", str(on).lower(), timeout=WAIT_MS)

    # --- the screen ---------------------------------------------------------------------------

    def buttons(self, label: str) -> Locator:
        """The terminal's buttons whose label begins so."""
        return self.page.locator(f'#screen-buttons button[data-label^="{label}"]')

    def touch(self, label: str) -> None:
        """Click where the terminal's button is."""
        self.buttons(label).first.click(timeout=WAIT_MS)

    def touch_until(self, label: str, name: str, language: str) -> None:
        """Touch a button until its screen is there: the screen may just have changed below a finger."""
        for _ in range(4):
            self.touch(label)
            try:
                expect(self.page.locator("#screen-name")).to_have_text(
                    re.compile(rf"· {name} · {language}$"), timeout=WAIT_MS / 4
                )
            except AssertionError:
                continue
            return
        self.expect_screen(name, language)

    def touch_at(self, x: int, y: int) -> None:
        """Click a point of the screen, in the terminal's pixels."""
        box = self.page.locator("#screen").bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + box["width"] * x / 1024, box["y"] + box["height"] * y / 600)

    def expect_screen(self, name: str, language: str = "en") -> None:
        """Wait for a screen."""
        pattern = re.compile(rf"· {name} · {language}$")
        expect(self.page.locator("#screen-name")).to_have_text(pattern, timeout=WAIT_MS)

    def comes_to(self, name: str, *, within_ms: int) -> bool:
        """Whether a screen comes in that time."""
        try:
            expect(self.page.locator("#screen-name")).to_contain_text(f"· {name} ·", timeout=within_ms)
        except AssertionError:
            return False
        return True

    def expect_words(self, *words: str) -> None:
        """Wait until the screen says all of this."""
        for each in words:
            expect(self.page.locator("#tree")).to_contain_text(each, timeout=WAIT_MS)

    def words(self) -> str:
        """All that the screen says."""
        return self.page.locator("#tree").inner_text()

    def value_of(self, label: str) -> str:
        """The value beside a label in the tree."""
        item = self.page.locator("#tree li").filter(has_text=label).last
        return item.locator(".value").last.inner_text()

    def office_login(self) -> tuple[str, str]:
        """User and password, as they stand on the page."""
        return self.page.locator("#office-user").inner_text(), self.page.locator("#office-password").inner_text()

    def _named(self, box: str, name: str) -> Locator:
        return self.page.locator(f'{box} button[data-name="{name}"]')

    def _unpress(self, selector: str) -> None:
        pressed = self.page.locator(selector)
        if pressed.count():
            pressed.first.click()
            expect(pressed).to_have_count(0, timeout=WAIT_MS)
