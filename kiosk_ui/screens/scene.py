"""What every screen is built from: the terminal, the words, the look; and the frame around it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.terminal.events import Event, LanguagePressed
from firmware.terminal.model import Terminal
from kiosk_ui.design import Colour, Look, Palette
from kiosk_ui.text import SOURCE, Texts, language_name, translated
from kiosk_ui.widgets import Art, Button, Card, Column, Row, Share, Sized, Space, Stack, Text, Widget
from loyalty.rules import RulesBundle, localised
from loyalty.units import Money


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that a screen depends on. `phase` counts the steps of what moves, 0 if nothing does."""

    terminal: Terminal
    texts: Texts
    look: Look
    at_ms: int
    phase: int = 0

    @property
    def colours(self) -> Palette:
        """The colour roles."""
        return self.look.palette

    @property
    def rules(self) -> RulesBundle | None:
        """The rules in force."""
        return self.terminal.rules

    @property
    def company(self) -> str:
        """The company's name, or nothing."""
        return self.rules.branding.company_name if self.rules is not None else ""

    def px(self, length: float) -> int:
        """A length of the reference screen, in pixels of this one."""
        return self.look.px(length)

    # --- words --------------------------------------------------------------------------------

    def say(self, message: str, **values: str) -> str:
        """A message that was marked for translation elsewhere."""
        return self.texts.gettext(message, **values)

    def pool_name(self, pool: str) -> str:
        """What the customer knows a pool as."""
        rule = self.rules.pool(pool) if self.rules is not None else None
        name = localised(rule.names, self.texts.language) if rule is not None else ""
        return name.strip() or self.texts.gettext("Points")

    def reward_name(self, reward: str) -> str:
        """What the customer knows a reward as."""
        found = self.rules.reward(reward) if self.rules is not None else None
        name = localised(found.names, self.texts.language) if found is not None else ""
        return name.strip() or self.texts.gettext("Reward")

    def reward_icon(self, reward: str) -> str:
        """The picture of a reward."""
        found = self.rules.reward(reward) if self.rules is not None else None
        return found.icon if found is not None else "gift"

    def worth(self, points: int, pool: str) -> str:
        """What points are worth in money; nothing if that is not known."""
        rule = self.rules.pool(pool) if self.rules is not None else None
        if rule is None:
            return ""
        return self.texts.money(Money(points * rule.point_value_minor, rule.currency))

    def when(self, at_ms: int) -> str:
        """An instant: its time if it is today, else with its date."""
        time = self.texts.time(at_ms)
        if self.texts.same_day(at_ms, self.at_ms):
            return time
        return self.texts.gettext("{date}, {time}", date=self.texts.date(at_ms), time=time)

    # --- parts --------------------------------------------------------------------------------

    def text(
        self,
        words: str,
        style: str = "body",
        *,
        colour: Colour | None = None,
        lines: int = 3,
        shrink: bool = False,
        centre: bool = False,
        role: str = "text",
    ) -> Text:
        """Words in a style of the type scale."""
        ink = self.colours.ink if colour is None else colour
        return Text(
            text=words, style=self.look.type(style), colour=ink, lines=lines, shrink=shrink, centre=centre, role=role
        )

    def quiet(self, words: str, style: str = "small", *, lines: int = 2, centre: bool = False) -> Text:
        """Words of less weight."""
        return self.text(words, style, colour=self.colours.quiet, lines=lines, centre=centre)

    def icon(self, name: str, size: float, *, ink: Colour) -> Art:
        """An icon."""
        side = self.px(size)
        return Art(name=name, w=side, h=side, colours=(ink,))

    def medal(self, name: str, size: float, *, ink: Colour, ground: Colour) -> Widget:
        """An icon on a round ground."""
        side = self.px(size)
        inner = round(side * 0.62)
        disc = Card(colour=ground, radius=side // 2, child=Space(side, side))
        return Sized(child=Stack(children=(disc, Art(name=name, w=inner, h=inner, colours=(ink,)))), w=side, h=side)

    def card(self, child: Widget, *, pad: tuple[float, float] = (24, 20), colour: Colour | None = None) -> Card:
        """A raised card."""
        return Card(
            child=child,
            colour=self.colours.card if colour is None else colour,
            pad=(self.px(pad[0]), self.px(pad[1])),
            radius=self.px(20),
            edge=self.colours.line,
            edge_width=max(1, round(self.look.scale)),
            shadow=self.px(14),
        )

    def notice(
        self, icon: str, words: str, *, ink: Colour, ground: Colour, style: str = "body", slim: bool = False
    ) -> Card:
        """Something to know, on a tinted ground, with the role that assistive tools read out."""
        picture = self.icon(icon, 24 if slim else 34, ink=ink)
        line = Row(
            children=(picture, Share(self.text(words, style, colour=ink, lines=1 if slim else 4, shrink=slim))),
            gap=self.px(14),
        )
        pad = (self.px(18), self.px(6 if slim else 13))
        return Card(child=line, colour=ground, pad=pad, radius=self.px(16), role="status", label=words)

    def caution(self, icon: str, words: str, *, style: str = "body") -> Card:
        """A notice of what does not work just now."""
        return self.notice(icon, words, ink=self.colours.caution, ground=self.colours.caution_soft, style=style)

    def button(self, label: str, event: Event, *, primary: bool = False, icon: str = "", wide: float = 168) -> Button:
        """A button with a word on it."""
        ink = self.colours.on_brand if primary else self.colours.ink
        words = self.text(label, "button", colour=ink, lines=1, shrink=True, centre=True)
        inner: Widget = words
        if icon:
            inner = Row(children=(self.icon(icon, 28, ink=ink), words), gap=self.px(12))
        target = round(self.look.target * 1.05)
        pad_x = self.px(26)
        centred = Row(children=(Share(), inner, Share())) if icon else inner
        card = Card(
            child=Column(children=(Space(self.px(wide) - 2 * pad_x, 0), centred), align=0.5),
            colour=self.colours.brand if primary else self.colours.card,
            pad=(pad_x, self.px(12)),
            radius=self.px(18),
            edge=None if primary else self.colours.line,
            edge_width=max(2, round(2 * self.look.scale)),
        )
        return Button(card=card, label=label, event=event, target=target)

    def brand_mark(self, size: float, *, ink: Colour, ground: Colour) -> Widget:
        """The company's initial on a rounded square: stands for a logo."""
        side = self.px(size)
        initial = next((char.upper() for char in self.company if char.isalnum()), "")[:1]
        inner: Widget
        if initial:
            letter = Text(
                text=initial, style=self.look.type("heading"), colour=ink, lines=1, centre=True, role="group", label=""
            )
            inner = Column(children=(Space(side, 0), letter), align=0.5)
        else:
            inner = Art(name="star", w=side * 6 // 10, h=side * 6 // 10, colours=(ink,))
        ground_card = Card(colour=ground, radius=round(side * 0.3), child=Space(side, side))
        return Sized(child=Stack(children=(ground_card, inner)), w=side, h=side)

    def languages(self) -> tuple[str, ...]:
        """The languages that a customer can choose from: of the company's, those that are translated."""
        wanted = self.rules.languages if self.rules is not None else ()
        return tuple(dict.fromkeys(one for one in wanted if one in translated())) or (SOURCE,)

    def language_button(self, language: str, *, short: bool) -> Button:
        """Chooses a language; the one that is spoken already is marked."""
        chosen = language == self.texts.language
        name = language_name(language)
        words = self.text(
            language.upper() if short else name,
            "label" if short else "strong",
            colour=self.colours.brand_text if chosen else self.colours.ink,
            lines=1,
            centre=True,
        )
        card = Card(
            child=Column(children=(words,), align=0.5),
            colour=self.colours.brand_soft if chosen else self.colours.card,
            pad=(self.px(16 if short else 24), self.px(6 if short else 10)),
            radius=self.px(16),
            edge=self.colours.brand_text if chosen else self.colours.line,
            edge_width=max(2, round(2 * self.look.scale)),
        )
        value = self.texts.gettext("chosen") if chosen else ""
        slim = self.look.target // 8 if short else 0
        event = LanguagePressed(language)
        return Button(card=card, label=name, event=event, target=self.look.target, value=value, slim=slim)
