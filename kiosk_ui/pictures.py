"""The screen's drawings as SVG: icons of one stroke width, and the two large illustrations.

A picture is named, sized and given its colours, in the order that its entry here names them. What
SDL_image's SVG reader knows is kept to: paths, plain shapes, opacity, rotation; no text, no filter.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk_ui.design import Colour

#: Icons on a grid of 48: what is drawn with a stroke of the (only) colour.
ICONS: dict[str, str] = {
    "coffee": '<path d="M9 19h25v10a10 10 0 0 1-10 10h-5a10 10 0 0 1-10-10z"/><path d="M34 22h2a5 5 0 0 1 0 10h-2.4"/>'
    '<path d="M17 7c-2.5 2.5 2.5 4 0 7M26 7c-2.5 2.5 2.5 4 0 7"/>',
    "bread": '<path d="M15 11h18a8 8 0 0 1 4.5 14.600V36a3 3 0 0 1-3 3h-21a3 3 0 0 1-3-3V25.600A8 8 0 0 1 15 11z"/>'
    '<path d="M19 21l-2.5 6M26 21l-2.5 6M33 21l-2.5 6"/>',
    "breakfast": '<path d="M13 25c0-9 5-17 11-17s11 8 11 17"/><path d="M10 25h28c0 7-6 11-14 11s-14-4-14-11z"/>'
    '<path d="M24 36v4M16 41h16"/>',
    "cocktail": '<path d="M9 13h30L24 29z"/><path d="M24 29v11M16 41h16"/><path d="M27 13l5-7"/>',
    "cinema": '<rect x="8" y="10" width="32" height="28" rx="4"/>'
    '<path d="M16 10v28M32 10v28M8 19h8M8 29h8M32 19h8M32 29h8"/>',
    "gift": '<path d="M10 27v11a3 3 0 0 0 3 3h22a3 3 0 0 0 3-3V27"/><rect x="7" y="18" width="34" height="9" rx="2"/>'
    '<path d="M24 18v23"/><path d="M24 18c-3-9-14-11-13-4 .5 3 6 4 13 4zM24 18c3-9 14-11 13-4-.5 3-6 4-13 4z"/>',
    "no-network": '<path d="M7 20a25 25 0 0 1 9-5.500M26 13.500A25 25 0 0 1 41 20'
    'M14 28a15 15 0 0 1 6-3.500M31.5 26.500l2.5 1.5"/>'
    '<circle cx="24" cy="36" r="1.6"/><path d="M10 8l28 32"/>',
    "warning": '<path d="M21.4 9l-14.5 27a3 3 0 0 0 2.6 4.400h29a3 3 0 0 0 2.6-4.400L26.6 9a3 3 0 0 0-5.2 0z"/>'
    '<path d="M24 19v9"/><circle cx="24" cy="34" r="0.9"/>',
    "check": '<path d="M11 25.500l9 9 18-20"/>',
    "camera": '<path d="M8 18a3 3 0 0 1 3-3h6l3-5h8l3 5h6a3 3 0 0 1 3 3v18a3 3 0 0 1-3 3H11a3 3 0 0 1-3-3z"/>'
    '<circle cx="24" cy="26" r="7"/>',
    "scan": '<path d="M8 17v-6a3 3 0 0 1 3-3h6M31 8h6a3 3 0 0 1 3 3v6'
    'M40 31v6a3 3 0 0 1-3 3h-6M17 40h-6a3 3 0 0 1-3-3v-6"/>'
    '<path d="M17 17v14M23 17v14M28 17v14M32 17v14"/>',
    "card": '<rect x="6" y="12" width="36" height="25" rx="4"/><path d="M6 21h36M12 30h8"/>',
    "star": '<path d="M24 8l4.9 10.3 11.3 1.5-8.3 7.8 2.1 11.200L24 33.300l-10 5.5 2.1-11.2-8.3-7.8 11.3-1.500z"/>',
    "clock": '<circle cx="24" cy="24" r="16.5"/><path d="M24 14.500V24l6.5 5"/>',
    "lock": '<rect x="10" y="21" width="28" height="20" rx="4"/><path d="M16 21v-4a8 8 0 0 1 16 0v4"/>',
    "question": '<circle cx="24" cy="24" r="16.5"/><path d="M19 19.500a5 5 0 1 1 7.5 4.300c-1.8 1-2.5 2-2.5 4"/>'
    '<circle cx="24" cy="33" r="0.9"/>',
    "ticket": '<path d="M6 15a3 3 0 0 1 3-3h30a3 3 0 0 1 3 3v4.500a4.5 4.5 0 0 0 0 9V33'
    "a3 3 0 0 1-3 3H9a3 3 0 0 1-3-3v-4.5"
    'a4.5 4.5 0 0 0 0-9z"/><path d="M29 13v4M29 22v4M29 31v4"/>',
    "back": '<path d="M39 24H10M21 12L9 24l12 12"/>',
    "person": '<circle cx="24" cy="16" r="7.5"/><path d="M9 41a15 15 0 0 1 30 0"/>',
}


def svg(name: str, *, w: int, h: int, colours: tuple[Colour, ...]) -> str:
    """The drawing of this name as an SVG document of `w` by `h` pixels; a gift for an unknown icon."""
    inks = tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours)
    if name in ILLUSTRATIONS:
        view, draw = ILLUSTRATIONS[name]
        body = draw(inks)
    else:
        view = (48, 48)
        icon = ICONS.get(name, ICONS["gift"])
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        body = f'<g fill="none" stroke="{inks[0]}" stroke-width="3" {ends}>{icon}</g>'
    size = f'width="{w}" height="{h}" viewBox="0 0 {view[0]} {view[1]}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'


def _tap(inks: tuple[str, ...]) -> str:
    """A card above a reader. Colours: ground, reader, reader's edge, shade, card, card's stripe, its detail."""
    ground, reader, edge, shade, card, stripe, detail = inks
    return (
        f'<circle cx="180" cy="180" r="178" fill="{ground}"/>'
        f'<ellipse cx="180" cy="322" rx="106" ry="12" fill="{shade}" opacity="0.4"/>'
        f'<rect x="72" y="216" width="216" height="104" rx="30" fill="{edge}"/>'
        f'<rect x="72" y="206" width="216" height="102" rx="30" fill="{reader}"/>'
        f'<g transform="rotate(-8 180 112)">'
        f'<rect x="84" y="58" width="196" height="124" rx="16" fill="{shade}" opacity="0.35"/>'
        f'<rect x="82" y="46" width="196" height="124" rx="16" fill="{card}"/>'
        f'<path d="M82 118h196v36a16 16 0 0 1-16 16H98a16 16 0 0 1-16-16z" fill="{stripe}"/>'
        f'<rect x="102" y="68" width="36" height="27" rx="6" fill="{detail}"/>'
        f'<path d="M102 81.500h36M120 68v27" stroke="{card}" stroke-width="2.5"/>'
        f'<rect x="102" y="134" width="78" height="8" rx="4" fill="{card}" opacity="0.9"/>'
        f'<rect x="102" y="149" width="48" height="7" rx="3.5" fill="{card}" opacity="0.55"/>'
        f'<circle cx="239" cy="144" r="12" fill="{card}" opacity="0.9"/>'
        f'<circle cx="252" cy="144" r="12" fill="{card}" opacity="0.45"/>'
        "</g>"
    )


def _waves(inks: tuple[str, ...]) -> str:
    """A reader's field, from near to far in three colours."""
    arcs = ("M43 50a24 24 0 0 1 34 0", "M31 38a41 41 0 0 1 58 0", "M19 26a58 58 0 0 1 82 0")
    paths = (f'<path d="{arc}" stroke="{ink}"/>' for arc, ink in zip(arcs, inks, strict=True))
    return f'<g fill="none" stroke-width="7" stroke-linecap="round">{"".join(paths)}</g>'


