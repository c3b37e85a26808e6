"""A PN532 contactless reader with cards, emulated on a pseudo-terminal."""
