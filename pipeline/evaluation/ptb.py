"""Penn Treebank tokens without punctuation, as the caption metrics of pycocoevalcap 1.2 want them.

Stanford's tokenizer (CoreNLP 3.4.1, from the pycocoevalcap wheel) does it where there is Java, `pipeline.evaluation.ptb_lexer` where not.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pipeline.evaluation import ptb_lexer
from pipeline.evaluation.errors import EvaluationError

logger = logging.getLogger(__name__)

PUNCTUATION = frozenset(["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"])
"""What pycocoevalcap leaves out. The tokens are lower-case, so its ``-LRB-`` never matches: brackets stay, and count."""
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class Tokenizer(Protocol):
    """Turns captions into tokens; ``signature`` names it beside every score. `pipeline.evaluation.segment.Segmenter` is one too."""

    @property
    def signature(self) -> str: ...

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """The tokens of each text, in order. Outputs together and references together, as pycocoevalcap asks: a neighbour can matter."""
        ...


class JavaPtb:
    """Stanford's tokenizer, one process a call.

    Unlike ``pycocoevalcap.tokenizer`` it writes no file into the package, and captions can never slip against their pictures.

    Raises:
        EvaluationError: no ``java`` on the path, or pycocoevalcap is not installed.
    """

    signature = "ptb:java-3.4.1"

    def __init__(self) -> None:
        self._java = shutil.which("java")
        if not self._java:
            raise EvaluationError("PTB tokens by Java: no java on the path; install a Java runtime (8 or later), or use PythonPtb")
        try:
            from pycocoevalcap.tokenizer import ptbtokenizer
        except ImportError:
            raise EvaluationError("PTB tokens by Java need pycocoevalcap: pip install 'pycocoevalcap==1.2'") from None
        self._jar = Path(ptbtokenizer.__file__).parent / ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        if not texts:
            return []
        lines = [_LINE_ENDS.sub(" ", text) for text in texts]
        command = [str(self._java), "-cp", str(self._jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
        # The last line needs an end of its own: without one an empty last caption gives no line.
        done = subprocess.run(command, input="".join(f"{line}\n" for line in lines).encode(), capture_output=True, check=False)
        if done.returncode:
            raise EvaluationError(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
        found = done.stdout.decode().split("\n")[:-1]
        if len(found) != len(lines):
            raise EvaluationError(f"Java's tokenizer gave {len(found)} lines for {len(lines)} captions; use PythonPtb")
        return [[token for token in _tokens(line) if token not in PUNCTUATION] for line in found]


class PythonPtb:
    """The same tokens without Java; nothing to install."""

    signature = "ptb:python-3.4.1"

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        return [
            [token for token in tokens if token not in PUNCTUATION]
            for tokens in ptb_lexer.tokenize([_LINE_ENDS.sub(" ", text) for text in texts])
        ]


def ptb() -> Tokenizer:
    """Stanford's own tokenizer where there is Java and pycocoevalcap, else the one in Python."""
    try:
        return JavaPtb()
    except EvaluationError as missing:
        logger.info("%s", missing)
        return PythonPtb()


def _tokens(line: str) -> list[str]:
    # A token that holds a no-break space ("3 1/2") is two words to every metric, which splits at white space.
    return line.split()
