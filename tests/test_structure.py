"""The house's rules of who may import whom."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for top in ("pipeline", "models", "shards")
    for path in sorted((ROOT / top).rglob("*.py"))
}
LAYERS = (
    ("pipeline.build", "pipeline.run"),
    ("pipeline.graph", "pipeline.finish"),
    ("pipeline.stages", "pipeline.report"),
    ("pipeline.sources",),
    ("pipeline.fetch", "pipeline.store"),
    ("pipeline.chunks", "pipeline.tables", "pipeline.pictures"),
)
"""From the top down: what stands in one line imports nothing of a line above it."""


def imports(module: str, *, at_once: bool) -> set[str]:
    """The files of ours that a file imports; with ``at_once`` only those that are imported when it is."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    nodes = tree.body if at_once else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in FILES else str(node.module) for alias in node.names}
    return found & FILES.keys()


def test_models_and_shards_stand_on_the_ground():
    wrong = [
        (module, other)
        for module in FILES
        if not module.startswith("pipeline")
        for other in imports(module, at_once=False)
        if other.partition(".")[0] != module.partition(".")[0]
    ]
    assert wrong == []


def test_imports_run_down():
    def layer(module: str) -> int | None:
        return next((depth for depth, names in enumerate(LAYERS) for name in names if f"{module}.".startswith(f"{name}.")), None)

    wrong = []
    for module in FILES:
        for other in imports(module, at_once=False):
            here, there = layer(module), layer(other)
            if here is not None and there is not None and there < here:
                wrong.append((module, other))
    assert wrong == []


def test_no_circle_of_files():
    order = TopologicalSorter({module: imports(module, at_once=True) - {module} for module in FILES}).static_order()
    assert {*order} == {*FILES}
