"""The customer's screen: a pure function of what the terminal knows, drawn by pygame.

`screens` decides what is shown, `widgets` where it goes, `painter` and `window` only put it on glass.
"""
