"""Fetches pictures from the open web: politely, within deadlines, and never from an address that is not public."""

from pipeline.fetch.chunk import Row, fetch_chunk
from pipeline.fetch.reasons import REASONS
from pipeline.fetch.session import shared_seconds
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.shelf import Shelf

__all__ = ["REASONS", "FetchSettings", "Row", "Shelf", "fetch_chunk", "shared_seconds"]
