"""Languages of translation models: BCP-47 as everywhere else in this project, and what each family of models calls them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

Family = Literal["nllb", "m2m100", "opus", "madlad"]
FAMILIES: tuple[Family, ...] = ("nllb", "m2m100", "opus", "madlad")


@dataclass(frozen=True)
class Language:
    """A language's English name and what the families call it: the first name that a model's vocabulary has is taken."""

    name: str
    nllb: tuple[str, ...]
    m2m100: tuple[str, ...]
    opus: tuple[str, ...]
    madlad: tuple[str, ...]


# Tag | English name | NLLB-200 (FLORES-200) | M2M100 | OPUS-MT (two letters in old models, ISO 639-3 in new ones) | MADLAD-400.
# All languages of XM3600 (Crossmodal-3600), the official ones of the EU, and some more; "-" where a family has none.
_TABLE = """
ar      | Arabic              | arb_Arab | ar | ara ar arb        | ar
bg      | Bulgarian           | bul_Cyrl | bg | bul bg            | bg
bn      | Bengali             | ben_Beng | bn | ben bn            | bn
ca      | Catalan             | cat_Latn | ca | cat ca            | ca
cs      | Czech               | ces_Latn | cs | ces cs            | cs
da      | Danish              | dan_Latn | da | dan da            | da
de      | German              | deu_Latn | de | deu de            | de
el      | Greek               | ell_Grek | el | ell el            | el
en      | English             | eng_Latn | en | eng en            | en
es      | Spanish             | spa_Latn | es | spa es            | es
et      | Estonian            | est_Latn | et | est et            | et
fa      | Persian             | pes_Arab | fa | pes fas fa        | fa
fi      | Finnish             | fin_Latn | fi | fin fi            | fi
fil     | Filipino            | tgl_Latn | tl | fil tgl_Latn tgl tl | fil tl
fr      | French              | fra_Latn | fr | fra fr            | fr
ga      | Irish               | gle_Latn | ga | gle ga            | ga
he      | Hebrew              | heb_Hebr | he | heb he            | iw he
hi      | Hindi               | hin_Deva | hi | hin hi            | hi
hr      | Croatian            | hrv_Latn | hr | hrv hr            | hr
hu      | Hungarian           | hun_Latn | hu | hun hu            | hu
id      | Indonesian          | ind_Latn | id | ind id            | id
is      | Icelandic           | isl_Latn | is | isl is            | is
it      | Italian             | ita_Latn | it | ita it            | it
ja      | Japanese            | jpn_Jpan | ja | jpn ja jap        | ja
ko      | Korean              | kor_Hang | ko | kor_Hang kor ko   | ko
lt      | Lithuanian          | lit_Latn | lt | lit lt            | lt
lv      | Latvian             | lvs_Latn | lv | lav lv            | lv
mi      | Maori               | mri_Latn | -  | mri mi            | mi
mt      | Maltese             | mlt_Latn | -  | mlt mt            | mt
nl      | Dutch               | nld_Latn | nl | nld nl            | nl
nn      | Norwegian Nynorsk   | nno_Latn | -  | nno nn            | nn
no      | Norwegian           | nob_Latn | no | nob no nb nor     | no
pl      | Polish              | pol_Latn | pl | pol pl            | pl
pt      | Portuguese          | por_Latn | pt | por pt            | pt
pt-BR   | Brazilian Portuguese | -       | -  | pob pt_BR pt_br   | -
quz     | Cusco Quechua       | quy_Latn | -  | quz quy que qu    | quz quy qu
ro      | Romanian            | ron_Latn | ro | ron ro            | ro
ru      | Russian             | rus_Cyrl | ru | rus ru            | ru
sk      | Slovak              | slk_Latn | sk | slk sk            | sk
sl      | Slovenian           | slv_Latn | sl | slv sl            | sl
sv      | Swedish             | swe_Latn | sv | swe sv            | sv
sw      | Swahili             | swh_Latn | sw | swh swa sw        | sw
ta      | Tamil               | tam_Taml | ta | tam ta            | ta
te      | Telugu              | tel_Telu | -  | tel te            | te
th      | Thai                | tha_Thai | th | tha th            | th
tr      | Turkish             | tur_Latn | tr | tur tr            | tr
uk      | Ukrainian           | ukr_Cyrl | uk | ukr uk            | uk
ur      | Urdu                | urd_Arab | ur | urd ur            | ur
vi      | Vietnamese          | vie_Latn | vi | vie vi            | vi
zh      | Simplified Chinese  | zho_Hans | zh | cmn_Hans zho_Hans cmn zho zh_cn zh_CN zh | zh
zh-Hant | Traditional Chinese | zho_Hant | -  | cmn_Hant zho_Hant zh_tw zh_TW zh_HK     | zh_Hant zh-Hant
"""


def _rows() -> Iterable[tuple[str, Language]]:
    for line in _TABLE.strip().splitlines():
        tag, name, *codes = (cell.strip() for cell in line.split("|"))
        yield tag, Language(name, *(() if cell == "-" else tuple(cell.split()) for cell in codes))


LANGUAGES = dict(_rows())
"""By BCP-47 tag."""

ALIASES = {
    "in": "id", "iw": "he", "nb": "no", "quy": "quz", "qu": "quz", "tl": "fil", "zh-CN": "zh", "zh-HK": "zh-Hant", "zh-Hans": "zh",
    "zh-MO": "zh-Hant", "zh-SG": "zh", "zh-TW": "zh-Hant",
}  # fmt: skip
"""Other names of the same: older tags, near relatives that models do not tell apart, and regions that imply a script."""
_SHAPES = {"nllb": "{}", "m2m100": "__{}__", "opus": ">>{}<<", "madlad": "<2{}>"}
_PAIR = re.compile(r"opus-mt-(?:tc-)?(?:big-|base-)?([A-Za-z_]+)-([A-Za-z_]+)")
UNSPACED = frozenset({"ja", "th", "zh"})
"""Languages that put no space between words."""


class Tags(frozenset[str]):
    """Languages by BCP-47 tag. Another name or a region of a language that is there is in it too, as ``pt-BR`` where ``pt`` is."""

    def __contains__(self, tag: object) -> bool:
        return isinstance(tag, str) and any(frozenset.__contains__(self, name) for name in _wider(tag))


def nearest(tag: str, known: Container[str]) -> str | None:
    """The tag among ``known`` that stands for this one: itself, another name of it, or the tag without its region.

    A script may not be left out: traditional Chinese is not served by simplified.
    """
    return next((name for name in _wider(tag) if name in known), None)


def codes_in(family: Family, vocabulary: Container[str]) -> dict[str, str]:
    """Every language of the table that a model has, with the token by which it knows it."""
    found = {}
    for tag, language in LANGUAGES.items():
        tokens = (_SHAPES[family].format(code) for code in getattr(language, family))
        token = next((token for token in tokens if token in vocabulary), None)
        if token:
            found[tag] = token
    return found


def family_in(vocabulary: Container[str]) -> Family | None:
    """The family that a vocabulary with language tokens belongs to; ``None`` where there are none."""
    return next((family for family in FAMILIES if codes_in(family, vocabulary)), None)


def tags_called(code: str) -> Tags:
    """The languages that OPUS-MT's models mean when they write ``code`` in their names, as ``de`` in opus-mt-en-de."""
    return Tags(tag for tag, language in LANGUAGES.items() if code in language.opus)


def pair_named(name: str) -> tuple[str, str]:
    """Source and target as the name of an OPUS-MT model writes them; empty where it is no such name."""
    found = _PAIR.search(name)
    return (found[1], found[2]) if found else ("", "")


def unspaced(tag: str) -> bool:
    """Whether words of this language follow each other without a space."""
    return tag.partition("-")[0] in UNSPACED


def _usual(tag: str) -> str:
    """A tag in the case that RFC 5646 recommends: zh-Hant-TW."""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest)])


def _wider(tag: str) -> list[str]:
    """A tag and what may stand for it, nearest first, whatever its case. A region may be left out, a script may not."""
    found = list(dict.fromkeys((tag, _usual(tag))))
    while True:
        last = found[-1]
        base, _, subtag = last.rpartition("-")
        if last in ALIASES:
            found.append(ALIASES[last])
        elif base and (len(subtag) == 2 or subtag.isdigit()):
            found.append(base)
        else:
            return found
