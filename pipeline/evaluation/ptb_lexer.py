"""Penn Treebank tokens in Python, as Stanford's PTBTokenizer of 2014 (CoreNLP 3.4.1, the one of pycocoevalcap) makes them of captions.

Found by asking that program, not by reading it: what it does with every character of the basic plane, with every word of up to four
letters before a full stop, and with the shapes of words that captions have. At each place of a text all rules are tried; the longest
match wins, context included, and of equally long ones the first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache


def tokenize(lines: Sequence[str]) -> list[list[str]]:
    """Lower-case tokens of each line, punctuation included; what the tokenizer writes with a space inside is two tokens.

    Args:
        lines: without line ends. They are read as one text, as the tokenizer reads them: in "plan b." the full stop belongs to the
            word, unless the next line begins with "The".
    """
    text = _ASTRAL.sub(" ", "".join(f"{line}\n" for line in lines)).replace("\u00ad", "")
    rules, place = _rules(), 0
    found: list[list[str]] = [[]]
    while place < len(text):
        best: re.Match[str] | None = None
        for rule in rules:
            match = rule.match(text, place)
            if match and (best is None or match.end() > best.end()):
                best = match
        if best is None:  # white space, and characters that the tokenizer drops
            if text[place] == "\n":
                found.append([])
            place += 1
            continue
        found[-1] += _written(best["token"], whole=best.end() == best.end("token") and not _CLITIC.match(text, best.end()))
        place = best.end("token")
    return found[:-1]


def _written(token: str, whole: bool) -> list[str]:
    """How a token is written; ``whole`` where nothing belongs to it that follows."""
    lower = token.lower().replace("\u2019", "'").replace("\u0092", "'")
    if lower in _SPLIT and whole:
        return [lower[: _SPLIT[lower]], lower[_SPLIT[lower] :]]
    if token in _SPELT:
        return _SPELT[token].split()
    if len(token) > 1 and token[0] == "." and set(token) <= {".", " "}:
        return ["..."]
    if _DASHES.fullmatch(token):
        return ["--"]
    for sign in "()":  # inside telephone numbers and smileys
        lower = lower.replace(sign, _SPELT[sign])
    return lower.split()


_SPLIT = {"cannot": 3, "gonna": 3, "gotta": 3, "lemme": 3, "gimme": 3, "wanna": 3}
_CLITIC = re.compile("['\u2019\u0092](?:s|d|m|re|ve|ll)(?![a-z])", re.IGNORECASE)
_QUOTE = "''"
"""Every quotation mark is written as this one: all are punctuation that scores leave out, so which it was does not matter."""
_QUOTES = "\"'`\u0091-\u0094\u00ab\u00bb\u2018\u2019\u201b-\u201d\u2039\u203a"
"""As a character class."""
_SPELT = {
    "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-",
    "\u20ac": "$", "\u0080": "$", "\u00a4": "$", "\u20a0": "$", "\u00a3": "#", "\u00a2": "cents", "\u2026": "...",
    "\u00bc": "1/4", "\u00bd": "1/2", "\u00be": "3/4", "\u2153": "1/3", "\u2154": "2/3",
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": _QUOTE, "&apos;": _QUOTE, "&nbsp;": "",
    **dict.fromkeys("\"'`\u0091\u0092\u0093\u0094\u00ab\u00bb\u2018\u2019\u201b\u201c\u201d\u2039\u203a", _QUOTE),
    "''": _QUOTE, "``": _QUOTE,
}  # fmt: skip
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_DASHES = re.compile("--+|[\u0096\u0097\u2013-\u2015]")
_ABBREVIATIONS = """
    adj adm adv al ala alex apr ariz assn assoc asst atty attys aug ave bancorp bhd bldg blvd brig bros calif capt cf cie
    cmdr co col colo conn corp cos cpl ct dak dec dept det dr drs elec ens esq est etc ext feb fla fri ft ga gen gov govs
    hon inc ind insp intl invt jan jos jr jul jun kan kans ky lieut lt ltd maj mar md messrs mfg mich minn mlle mme mo mon
    mont mr mrs ms msgr mt mtg natl neb nev nov oct okla penn pfc ph plc ppte ppty pres prof profs pte ptes pty ptys pvt rd
    rep reps rev rt sen sens sep sept seq sfc sgt spc sq sr st ste supt supts sys tel tenn thu thurs treas tue tues univ va
    vs vt wed wis wisc wm wyo
""".split()
"""What keeps its full stop anywhere: of 655,691 words asked, these."""
_BEFORE_NUMBERS = "art ca fig figs no nos op pp prop".split()
"""What keeps it where a number follows."""
_STARTERS = """
    a about according additionally after an as at but earlier he her here however if in it last many more now once one other
    our she since so some such that the their then there these they this we what when while yet you
