"""Fixtures that all integration tests may ask for by name. They are written elsewhere; here they are found."""

from tests.integration.broker_fixtures import authority, broker, ends, own_broker

__all__ = ["authority", "broker", "ends", "own_broker"]
