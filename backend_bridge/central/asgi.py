"""The ASGI application. Call `configure(data_dir)` first, or set `TAPBON_DATA` for a server's own import."""

from __future__ import annotations

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend_bridge.central.settings")
# whitenoise hands style sheets out as plain iterators, which Django reads in a thread: as it should be.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
application = get_asgi_application()
