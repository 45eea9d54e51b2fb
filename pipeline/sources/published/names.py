"""Names by which a picture is known beyond the list that it stands in: ``coco:391895``, ``flickr:1007129816``, ``vg:2356347``.

The datasets that captions are measured on share their pictures: half of Visual Genome, and with it of Image Paragraphs, is COCO;
AmbiguousCOCO is COCO's train and val; Multi30K is Flickr's. A name is only taken from where it can mean nothing else.
"""

from __future__ import annotations

import re

_SHAPES = (
    ("coco", re.compile(r"COCO_(?:train|val|test)20\d\d_0*(\d+)\.jpg")),
    ("coco", re.compile(r"cocodataset\.org/(?:train|val|test|unlabeled)20\d\d/0*(\d+)\.")),
    ("vg", re.compile(r"VG_100K(?:_2)?/(\d+)\.jpg")),
    ("flickr", re.compile(r"static\.?flickr\.com/(?:\d+/)+(\d+)_[0-9a-z]+")),
    ("openimages", re.compile(r"(?:^|/)([0-9a-f]{16})\.jpg")),
)


def names_in(place: str | None) -> tuple[str, ...]:
    """The names that an address or a path tells of its picture."""
    found = ((source, pattern.search(place or "")) for source, pattern in _SHAPES)
    return tuple(dict.fromkeys(f"{source}:{match[1]}" for source, match in found if match))
