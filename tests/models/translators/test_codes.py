"""BCP-47 in, each family's own names out."""

import pytest

from models.translators.codes import LANGUAGES, Family, Tags, codes_in, family_in, nearest, pair_named, tags_called, unspaced

XM3600 = "ar bn cs da de el en es fa fi fil fr he hi hr hu id it ja ko mi nl no pl pt quz ro ru sv sw te th tr uk vi zh".split()
SHAPES: dict[Family, str] = {"nllb": "{}", "m2m100": "__{}__", "opus": ">>{}<<", "madlad": "<2{}>"}


def everything(family: Family) -> set[str]:
    return {SHAPES[family].format(code) for language in LANGUAGES.values() for code in getattr(language, family)}


@pytest.mark.parametrize("family", ["nllb", "opus", "madlad"])
def test_all_of_xm3600(family: Family) -> None:
    assert set(XM3600) <= codes_in(family, everything(family)).keys()


def test_m2m100_has_all_but_three() -> None:
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    real = {f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]}
    assert [lang for lang in XM3600 if lang not in codes_in("m2m100", real)] == ["mi", "quz", "te"]
    assert everything("m2m100") <= real


def test_nllb_names_are_those_of_the_model() -> None:
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    assert everything("nllb") <= set(FAIRSEQ_LANGUAGE_CODES)


@pytest.mark.parametrize("family", ["nllb", "m2m100", "opus", "madlad"])
def test_no_code_stands_for_two_languages(family: Family) -> None:
    codes = [code for language in LANGUAGES.values() for code in getattr(language, family)]
    assert len(codes) == len(set(codes))
    assert family_in(everything(family)) == family


@pytest.mark.parametrize(
    ("tag", "known", "found"),
    [
        ("pt-BR", {"pt"}, "pt"),
        ("pt-BR", {"pt", "pt-BR"}, "pt-BR"),
        ("es-419", {"es"}, "es"),
        ("zh-CN", {"zh"}, "zh"),
        ("zh-Hans-SG", {"zh"}, "zh"),
        ("zh-TW", {"zh", "zh-Hant"}, "zh-Hant"),
        ("zh-Hant-HK", {"zh", "zh-Hant"}, "zh-Hant"),
        ("en-GB", {"en"}, "en"),
        ("pt-br", {"pt", "pt-BR"}, "pt-BR"),
        ("PT-br", {"pt"}, "pt"),
        ("zh-tw", {"zh", "zh-Hant"}, "zh-Hant"),
        ("zh-hant-tw", {"zh-Hant"}, "zh-Hant"),
        ("zh-tw", {"zh"}, None),
        ("zh_TW", {"zh", "zh-Hant"}, None),
        ("zh-Hant", {"zh"}, None),
        ("zh-TW", {"zh"}, None),
        ("nb", {"no"}, "no"),
        ("tl", {"fil"}, "fil"),
        ("sr-Latn", {"sr"}, None),
        ("xx", {"de"}, None),
    ],
)
def test_regions_may_be_left_out_and_scripts_may_not(tag: str, known: set[str], found: str | None) -> None:
    assert nearest(tag, known) == found
    assert (tag in Tags(known)) == (found is not None)


@pytest.mark.parametrize(
    ("tag", "code"), [("zh-TW", "zho_Hant"), ("zh-HK", "zho_Hant"), ("zh-CN", "zho_Hans"), ("pt-BR", "por_Latn"), ("en-GB", "eng_Latn")]
)
def test_regions_in_nllb(tag: str, code: str) -> None:
    """It has the two scripts of Chinese, and one Portuguese."""
    codes = codes_in("nllb", everything("nllb"))
    assert codes[nearest(tag, codes) or ""] == code


def test_the_first_name_that_a_model_has_is_taken() -> None:
    assert codes_in("opus", {">>zho<<", ">>cmn_Hans<<", ">>pob<<", ">>por<<"}) == {
        "pt": ">>por<<", "pt-BR": ">>pob<<", "zh": ">>cmn_Hans<<",
    }  # fmt: skip
    assert codes_in("madlad", {"<2iw>", "<2quy>"}) == {"he": "<2iw>", "quz": "<2quy>"}


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("Helsinki-NLP/opus-mt-en-de", ("en", "de")),
        ("models/opus-mt-tc-big-en-pt", ("en", "pt")),
        ("opus-mt-en-ROMANCE", ("en", "ROMANCE")),
        ("nllb-200", ("", "")),
    ],
)
def test_pairs_in_names(name: str, pair: tuple[str, str]) -> None:
    assert pair_named(name) == pair


def test_names_that_opus_mt_gives() -> None:
    assert [sorted(tags_called(code)) for code in ("de", "deu", "jap", "ROMANCE")] == [["de"], ["de"], ["ja"], []]
    assert [unspaced(tag) for tag in ("zh-Hant", "ja", "th", "ko", "de-AT")] == [True, True, True, False, False]
