"""Asks a web of the tests for paths, by settings that do not wait for long."""

from typing import Any

from pipeline.fetch import FetchSettings
from tests.pipeline.fetch.rows import fetched, rows
from tests.pipeline.fetch.web import Web

QUICK = {"deadline_seconds": 5.0, "backoff_seconds": 0.01, "connect_seconds": 3.0, "max_bytes": 200_000}


def fetch(web: Web, *paths: str, **settings: Any) -> list[dict[str, Any]]:
    """Ledger rows of paths of the web, or of whole URLs."""
    urls = [web.url(path) if path.startswith("/") else path for path in paths]
    ways = {**QUICK, "allow_private": (web.address,), **settings}
    return fetched(rows(*urls), FetchSettings(**ways)).ledger.to_pylist()


def one(web: Web, route: Any, **settings: Any) -> dict[str, Any]:
    """The ledger row of a route, or of a way to send it."""
    (web.streams if callable(route) and route.__name__ != "<lambda>" else web.routes)["/a.jpg"] = route
    return fetch(web, "/a.jpg", **settings)[0]


def outcome(row: dict[str, Any]) -> tuple[str | None, int | None, int]:
    return row["reason"], row["status"], row["attempts"]
