"""Pictures as answers."""

from typing import Any

JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}

# Kept by the browser of who asked, and not shown there to who signs in after him.
KEPT = {"Cache-Control": "private, max-age=86400", "Vary": "Cookie, Authorization"}
