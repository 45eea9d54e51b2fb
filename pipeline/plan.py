"""From a configuration to the stages that will run, with what they cost; the same plan is printed and built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from models.protocols import ModelCard
from models.registry import Kind, describe_model
from pipeline import tables
from pipeline.benchmark_pictures import Listed
from pipeline.config import Config
from pipeline.fetch import FetchSettings
from pipeline.stages.align import Align, Density, SearchBitexts, SearchImages
from pipeline.stages.base import Stage, check_columns
from pipeline.stages.caption import Caption
from pipeline.stages.check_texts import CheckTexts
from pipeline.stages.decontaminate import Decontaminate
from pipeline.stages.dedup import Unique
from pipeline.stages.embed import ComparePair, Embed, EmbedEnglish
from pipeline.stages.english import TakeEnglish
from pipeline.stages.fetch import Fetch
from pipeline.stages.judge import Judge
from pipeline.stages.language import Language, LanguageBitext, LanguageEnglish
from pipeline.stages.normalise import Normalise
from pipeline.stages.pack import Pack
from pipeline.stages.quality import JudgeBitext, Quality
from pipeline.stages.translate import Translate

_TEACHES: dict[Kind, str] = {"captioner": "caption", "translator": "translate", "embedder": "embed"}
"""The stage that a teacher is there for."""


@dataclass(frozen=True)
class Teachers:
    """The models of a run."""

    captioner: ModelCard
    translator: ModelCard
    embedder: ModelCard

    @staticmethod
    def of(config: Config, fetch: bool) -> Teachers:
        """Looks the teachers up; their weights are hashed, not loaded. With ``fetch``, those that are `reached` are fetched from a hub."""

        def card(kind: Kind, stage: str) -> ModelCard:
            spec = getattr(config, kind)
            # A class of the user's may describe itself by another spec than the one that leads to it.
            return replace(describe_model(kind, spec, fetch and config.reaches(stage)), spec=spec)

        return Teachers(**{kind: card(kind, stage) for kind, stage in _TEACHES.items()})

    def reached(self, config: Config) -> dict[Kind, ModelCard]:
        """Those that the run comes to."""
        return {kind: getattr(self, kind) for kind, stage in _TEACHES.items() if config.reaches(stage)}


@dataclass(frozen=True)
class Plan:
    """The stages of a run, made from its configuration. ``kept_out`` are the pictures of benchmarks, once they have been read."""

    config: Config
    teachers: Teachers
    settings: FetchSettings
    kept_out: Listed | None = None

    def __post_init__(self) -> None:
        english, bitexts = {"en": tables.NORMALISED["en"]}, dict(tables.BITEXT)
        check_columns(self.english_stages, english, {"search_images": Embed.adds, "density": self.search_images.adds})
        for stage in self.english_stages:
            english |= stage.adds
        check_columns(self.bitext_stages, bitexts, {"take_english": english})
        for stage in self.bitext_stages:
            bitexts |= stage.adds
        searched = {"search_bitexts": bitexts, "align": self.search_bitexts.adds}
        images = [self.fetch, *self.decontaminate, Unique(), *self.describe, self.search_bitexts, self.align, self.judge]
        check_columns(images, tables.SOURCE, searched)

    def steps(self) -> list[tuple[str, Stage]]:
        """The stages that will run, in order, each with what its chunks hold: image, bitext or english."""
        images = [self.fetch, *self.decontaminate, Unique(), *self.describe]
        late = [self.search_bitexts, self.align, self.judge]
        first = [("image", stage) for stage in images if self.config.reaches({"decontaminate": "dedup"}.get(stage.name, stage.name))]
        last = [("image", stage) for stage in late if self.config.reaches({"search_bitexts": "align"}.get(stage.name, stage.name))]
        if not self.config.reaches("align"):
            return first
        clean, rest = self.bitext_stages[:3], self.bitext_stages[3:]
        kinds = ("bitext", clean), ("english", self.english_stages), ("bitext", rest)
        return [*first, *((kind, stage) for kind, stages in kinds for stage in stages), *last]

    @cached_property
    def fetch(self) -> Stage:
        return Fetch(self.settings, self.config.retry_failed)

    @cached_property
    def decontaminate(self) -> tuple[Stage, ...]:
        """What keeps pictures of benchmarks out of train and val: nothing, where there are none to keep out."""
        if self.kept_out is None:
            return ()
        return (Decontaminate(self.kept_out.digest, self.config.decontaminate_bits, f"{self.config.out}/work/{self.kept_out.path}"),)

    @cached_property
    def describe(self) -> tuple[Stage, ...]:
        """What is made of each image by itself."""
        c, t = self.config, self.teachers
        pairs = "translator" in c.pair_origins
        return (
            Caption(t.captioner, c.describe_all, c.caption_batch, c.max_failures),
            Translate(t.translator, c.langs, c.caption_langs, c.val_share, c.test_share, pairs, c.seed, c.translate_batch, c.max_failures),
            Embed(t.embedder, c.embed_batch, c.max_failures),
            Language(c.identifier, c.langs),
            CheckTexts(),
        )

    @cached_property
    def clean(self) -> tuple[Stage, ...]:
        """What is made of each bitext before any model looks at it."""
        return Normalise(), Quality(self.config.min_chars, self.config.max_chars, self.config.max_ratio)

    @cached_property
    def score_english(self) -> tuple[Stage, ...]:
        """What is made of each English side of bitexts by itself."""
        c = self.config
        return LanguageEnglish(c.identifier, c.langs), EmbedEnglish(self.teachers.embedder, c.embed_batch, c.max_failures)

    @cached_property
    def take_english(self) -> Stage:
        return TakeEnglish()

    @cached_property
    def judge_bitexts(self) -> tuple[Stage, ...]:
        """What is made of each bitext once it is known how near the images are."""
        c = self.config
        compare = ComparePair(self.teachers.embedder, c.min_align, c.embed_batch)
        return compare, LanguageBitext(c.identifier, c.langs), JudgeBitext(c.min_lang_prob, c.min_pair_score)

    @property
    def bitext_stages(self) -> tuple[Stage, ...]:
        return *self.clean, Unique(), self.take_english, *self.judge_bitexts

    @property
    def english_stages(self) -> tuple[Stage, ...]:
        return *self.score_english, self.search_images, self.density

    @cached_property
    def search_images(self) -> Stage:
        return SearchImages(self.config.neighbours)

    @cached_property
    def density(self) -> Stage:
        return Density(self.config.neighbours)

    @cached_property
    def search_bitexts(self) -> Stage:
        return SearchBitexts(self.config.candidates)

    @cached_property
    def align(self) -> Stage:
        return Align(self.config.candidates, self.config.neighbours)

    @cached_property
    def judge(self) -> Stage:
        c = self.config
        return Judge(
            c.langs, c.caption_langs, c.val_share, c.test_share, c.min_logprob, c.max_ratio, c.min_lang_prob, c.min_clip, c.min_align,
            c.min_margin, c.top_n, c.pair_origins, self.teachers.captioner.name, self.teachers.translator.name, c.seed,
        )  # fmt: skip

    @cached_property
    def pack(self) -> Pack:
        return Pack(f"{self.config.out}/shards", self.config.shard_size)
