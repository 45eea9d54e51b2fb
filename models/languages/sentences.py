"""Sentences: where one ends and the next begins, in any language, so that nothing of a text is lost.

`sentencex` proposes the ends, by rules and lists of abbreviations of many languages. What it gets wrong in captions is mended here.

Errors that are left, most of which keep two sentences together, which does less harm than half of one:

- after an abbreviation that often ends a sentence too (``etc.``, ``usw.``, ``и т. д.``, ``1990 г.``), and, but for English, after
  a single capital letter, which is taken for an initial;
- after a number of one or two digits, where it might be an ordinal (German ``es sind 12. Ein Hund``);
- between two signs for inches (``a 5" ball. It is red. A 6" bat``), which look like quotation marks, and within quotation marks
  and brackets, which is meant so;
- where no space stands behind a Latin full stop (``A dog runs.A cat sits.``), which might be a name (``Node.JS``);
- in Thai, which ends sentences by a space, as it does phrases.

Parted wrongly are abbreviations that no list has, before a capital letter (``Zool. Garden``), and a quotation in Chinese or Japanese
from what goes on after it in a word that is not listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sentencex

from models.languages.tags import language, sentence_gap

_CLOSING = "\"'”’»›)]}」』】》）］"
_OPENING = "\"'“‘„‚«‹([{「『【《（［¿¡"
_BESIDE = frozenset(_CLOSING + _OPENING + " ")
_LATIN_MARKS = ".!?…"
_MARKS = frozenset(_LATIN_MARKS + "。！？｡．؟۔।॥։።")
_COMMAS = ",;:،，、；："
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no space between sentences."""

_EVERYWHERE = "approx ca cf dr fig mr mrs nr prof st tel vol vs"
_ABBREVIATIONS = {
    "en": frozenset("approx appx avg esp est etc excl incl misc orig rev temp vol".split()),
    "de": frozenset(
        f"{_EVERYWHERE} abb bspw bzw evtl exkl frl geb gest ggf hr inkl ing jh kap max min mio mrd sog str usw vgl zzgl".split()
    ),
    "fr": frozenset(f"{_EVERYWHERE} app apr av bd boul chap env etc ex mgr mlle mlles mme mmes pp pr ste".split()),
    "es": frozenset(
        f"{_EVERYWHERE} aprox art av avda cap dña dra ee ej etc gral núm pág págs sr sra sras sres srta sta sto ud uds".split()
    ),
    "it": frozenset(f"{_EVERYWHERE} avv dott ecc ing pag pagg sig sigg".split()),
    "nl": frozenset(f"{_EVERYWHERE} bijv bv dhr enz evt incl mevr mw".split()),
    "pt": frozenset(f"{_EVERYWHERE} aprox av dra etc núm pág págs sr sra sras sta sto".split()),
    "ru": frozenset("акад вв гг др им млн млрд напр обл ок оз пер пл пос пр просп проф рис руб св соч ср стр тов тт тыс ул чел".split()),
}
"""Those behind which something follows, where sentencex's own lists lack them. Only in these languages is a sentence found that
begins in lower case; in others an abbreviation that no list has is likelier."""
_ABBREVIATIONS_OF_OTHERS = frozenset(f"{_EVERYWHERE} bl kl np ul tzn tj".split())
_INITIALS = re.compile(r"(?:[^\W\d]{1,3}\.-?)+[^\W\d]{1,3}|[^\W\d_]")
"""Of a person, or of words: ``J.-C``, ``z.B``, ``f.eks``. In English sentencex goes by the next word, as in ``3 p.m. The``."""
_NO_ABBREVIATIONS = {
    "en": re.compile(r"\b(?:art|con|fed|ill|[Kk]en|May|me|miss|no|ok|ore)\. +(?=[\"“'(\[]*[A-Z])"),
    "es": re.compile(r"\bno\. +(?=[\"“«'(\[¿¡]*[A-ZÁÉÍÓÚÑ])"),
}
"""Words that sentencex takes for abbreviations."""
_IN_BRACKETS = re.compile(r"[^\W\d]{3}[.!?…]+[\"'”’»]*[)\]}]+ |[。！？][」』”’]*[）)】］]+")
"""A sentence that ends within brackets; sentencex finds none there."""

_ORDINALS = frozenset("cs da de et fi hr hu is lv no nn pl sk sl sr tr".split())
"""Languages that put a full stop behind an ordinal."""
_ORDINAL = re.compile(r"(?:^[^\W\d]+|\b[^\W\dA-ZÄÖÜ][^\W\d]*) \d{1,2}\.$")
"""``der 3. Hund`` and ``Der 3. Hund``, while ``dem Haus 3.`` may end a sentence."""
_GERMAN_CONTINUED = re.compile(r"(?<=[.!?] )([\"'„»(\[]*)[0-9a-zäöü]")
_CONTINUED = {"ja": re.compile("と|って|[のはがをにでもやなか]"), "zh": re.compile("[的等字]")}
"""What goes on after a quotation that ends in a mark of its own: ``写着“停！”的牌子``."""
_SPACE = re.compile(r"\s")