def _hold(inks: tuple[str, ...]) -> str:
    """A coupon in the camera's frame. Colours: ground, frame, paper, shade, print, light print."""
    ground, frame, paper, shade, print_, light = inks
    return (
        f'<rect x="4" y="4" width="352" height="352" rx="36" fill="{ground}"/>'
        f'<g transform="rotate(-5 180 180)">'
        f'<rect x="98" y="80" width="172" height="212" rx="14" fill="{shade}" opacity="0.18"/>'
        f'<rect x="94" y="72" width="172" height="212" rx="14" fill="{paper}"/>'
        f'<rect x="114" y="92" width="92" height="10" rx="5" fill="{print_}"/>'
        f'<rect x="114" y="110" width="58" height="7" rx="3.5" fill="{light}"/>'
        f'<g fill="{print_}">{_code(x=114, y=132, module=6.3)}</g>'
        "</g>"
        f'<g fill="none" stroke="{frame}" stroke-width="11" stroke-linecap="round" stroke-linejoin="round">'
        '<path d="M42 108V66a24 24 0 0 1 24-24h42M252 42h42a24 24 0 0 1 24 24v42'
        'M318 252v42a24 24 0 0 1-24 24h-42M108 318H66a24 24 0 0 1-24-24v-42"/></g>'
    )


#: Something that looks like a QR code; it holds no words.
_MODULES = (
    "#######.#.#.#.#######",
    "#.....#..##...#.....#",
    "#.###.#.#..##.#.###.#",
    "#.###.#..#.#..#.###.#",
    "#.###.#.##..#.#.###.#",
    "#.....#...##..#.....#",
    "#######.#.#.#.#######",
    "........##.#.........",
    "#.##.##..#..##.#.#.##",
    "..#..#.##.##...##.#..",
    "##.#.###...#.##..##.#",
    ".#..#...#.##..#.#..#.",
    "#.##..##.##.#..##.##.",
    "........#..#.##..#.##",
    "#######..##..#.##.#..",
    "#.....#.#..#.##..##.#",
    "#.###.#..#.##..#.#.#.",
    "#.###.#.##...#.##..##",
    "#.###.#...##.##..#.#.",
    "#.....#.##.#..#.##..#",
    "#######.#..#.#..#.##.",
)


def _code(*, x: float, y: float, module: float) -> str:
    """Runs of dark modules as bars, a little too wide, so that no seam shows between them."""
    bars = []
    for row, modules in enumerate(_MODULES):
        column = 0
        while column < len(modules):
            run = len(modules[column:]) - len(modules[column:].lstrip("#"))
            if run:
                place = f'x="{x + column * module:.2f}" y="{y + row * module:.2f}"'
                bars.append(f'<rect {place} width="{run * module + 0.5:.2f}" height="{module + 0.8:.2f}"/>')
            column += max(run, 1)
    return "".join(bars)


def _dots(inks: tuple[str, ...]) -> str:
    """Three dots: something is being done."""
    return "".join(f'<circle cx="{18 + 36 * index}" cy="18" r="10" fill="{ink}"/>' for index, ink in enumerate(inks))


#: Name: its grid, and what draws it.
ILLUSTRATIONS: dict[str, tuple[tuple[int, int], Callable[[tuple[str, ...]], str]]] = {
    "tap": ((360, 360), _tap),
    "waves": ((120, 64), _waves),
    "hold": ((360, 360), _hold),
    "dots": ((108, 36), _dots),
}
