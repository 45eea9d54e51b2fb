import shutil

import pytest

from pipeline.evaluation.bleu import caption_bleu4
from pipeline.evaluation.cider import cider
from pipeline.evaluation.ptb import JavaPtb, PythonPtb, ptb
from tests.pipeline.evaluation.sentences import CAPTIONS

java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on the path: Stanford's tokenizer cannot be asked")


def test_tokens_of_captions():
    assert PythonPtb().tokenize(CAPTIONS[:4]) == [
        ["a", "man", "'s", "dog", "ca", "n't", "swim", "but", "it", "wo", "n't", "give", "up"],
        ["the", "sign", "says", "stop", "and", "go", "-lrb-", "in", "red", "-rrb-"],
        ["two", "black-and-white", "cats", "one", "is", "3,000", "miles", "from", "home"],
        ["it", "'s", "5:30", "p.m.", "on", "st.", "john", "'s", "street", "and", "mr.", "smith", "is", "late"],
    ]


def test_texts_without_words_keep_their_place():
    assert PythonPtb().tokenize(["", "a", "...", "  "]) == [[], ["a"], [], []]
    assert PythonPtb().tokenize([]) == []


@java
def test_python_gives_the_tokens_of_java():
    assert dict(zip(CAPTIONS, PythonPtb().tokenize(CAPTIONS), strict=True)) == dict(
        zip(CAPTIONS, JavaPtb().tokenize(CAPTIONS), strict=True)
    )


@java
def test_java_is_asked_as_pycocoevalcap_asks_it():
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    texts = [text for text in CAPTIONS if text.strip() and "\n" not in text]
    theirs = PTBTokenizer().tokenize({number: [{"caption": text}] for number, text in enumerate(texts)})
    assert [" ".join(tokens) for tokens in JavaPtb().tokenize(texts)] == [
        " ".join(theirs[number][0].split()) for number in range(len(texts))
    ]


@java
def test_scores_are_those_of_pycocoevalcap():
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    texts = [text for text in CAPTIONS if len(text.split()) > 3 and "\n" not in text]
    outputs = {number: [{"caption": text.rsplit(" ", 2)[0] + " dog."}] for number, text in enumerate(texts)}
    references = {
        number: [{"caption": text}, {"caption": "A dog. " + text}, {"caption": texts[number - 1]}] for number, text in enumerate(texts)
    }
    said, seen = PTBTokenizer().tokenize(outputs), PTBTokenizer().tokenize(references)
    expected, each = Cider().compute_score(seen, said)
    bleu, _ = Bleu(4).compute_score(seen, said, verbose=0)

    for tokenizer in (PythonPtb(), JavaPtb()):
        candidates = tokenizer.tokenize([captions[0]["caption"] for captions in outputs.values()])
        flat = tokenizer.tokenize([caption["caption"] for captions in references.values() for caption in captions])
        right = [flat[first : first + 3] for first in range(0, len(flat), 3)]
        found = cider(candidates, right, tokenizer.signature, small=True)
        assert found.score.mean == pytest.approx(100 * expected, abs=1e-6)
        assert found.scores == pytest.approx(100 * each, abs=1e-6)
        assert caption_bleu4(candidates, right, tokenizer.signature).score.mean == pytest.approx(100 * bleu[3], abs=1e-6)


def test_the_signature_tells_which():
    assert ptb().signature == ("ptb:java-3.4.1" if shutil.which("java") else "ptb:python-3.4.1")
