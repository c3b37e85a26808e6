"""Every exception that nfcpy lets through, by name.

Decides which ones mean that the line or the chip failed, and which ones may also come from a card.
They were collected from nfcpy 1.0.4, which documents OSError only.
"""

from __future__ import annotations

import struct
import termios

import nfc.clf
import nfc.clf.pn53x
import nfc.tag


class ReadingAbandoned(Exception):
    """The card asked for more than it gets, or the reader is being stopped."""


# The line is broken, or says what no PN532 says. Indexing, unpacking and None come from answers that are too short.
LINK_ERRORS: tuple[type[Exception], ...] = (
    OSError,  # pyserial's errors too
    termios.error,
    nfc.clf.pn53x.Chipset.Error,
    nfc.clf.Error,
    IndexError,
    ValueError,
    TypeError,
    struct.error,
)

# A card was torn away, or answers what no card of its kind does. Assertions and missing attributes are
# nfcpy's own, on answers that it did not expect.
CARD_ERRORS: tuple[type[Exception], ...] = (
    *LINK_ERRORS,
    nfc.tag.TagCommandError,
    ReadingAbandoned,
    AssertionError,
    AttributeError,
    RuntimeError,
)
