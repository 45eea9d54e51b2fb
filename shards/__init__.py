"""The dataset format: shards of pictures with captions and translations, and how to write, read, check and describe them."""

from shards.collate import collate
from shards.loader import loader
from shards.pictures import PictureError, decode_picture
from shards.reader import Dataset, open_dataset
from shards.sample import Annotation, Sample

__all__ = ["Annotation", "Dataset", "PictureError", "Sample", "collate", "decode_picture", "loader", "open_dataset"]
