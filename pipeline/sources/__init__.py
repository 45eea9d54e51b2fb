"""Where images and bitexts come from: lists, folders, shards of others, pairs of files, each streamed as chunks."""

from pipeline.sources.bitexts import BitextSource, open_bitext
from pipeline.sources.images import Block, ImageColumns, ImageSource, open_images

__all__ = ["BitextSource", "Block", "ImageColumns", "ImageSource", "open_bitext", "open_images"]
