"""YAML that says one thing: what other readers let pass in silence, such as a key that is there twice, is an error with its line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MOST_BYTES = 2**18
"""Of a file of settings. The presets have one or two thousand."""
MOST_VALUES = 10_000
"""Of a document, with each alias counted as what it stands for: a few lines of aliases can stand for more than memory holds."""


def read_yaml(data: bytes) -> Any:
    """What one YAML document in UTF-8 holds; None of an empty one.

    Raises:
        ValueError: it is no such document, a key is there twice, or a value is not what its form says (as the 40th of May); in one
            line that begins with a verb.
    """
    import yaml

    if len(data) > MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES} bytes; name a file of settings")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not UTF-8 in line {line}; save it as UTF-8") from None
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return None
        _count(root, loader, {})
        return loader.construct_document(root)
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("is nested too deeply; write 'setting: value' lines") from None


def _count(node: Any, loader: Any, counted: dict[int, int | None]) -> int:
    """How many values a node stands for; looks at each of them once, and before any mapping is made, since merges multiply as well."""
    import yaml

    line = f"line {node.start_mark.line + 1}"
    if id(node) in counted:
        known = counted[id(node)]
        if known is None:
            raise ValueError(f"has a value that holds itself in {line}; write it out")
        return known
    counted[id(node)] = None
    if isinstance(node, yaml.ScalarNode):
        _check_scalar(node, loader, line)
        parts = []
    elif isinstance(node, yaml.MappingNode):
        _check_keys([key for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
        parts = [part for pair in node.value for part in pair]
    else:
        parts = node.value
    count = 1 + sum(_count(part, loader, counted) for part in parts)
    if count > MOST_VALUES:
        raise ValueError(f"has more than {MOST_VALUES} values in {line}, aliases counted; write fewer")
    counted[id(node)] = count
    return count


def _check_keys(keys: Iterable[Any]) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key in keys:
        name, line = (key.tag, key.value), key.start_mark.line + 1
        if name in lines:
            raise ValueError(f"has '{key.value[:40]}' in line {lines[name]} and again in line {line}; keep one")
        lines[name] = line


def _check_scalar(node: Any, loader: Any, line: str) -> None:
    import yaml

    if node.tag == "tag:yaml.org,2002:merge":
        return  # of a key that stands for others
    try:
        loader.construct_object(node)
    except yaml.YAMLError:
        raise
    except Exception:  # what makes dates and numbers of text raises what it likes
        kind = node.tag.rpartition(":")[2]
        raise ValueError(f"has '{node.value[:40]}' in {line}, which is no {kind} although it looks like one; write it in quotes") from None
