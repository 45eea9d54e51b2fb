"""One run from its configuration to the manifest: checks, inputs, graph, and what is written when the graph is through."""

from __future__ import annotations

import gc
import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from models.registry import describe_model
from pipeline import costs
from pipeline.config import MICROWORLD, Config, ConfigError, one_line
from pipeline.demo import Specs, input_specs
from pipeline.fetch import FetchSettings
from pipeline.finish import finish
from pipeline.funnel import Step
from pipeline.inputs import Inputs, read_inputs
from pipeline.outcome import Outcome
from pipeline.plan import Plan, Teachers
from pipeline.report.words import reason_words
from pipeline.stopping import RunFailed, interruptible
from pipeline.store import Store

logger = logging.getLogger(__name__)


def show_plan(config: Config, beam_flags: Sequence[str]) -> int:
    """Prints what a run would do; returns the exit code. What goes wrong is told in one line."""
    with _told() as ended:
        _check_beam(config, beam_flags)
        costs.show(make_plan(config, Specs(config.images, config.bitext, {}), fetch=False))
    return ended.code


def build(config: Config, beam_flags: Sequence[str]) -> int:
    """Runs a configuration to its end; returns the exit code. What goes wrong is told in one line."""
    resume = f"stopped; the same command goes on where this one was (what is done lies in {config.out}/work)"
    with _told() as ended:
        check_free(config, Store(config.out))  # first of all: the microworld is made in there too
        _check_beam(config, beam_flags)
        with interruptible(resume), input_specs(config) as specs:
            # Beam and torch are loaded while other processes make the microworld.
            from pipeline.runner import beam_options

            if config.reaches("caption"):
                import models.devices  # noqa: F401

            _build(config, beam_options(beam_flags, config.workers), specs)
    return ended.code


def _check_beam(config: Config, flags: Sequence[str]) -> None:
    """Makes sure that Beam knows flags, if there are any: without them it need not be loaded yet."""
    if flags:
        from pipeline.runner import beam_options

        beam_options(flags, config.workers)


@dataclass
class _Ended:
    code: int = 0


