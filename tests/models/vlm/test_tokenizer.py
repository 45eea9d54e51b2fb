from tokenizers import Tokenizer

from models.vlm import train_tokenizer
from models.vlm.tokenizer import SPECIAL, pieces_of
from tests.models.vlm.conftest import TEXTS


def test_it_writes_any_text(tokenizer: Tokenizer) -> None:
    for text in [*TEXTS, "Zwölf Boxkämpfer", "日本語のテキスト", "한국어", "a  b", "🦊 <tag>"]:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids, skip_special_tokens=True) == text
        assert not set(ids) & set(range(len(SPECIAL)))


def test_the_same_texts_give_the_same_tokenizer(tokenizer: Tokenizer) -> None:
    assert train_tokenizer(iter(TEXTS), 420, ["en", "de", "fr", "es", "ru", "zh"]).to_str() == tokenizer.to_str()
    assert [tokenizer.token_to_id(token) for token in SPECIAL] == [0, 1, 2, 3]
    assert tokenizer.get_vocab_size() <= 420


def test_chinese_is_written_character_by_character(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("图为公园里的一只红色的猫。", add_special_tokens=False).tokens[-4:] == ["色", "的", "猫", "。"]


def test_prompts_are_words_to_it(tokenizer: Tokenizer) -> None:
    tokens = train_tokenizer([], 800, ["de", "zh"]).encode("The target language is simplified Chinese.", add_special_tokens=False).tokens
    assert tokens == ["▁The", "▁target", "▁language", "▁is", "▁simplified", "▁Chinese", "."]


def test_pieces_of_itself_are_itself(tokenizer: Tokenizer) -> None:
    pieces = pieces_of(tokenizer, tokenizer, {token: token for token in range(4)})
    assert pieces == [[token] for token in range(tokenizer.get_vocab_size())]