""".split()
"""Before these, with a capital, the full stop of a single letter ends the sentence and belongs to no word."""
_SYMBOLS = (
    "$-&*+,:;<=>\\\\^`|~\u00a1\u00a5-\u00a9\u00ac\u00ae-\u00b4\u00b6-\u00b9\u00bf\u00d7\u00f7\u037e\u0387\u0589\u05be\u05c0\u05c3\u05c6"
    "\u05f3-\u05f4\u0606-\u060c\u061b\u061e-\u061f\u066a\u066d\u06d4\u0964-\u0965\u0e3f\u2016-\u2017\u201a\u201e-\u2023\u2030-\u2038\u203b"
    "\u203e-\u2042\u2044\u2070\u2074-\u207e\u2080-\u208e\u20a4\u2100-\u2101\u2103-\u2106\u2108-\u2109\u2116-\u2118\u211e-\u2123\u2127\u212e"
    "\u2155-\u215e\u2190-\u2bff\u3001-\u3002\u3012\u30fb\uff01-\uff0f\uff1a-\uff20/#@_!?.-"
)
"""Characters that are tokens by themselves; all others that are no letters, digits or quotation marks are dropped."""


@cache
def _word_characters() -> str:
    """Letters, marks and decimal digits of the basic plane, as a character class."""
    marks = [chr(code) for code in range(0x80, 0xD800) if unicodedata.category(chr(code))[0] in "LM" or chr(code).isdecimal()]
    forms = [chr(code) for code in range(0xF900, 0x10000) if unicodedata.category(chr(code))[0] in "LM" or chr(code).isdecimal()]
    return "a-zA-Z0-9" + _ranges(marks + forms)


def _ranges(characters: list[str]) -> str:
    spans: list[list[int]] = []
    for code in map(ord, characters):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" if first < last else chr(first) for first, last in spans)


@cache
def _rules() -> tuple[re.Pattern[str], ...]:
    word = f"[{_word_characters()}]"
    letter = f"(?:(?![0-9]){word})"
    quote = "['\u2019\u0092]"
    # Elisions of French and Irish names, and the English words that have an apostrophe inside.
    joined = (
        f"(?:[dol]{quote}(?={letter}{{2}})|(?-i:[A-HJ-XZn]){quote}(?={letter}{{2}})|(?:[a-z]*qu|ja|ne){quote}(?=[a-z])|c{quote}(?=est|mon)"
        f"|e{quote}(?=er)|ma{quote}(?=am)|hallowe{quote}(?=en)|nor{quote}(?=easter)|shi{quote}(?=ite)|xi{quote}(?=an)|s{quote}(?=mores))?"
    )
    compound = f"{joined}{word}+(?:[-_\u2010\u2011]{joined}{word}+)*"
    slashed = "[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z][a-z0-9]*)*)+"
    abbreviation = f"(?:{'|'.join(sorted(_ABBREVIATIONS, key=len, reverse=True))}|[a-z])"
    number = r"[-+]?(?:\d*(?:[.,:]\d+)+|\d+)"
    patterns = [
        # Markup, addresses, names of accounts.
        (r"</?[a-z][a-z0-9]*(?:[ \t][^<>\n]*)?/?>|<[!?][^<>\n]*>", ""),
        (r"https?://[^\s\"<>|()]+[^\s\"<>|.!?(){},-]", ""),
        (r"[a-z0-9][^\s\"<>|()]*@(?:[^\s\"<>|().]+\.)*[^\s\"<>|().]+", ""),
        (r"@[a-z_][a-z_0-9]*|#[a-z_][a-z_0-9]*", ""),
        (r"&[a-z]+;", ""),
        # Contractions.
        (f"[a-z]+(?=n{quote}t(?!{letter}))", f"n{quote}t"),
        (f"n{quote}t(?!{letter})", ""),
        (f"{quote}(?:s|d|m|re|ve|ll)(?![a-z])", ""),
        (f"{quote}n{quote}|{quote}n(?!{letter})|{quote}(?:em|cause|till?)", ""),
        ("'t", "is|was"),
        (f"{quote}\\d(?:\\d(?!{word}|[{_QUOTES}])|0s(?!{word}))", ""),
        (f"(?:[dlj]|ol|y(?={quote}all)|somethin|dunkin){quote}", ""),
        # Full stops that belong to a word.
        (f"{abbreviation}\\.", ""),
        ("[a-z]", rf"\.\s+(?=(?-i:[A-Z]))(?:{'|'.join(_STARTERS)})\s"),
        (f"(?:{'|'.join(_BEFORE_NUMBERS)})\\.", r"\s*\d"),
        (r"[a-z]+\.(?=[,;:])", ""),
        (r"(?:ph\.d|[a-z](?:\.[a-z])+)\.?(?![a-z])", ""),
        (r"(?:[a-z](?:\.[a-z])*\.)?-?[a-z]+(?:\.[a-z]+)+", ""),
        (f"{letter}+(?:[.!?]{letter}+)+(?:-{word}+)*", ""),
        (f"[a-z]+(?:\\.[a-z]+)*\\.-{word}+(?:-{word}+)*", ""),
        # Numbers.
        (number, ""),
        (r"\d+[ \u00a0]\d+/\d+", ""),
        (r"\(\d{3}\)[ \u00a0]?\d{3}[- \u00a0]\d{4}", ""),
        # Words.
        (compound, ""),
        (slashed, ""),
        (r"[A-Z]+(?:&[A-Z]+)+", ""),
        (r"(?:C\+\+|[CF]#)", ""),
        (r"[A-Z]{1,2}\$", ""),
        # Punctuation.
        (r"[!?]+|\.\.\.+|\. \. \.(?: \.)*|\*+|_+|##+|>>|<<|--+", ""),
        ("[\u0096\u0097\u2013-\u2015\u2026]", ""),
        (r"[:;=]-?[()\[\]DP](?![a-z])", ""),
        (r"''|``", ""),
        (
            r"[()\[\]{}\"'\u00a2-\u00a5\u00ab\u00bb\u0080\u0091-\u0094\u00bc-\u00be\u2018\u2019\u201b-\u201d\u2039\u203a\u20a0\u20ac\u2153\u2154]",
            "",
        ),
        (f"[{_SYMBOLS}]", ""),
    ]
    return tuple(re.compile(f"(?P<token>{token})" + (f"(?:{context})" if context else ""), _flags(token)) for token, context in patterns)


def _flags(pattern: str) -> re.RegexFlag:
    return re.NOFLAG if pattern.startswith(("[A-Z]", "(?:C")) else re.IGNORECASE
