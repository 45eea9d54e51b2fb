"""What is kept of a translation beside its context."""

from collections.abc import Sequence

import pytest

from models.protocols import Translation
from models.translators.context import translate_in_context


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ein Schläger. ### (Er liegt da.)", "Ein Schläger."),
        ("Ein Schläger. (Er liegt da.)", "Ein Schläger."),
        ("Ein Schläger. （Er liegt da.", "Ein Schläger."),
        ("Ein Schläger (aus Holz) liegt da. ### (Er liegt da.)", "Alone."),
        ("### (Er liegt da.)", "Alone."),
        ("Ein Schläger. Er liegt da.", "Alone."),
    ],
)
def test_what_may_be_a_part_of_the_text_is_not_cut_away(written: str, kept: str) -> None:
    def translate(texts: Sequence[str], source: str, target: str) -> list[Translation]:
        return [Translation(written if "###" in text else "Alone.", -0.5) for text in texts]

    assert translate_in_context(translate, ["A bat."], ["It lies there."], "en", "de") == [Translation(kept, -0.5)]