@contextmanager
def _told() -> Iterator[_Ended]:
    """Within the block, what goes wrong is told in one line, and makes the exit code 1.

    Raises:
        ConfigError: from the block; the command line tells of it.
    """
    ended = _Ended()
    try:
        yield ended
    except ConfigError:
        raise
    except (RunFailed, ValueError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        ended.code = 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {one_line(f'{place}{error.strerror or error}')}", file=sys.stderr)
        ended.code = 1


def _build(config: Config, options: Any, made: Callable[[], Specs]) -> None:
    from pipeline.graph import build_graph
    from pipeline.progress import Watcher, summary
    from pipeline.runner import is_in_this_process, run_graph

    specs, start = made(), time.monotonic()
    plan = make_plan(config, specs, fetch=True)
    out, store = Store(config.out), Store(f"{config.out}/work")
    if plan.config.reaches("translate"):
        check_languages(config)
    store.sweep()
    inputs = read_inputs(config, store, specs.images, specs.bitext, plan.settings)
    plan = replace(plan, kept_out=inputs.kept_out)
    claim(config, out, inputs)
    outcome_path = f"outcome/{config.sha256()[:12]}-{config.until or 'all'}.json"
    if is_in_this_process(options):
        threading.Thread(target=load_teachers, args=(plan, store), daemon=True).start()
    gc.collect()
    gc.freeze()  # what is there now stays, and need not be looked through again and again
    with Watcher(plan, store, inputs.images, inputs.bitexts):
        run_graph(lambda pipeline: build_graph(pipeline, plan, store, inputs.images, inputs.bitexts, outcome_path), options)
    outcome = Outcome.from_json(store.read_bytes(outcome_path))
    steps = finish(plan, out, store, inputs, outcome, time.monotonic() - start)
    summary(steps)
    if config.reaches("pack") and not outcome.shards:
        raise RunFailed(nothing_left(config, steps))


def nothing_left(config: Config, steps: Sequence[Step]) -> str:
    """What to say where no image became a sample: where most were lost, and why."""
    lost = max((step for step in steps if step.item == "image"), key=lambda step: step.rejected)
    reason, count = max(lost.reasons, key=lambda pair: pair[1])
    return (
        f"{config.out}: no image became a sample; {count:,} of {lost.rows:,} were rejected at {lost.stage} ({reason}: "
        f"{reason_words(reason)}); see {config.out}/rejects/{lost.stage}.parquet, and give other images or thresholds"
    )


def load_teachers(plan: Plan, store: Store) -> None:
    """Loads what describes images while these are fetched, which is mostly waiting; nothing for a stage that has results already."""
    for stage in plan.describe:
        if not plan.config.reaches(stage.name) or store.names(f"{stage.name}/{stage.digest()}"):
            continue
        with suppress(Exception):  # the stage itself will meet it again, where it is told
            stage.setup()


def make_plan(config: Config, specs: Specs, *, fetch: bool) -> Plan:
    """The plan of a run, with its teachers found; only with ``fetch`` are those of a hub fetched that are not here.

    Raises:
        ConfigError: a setting of the fetch that there is not; demo teachers on other pictures without ``--force``.
    """
    settings = {**config.fetch, **specs.fetch}
    settings |= {name: getattr(config, name) for name in ("allow_private", "proxy", "verify_hash")}
    known = [f.name for f in fields(FetchSettings)]
    if unknown := sorted(settings.keys() - set(known)):
        raise ConfigError(f"fetch {unknown[0]}: there is no such setting; there are {', '.join(known)}")
    try:
        fetching = FetchSettings(**settings)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    describe_model("identifier", config.identifier)
    teachers = Teachers.of(config, fetch)
    for name, card in teachers.reached(config).items():
        if card.domain == MICROWORLD and config.images != MICROWORLD and not config.force:
            raise ConfigError(
                f"--{name} {card.spec} knows only the microworld: name another for {config.images} by --{name} SPEC, or add --force"
            )
    return Plan(config, teachers, fetching)


def check_languages(config: Config) -> None:
    """Makes sure that the translator has every language of the run.

    Raises:
        ConfigError: naming those that it has not, and those that it has.
    """
    from models.registry import load_translator

    known = load_translator(config.translator).languages
    missing = [lang for lang in config.targets if lang not in known]
    if missing:
        raise ConfigError(
            f"--langs {','.join(missing)}: translator {config.translator} has only en,{','.join(sorted(known))}; leave out the rest"
        )


def check_free(config: Config, out: Store) -> None:
    """Makes sure that OUT holds nothing, or this run, maybe by other thresholds. With ``--force`` it may hold anything.

    Raises:
        ConfigError: it is no folder, or cannot be reached; it holds another run, or files that are not this pipeline's.
    """
    try:
        there = out.names("")
    except NotADirectoryError:
        raise ConfigError(f"--out {config.out}: a part of it is a file; give a folder") from None
    except Exception as error:  # filesystems of clouds have errors of their own
        words = " ".join(str(getattr(error, "strerror", None) or error).split())[:200] or type(error).__name__
        raise ConfigError(f"--out {config.out}: cannot be reached: {words}; give a folder or a URL that can be written to") from None
    if there and out.is_file(""):
        raise ConfigError(f"--out {config.out}: is a file; give a folder")
    if config.force:
        return
    known = {"manifest.json", "shards", "rejects", "fetch.parquet", "table.parquet", "README.md", "croissant.json", "report.html", "work"}
    strange = [name for name in there if name not in known]
    if strange:
        raise ConfigError(f"--out {config.out}: holds '{strange[0]}', which is not this pipeline's; give an empty folder, or add --force")
    if "run.json" in out.names("work"):
        _compare(config, "", json.loads(out.read_bytes("work/run.json"))["subject"], config.subject())
    elif out.names("shards"):
        raise ConfigError(f"--out {config.out}: holds shards of an unknown run; give another folder, or add --force to build over it")


def claim(config: Config, out: Store, inputs: Inputs) -> None:
    """Writes down whose OUT it is, and takes an older manifest away: OUT is whole again when the new one is written.

    Raises:
        ConfigError: it holds a run whose inputs had other contents, and there is no ``--force``.
    """
    mine = {"subject": config.subject(), "inputs": inputs.fingerprints}
    if "run.json" in out.names("work") and not config.force:
        _compare(config, "contents of ", json.loads(out.read_bytes("work/run.json"))["inputs"], mine["inputs"])
    out.write_bytes("work/run.json", json.dumps(mine, indent=1, sort_keys=True).encode())
    out.remove("manifest.json")


def _compare(config: Config, what: str, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    for name in sorted({*theirs, *mine}):
        there, here = (json.dumps(side.get(name), sort_keys=True) for side in (theirs, mine))
        if there != here:
            raise ConfigError(
                f"--out {config.out}: holds another run ({what}{name}: {there} there, {here} here); "
                "give another folder, or add --force to build over it"
            )
