"""A small immutable widget tree: arranged by `layout`, shown by `parts`, finished as `nodes`."""

from kiosk_ui.widgets.layout import Column, Grid, Row, Share, Sized, Space, Widget
from kiosk_ui.widgets.nodes import Fill, Glyphs, Node, Op, Picture, described
from kiosk_ui.widgets.parts import Art, Button, Card, Stack, Text

__all__ = [
    "Art",
    "Button",
    "Card",
    "Column",
    "Fill",
    "Glyphs",
    "Grid",
    "Node",
    "Op",
    "Picture",
    "Row",
    "Share",
    "Sized",
    "Space",
    "Stack",
    "Text",
    "Widget",
    "described",
]
