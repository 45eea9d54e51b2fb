"""The dataset format: shards of pictures with captions and translations, and how to write, read, check and describe them."""

from shards.loader import loader
from shards.reader import Dataset, open_dataset
from shards.sample import Annotation, Sample

__all__ = ["Annotation", "Dataset", "Sample", "loader", "open_dataset"]
