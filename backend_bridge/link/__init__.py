"""Both ends of the MQTT link and the listener that hands out rules bundles. No Django in here."""
