"""Both ends of the MQTT link, and the central system behind it.

`link` and `pki` serve both sides; `central` is a Django project that the terminal's side never imports.
"""
