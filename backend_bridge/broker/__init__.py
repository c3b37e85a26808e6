"""The MQTT broker of a small installation: mosquitto's configuration, access list and process."""