def split_sentences(text: str, lang: str) -> list[str]:
    """The sentences of a text in a language (BCP-47), without white space around them; none of a blank text.

    Together they are the text but for the white space between them. Closing quotation marks and brackets go with their sentence.

    >>> split_sentences('A statue of St. Peter stands here. A sign says "Stop!" It is red.', "en")
    ['A statue of St. Peter stands here.', 'A sign says "Stop!"', 'It is red.']
    """
    found, start = [], 0
    for end in [*_ends(text, language(lang)), len(text)]:
        if sentence := text[start:end].strip():
            found.append(sentence)
        start = end
    return found


def join_sentences(sentences: Sequence[str], lang: str) -> str:
    """Sentences as one text, with a space between them; in languages that have none there, only after a Latin mark.

    >>> join_sentences(["一只狗。", "两只猫。", "Hello world.", "It rains.", "好。"], "zh")
    '一只狗。两只猫。Hello world. It rains. 好。'
    """
    gap = sentence_gap(lang)
    text = ""
    for sentence in sentences:
        if text:
            text += " " if text[-1:].isascii() else gap
        text += sentence
    return text


def _ends(text: str, lang: str) -> Iterator[int]:
    """Where a sentence ends and another follows."""
    plain = _SPACE.sub(" ", text)
    # As many characters, but none that sentencex does not see, or stumbles over: it takes "<" for a bracket, knows no "…", and
    # ends in a panic at white space other than a blank after a quotation.
    seen = plain.replace("…", ".").replace("<", ",").replace(">", ",")
    if lang == "de":
        # There it ends no sentence before a digit or lower case; `_is_end` decides.
        seen = _GERMAN_CONTINUED.sub(r"\1X", seen)
    start = 0
    for candidate in _candidates(seen, lang):
        mark, end, after = _around(plain, candidate)
        if end > start and _is_end(plain[start:mark].lstrip(), plain[mark:end], plain[after:], lang):
            yield end
            start = end


def _candidates(seen: str, lang: str) -> list[int]:
    found, position = set(), 0
    for segment in sentencex.segment(lang, seen):
        position += len(segment)
        found.add(position)
    for pattern in (_NO_ABBREVIATIONS.get(lang), _IN_BRACKETS):
        if pattern:
            found |= {match.end() for match in pattern.finditer(seen)}
    return sorted(found)


def _around(plain: str, candidate: int) -> tuple[int, int, int]:
    """The end of the marks at a candidate, the end of their sentence, and where the first word of the next one begins.

    What follows the marks without a space goes with them, and so does what only closes; the rest opens what comes.
    """
    mark = candidate
    while mark and plain[mark - 1] in _BESIDE:
        mark -= 1
    after = mark
    while after < len(plain) and (plain[after] in _BESIDE or plain[after] in _MARKS):
        after += 1
        if plain[after - 1] in _MARKS:
            mark = after
    beside = plain[mark:after]
    if " " not in beside:
        return mark, max(min(candidate, after), mark), after
    end = 0
    for token in re.findall(r"[^ ]* +", beside):
        if end and token.strip(" " + _CLOSING):
            break
        end += len(token)
    return mark, mark + end, after


def _is_end(head: str, closing: str, tail: str, lang: str) -> bool:
    """Whether ``head``, which ends in marks, and what closes it are a sentence, and another begins with ``tail``."""
    if not any(letter.isalpha() for letter in head) or tail[:1] in _COMMAS or not any(letter.isalnum() for letter in tail):
        return False
    stem = head.rstrip("".join(_MARKS))
    marks = head[len(stem) :]
    unspaced = bool(_UNSPACED.match(stem[-1:]) and _UNSPACED.match(tail))
    latin = not marks.strip(_LATIN_MARKS)
    if latin and " " not in closing and ("…" in marks or not unspaced):
        return False
    if closing and unspaced and (_continued(closing, tail, lang) or (closing[-1] in "）)】］" and head[0] not in _OPENING)):
        return False
    word = re.split(r"[ \"'“”‘’«»„(\[]", stem)[-1]
    if marks == "." and _abbreviated(word, head, tail, lang):
        return False
    if latin and tail[0].islower():
        whole_word = len(word) > 2 and word.isalpha() and word.islower()
        return lang in _ABBREVIATIONS and not closing.strip() and (whole_word if marks == "." else not set(marks) - set("!?"))
    return True


def _continued(closing: str, tail: str, lang: str) -> bool:
    pattern = _CONTINUED.get(lang)
    return bool(pattern and closing.strip() and pattern.match(tail))


def _abbreviated(word: str, head: str, tail: str, lang: str) -> bool:
    """Whether the full stop at the end of ``head``, whose last word is ``word``, belongs to an abbreviation or a number."""
    if word.lower() in _ABBREVIATIONS.get(lang, _ABBREVIATIONS_OF_OTHERS):
        return True
    if lang != "en" and _INITIALS.fullmatch(word) and ("." in word or word.isupper()):
        return True
    return lang in _ORDINALS and tail[0].isalpha() and bool(_ORDINAL.search(head))
