"""The ASGI application. Call `configure(data_dir)` first, or set `TAPBON_DATA` for a server's own import."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend_bridge.central.settings")
application = get_asgi_application()
