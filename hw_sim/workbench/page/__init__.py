"""The workbench's page: three files of its own, and nothing from elsewhere.

Decides only where they are. The page does what it does through the API, as anybody else could.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

# Listed one by one, so that no path in a request ever becomes a path on the disk.
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/workbench.css": ("workbench.css", "text/css; charset=utf-8"),
    "/workbench.js": ("workbench.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def add_page(app: FastAPI) -> None:
    """Add the page's addresses to `app`."""
    for path, (name, media_type) in _FILES.items():
        app.add_api_route(path, _file(name, media_type), include_in_schema=False)


def _file(name: str, media_type: str) -> Callable[[], FileResponse]:
    where = Path(__file__).with_name(name)

    def serve() -> FileResponse:
        return FileResponse(where, media_type=media_type, headers={"cache-control": "no-cache"})

    return serve
