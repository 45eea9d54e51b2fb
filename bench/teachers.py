"""Our teachers beside the bare libraries: translation, embedding, captioning, and the client of OpenAI-compatible servers.

The demo teachers, one thread, CPU time of the whole process, medians of rounds in turn; requests in seconds on the clock.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.dequantise import demo_translator
from models.captioners.florence2 import TASKS, Florence2
from models.captioners.writing import MAX_NEW_TOKENS
from models.embedders.open_clip import OpenClip
from models.endpoint import Endpoint, EndpointSettings
from models.registry import WEIGHTS, load_captioner, load_embedder, load_translator
from models.translators.ct2 import CTranslate2
from pipeline.microworld.grammar import describe
from pipeline.microworld.grammar.plan import usual_caption
from pipeline.microworld.render import render_scene
from pipeline.microworld.scenes import sample_scene

FIRST_SCENE = 500_000_000  # no teacher has seen these
SENTENCES, PICTURES, BATCH = 192, 64, 32
REQUESTS = 2000


def main() -> None:
    """Prints the measures and what each should be."""
    torch.set_num_threads(1)
    translation()
    embedding()
    captioning()
    endpoint()


def in_turn(rounds: int, ours: Callable[[], object], bare: Callable[[], object]) -> list[tuple[float, float]]:
    """Seconds of CPU time of both, round by round: what else the machine does changes between rounds, less within one."""
    measured = []
    for _ in range(rounds):
        start = time.process_time()
        ours()
        middle = time.process_time()
        bare()
        measured.append((middle - start, time.process_time() - middle))
    return measured


def translation() -> None:
    """``ct2:`` against ``generate``, on the same weights, sentences, beams, batches and order."""
    from sacrebleu import corpus_chrf

    texts = [describe("en", usual_caption(sample_scene(FIRST_SCENE + number))) for number in range(SENTENCES)]
    ours, theirs = load_translator("demo"), demo_translator(WEIGHTS / "translator")
    assert isinstance(ours, CTranslate2)
    texts.sort(key=lambda text: len(ours.pieces.split(text)))
    for lang in ("de", "zh"):
        made: dict[str, list[str]] = {}

        def with_ours(lang: str = lang, made: dict[str, list[str]] = made) -> None:
            made["ours"] = [translation.text for translation in ours.translate(texts, "en", lang)]

        def with_generate(lang: str = lang, made: dict[str, list[str]] = made) -> None:
            made["theirs"] = [text for batch in batches(texts) for text in generated(theirs, ours, batch, lang)]

        measured = in_turn(3, with_ours, with_generate)
        tokens = sum(len(ours.pieces.split(text)) + 1 for text in made["ours"])
        same = sum(one == other for one, other in zip(made["ours"], made["theirs"], strict=True))
        chrf = corpus_chrf(made["ours"], [made["theirs"]]).score
        compared("translation", f"tokens/s en-{lang}, {ours.decoding.beams} beams, int8 and float32", tokens, measured, 4)
        print(f"  {same} of {len(texts)} equal, chrF of one to the other {chrf:.1f}")


def compared(what: str, unit: str, count: int, measured: Sequence[tuple[float, float]], least: float) -> None:
    """Prints one line: our median rate, the bare library's, and the median of the rounds' ratios beside the least that it should be."""
    ours, bare = (count / median(seconds) for seconds in zip(*measured, strict=True))
    ratio = median(other / one for one, other in measured)
    print(f"{what}: {ours:,.1f} {unit}; the bare library {bare:,.1f}; {ratio:.2f} x (should be {least} or more)", flush=True)


def generated(model: Any, ours: CTranslate2, texts: Sequence[str], lang: str) -> list[str]:
    """Translations by ``generate``, stopped by the rule that suits it best."""
    ids = ours.pieces.ids
    rows = [[ids["eng_Latn"], *(ids[token] for token in ours.pieces.split(text)), ids["</s>"]] for text in texts]
    longest = max(map(len, rows))
    inputs = torch.tensor([row + [ids["<pad>"]] * (longest - len(row)) for row in rows])
    with torch.inference_mode():
        made = model.generate(
            inputs, attention_mask=(inputs != ids["<pad>"]).long(), forced_bos_token_id=ids[ours.tongues.codes[lang]],
            num_beams=ours.decoding.beams, do_sample=False, early_stopping=True, max_new_tokens=250,
        )  # fmt: skip
    tokens = {number: token for token, number in ids.items()}
    return [ours.pieces.join([tokens[number] for number in row[2:]]) for row in made.tolist()]


def embedding() -> None:
    """``open_clip:`` against open_clip's own towers: decoded pictures in, unit vectors out."""
    pictures, texts = scenes()
    ours = load_embedder("demo")
    assert isinstance(ours, OpenClip)

    def bare_images() -> None:
        with torch.inference_mode():
            for batch in batches(pictures):
                ours.model.encode_image(torch.stack([ours.preprocess(image) for image in batch]), normalize=True).numpy().astype(np.float16)

    def bare_texts() -> None:
        with torch.inference_mode():
            for batch in batches(texts):
                ours.model.encode_text(ours.tokenizer(list(batch)), normalize=True).numpy().astype(np.float16)

    def our_images() -> None:
        for batch in batches(pictures):
            ours.embed_images(batch)

    def our_texts() -> None:
        for batch in batches(texts):
            ours.embed_texts(batch)

    compared("embedding", "images/s", len(pictures), in_turn(9, our_images, bare_images), 0.95)
    compared("embedding", "texts/s", len(texts), in_turn(9, our_texts, bare_texts), 0.95)


