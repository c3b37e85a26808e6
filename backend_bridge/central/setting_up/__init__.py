"""Setting an installation up by command: what can be asked for (`options`), and what is then done.

Every command can be repeated: what is there already as it was asked for is left alone, what is there
otherwise is refused with the difference. `options` imports no Django, so that `--help` needs none.
"""
