"""The workbench: a terminal's emulated surroundings, as an HTTP API and as a page in the browser."""
