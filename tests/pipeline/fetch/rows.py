"""Rows of an image list, as the fetch is given them."""

import pyarrow as pa

from pipeline.tables import SOURCE, table


def rows(*urls: str | None, images: list[bytes | None] | None = None, columns: list[str | None] | None = None) -> pa.Table:
    """Rows with these URLs, and maybe with the bytes of their pictures and their other columns."""
    there = {"url": urls, "image": images or [None] * len(urls), "columns": columns or [None] * len(urls)}
    return table({"index": range(len(urls)), **there}, SOURCE)
