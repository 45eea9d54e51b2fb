"""Who gets a place when: by host, in all, and among those that wait for an answer."""

import asyncio
from collections.abc import Coroutine

import pytest

from pipeline.fetch.slots import Places, Slots


@pytest.fixture(autouse=True)
def _impatient(monkeypatch) -> None:
    monkeypatch.setattr("pipeline.fetch.slots._PATIENCE", 0.01)


def run(work: Coroutine[None, None, None]) -> None:
    async def soon() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(soon())


def test_who_has_begun_goes_first() -> None:
    async def work() -> None:
        places, order = Places(1), list[str]()

        async def enter(name: str, first: bool) -> None:
            await places.take(first)
            order.append(name)
            places.give()

        await places.take()
        tasks = [asyncio.create_task(enter(name, name.isupper())) for name in "abCD"]
        await asyncio.sleep(0)
        places.give()
        await asyncio.gather(*tasks)
        assert order == ["C", "D", "a", "b"]

    run(work())


def test_who_gives_up_leaves_its_place_to_others() -> None:
    async def work() -> None:
        places = Places(1)
        await places.take()
        early, late = (asyncio.create_task(places.take()) for _ in range(2))
        await asyncio.sleep(0)
        places.give()
        early.cancel()  # its turn had come, and it had not seen it
        await late
        places.give()
        await places.take()

    run(work())


def test_an_answer_that_comes_late_waits_for_a_place() -> None:
    async def work() -> None:
        slots, order = Slots(1, 1, 1), list[str]()

        async def late() -> None:
            async with slots.slot("late") as slot:
                await asyncio.sleep(0.1)
                order.append("late answers")
                slot.answered()
                await (slot.turn() or asyncio.sleep(0))
                order.append("late reads")

        async def other() -> None:
            async with slots.slot("other") as slot:
                slot.answered()
                assert slot.turn() is None
                order.append("other reads")
                await asyncio.sleep(0.2)
                order.append("other is done")

        await asyncio.gather(late(), other())
        assert order == ["other reads", "late answers", "other is done", "late reads"]

    run(work())


def test_a_host_that_never_answered_holds_no_place_of_others_and_one_that_answers_is_like_others() -> None:
    async def work() -> None:
        slots = Slots(1, 2, 9)
        async with slots.slot("silent"), slots.slot("other") as other:  # once the first has made room
            other.answered()
            await (other.turn() or asyncio.sleep(0))
            async with slots.slot("silent") as silent:  # although the only place is taken
                slots.heard("silent", True)
                silent.answered()
                late = asyncio.create_task(silent.turn())
                waits = asyncio.create_task(slots.slot("silent").__aenter__())
                await asyncio.sleep(0.05)
                assert not late.done()
                assert not waits.done()
                other.leave()
                await late
        await waits

    run(work())


def test_without_room_to_wait_places_are_kept() -> None:
    async def work() -> None:
        slots = Slots(1, 0, 9)
        for _ in range(2):
            async with slots.slot("silent"):
                other = asyncio.create_task(slots.slot("other").__aenter__())
                await asyncio.sleep(0.05)
                assert not other.done()
                other.cancel()

    run(work())


def test_a_host_has_its_share_of_either_room() -> None:
    async def work() -> None:
        slots = Slots(4, 4, 2)
        async with slots.slot("silent"), slots.slot("silent"):
            await asyncio.sleep(0.05)
            third = asyncio.create_task(slots.slot("silent").__aenter__())
            await asyncio.sleep(0.05)
            assert not third.done()
        await third

    run(work())
