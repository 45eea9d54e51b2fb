"""Fetches pictures from the open web: politely, within deadlines, and never from an address that is not public."""

from pipeline.fetch.chunk import FetchedChunk, fetch_chunk, fetching
from pipeline.fetch.reasons import REASONS
from pipeline.fetch.session import shared_seconds
from pipeline.fetch.settings import FetchSettings

__all__ = ["REASONS", "FetchSettings", "FetchedChunk", "fetch_chunk", "fetching", "shared_seconds"]
