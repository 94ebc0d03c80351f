"""What a browser is shown at a node whose console was never built: what is missing, and how it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

UNBUILT = (
    "No page is built here: make console, in the folder of the sources, then serve again. "
    "Commands and the desk in a terminal (keepclear hotline) work without it."
)
_PAGE = f"<!doctype html>\n<html lang=en><meta charset=utf-8><title>Keepclear</title>\n<p>{UNBUILT}</p>\n"


async def no_page(request: Request) -> Response:
    """Answer the address of the console's first page while there is none."""
    return HTMLResponse(_PAGE, status_code=404)