def captioning() -> None:
    """``florence2:`` against processor, ``generate`` and decoding."""
    pictures, _ = scenes()
    ours = load_captioner("demo")
    assert isinstance(ours, Florence2)
    model: Any = ours.model  # transformers' own annotations of generation do not check
    limit = model.generation_config.max_new_tokens or MAX_NEW_TOKENS

    def bare() -> None:
        with torch.inference_mode():
            for batch in batches(pictures):
                inputs = ours.processor(text=[TASKS["more_detailed"]] * len(batch), images=list(batch), return_tensors="pt")
                made = model.generate(**inputs, num_beams=1, do_sample=False, max_new_tokens=limit)
                ours.processor.batch_decode(made, skip_special_tokens=True)

    def mine() -> None:
        for batch in batches(pictures):
            ours.caption(batch, [None] * len(batch))

    compared("captioning", "images/s", len(pictures), in_turn(9, mine, bare), 0.95)


def endpoint() -> None:
    """Requests a second to a server, in a process of its own, that answers at once."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    client = Endpoint(f"http://127.0.0.1:{here.recv()}/v1", "none", EndpointSettings())
    try:
        chats = [[{"role": "user", "content": f"Translate sentence {number}."}] for number in range(REQUESTS)]
        client.ask(chats[:100])
        start = time.perf_counter()
        client.ask(chats)
        print(f"endpoint: {REQUESTS / (time.perf_counter() - start):,.0f} requests/s (should be 200 or more)")
    finally:
        client.close()
        server.terminate()


def serve(pipe: Connection) -> None:
    """Answers every chat with the same words; tells its port through the pipe."""
    from aiohttp import web

    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": "Gut."}, "finish_reason": "stop"}]}).encode()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    async def run() -> None:
        application = web.Application()
        application.add_routes([web.post("/v1/chat/completions", answer)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def scenes() -> tuple[list[Image.Image], list[str]]:
    """Pictures as the pipeline stores them, and their captions."""
    chosen = [sample_scene(FIRST_SCENE + number) for number in range(PICTURES)]
    return [render_scene(scene, 256) for scene in chosen], [describe("en", usual_caption(scene)) for scene in chosen]


def batches(items: Sequence[Any]) -> list[Sequence[Any]]:
    """In order, `BATCH` at a time."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


if __name__ == "__main__":
    main()
