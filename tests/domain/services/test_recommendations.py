"""Recommendations that are made anew, and their reviews."""

import asyncio
from uuid import UUID, uuid4

import pytest
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, TooLarge
from domain.models import ClusteringRun, Recommendation, Segment
from domain.playbook.reader import MOST_BYTES
from domain.services import reviews, runs
from domain.services.recommendations import carry_over, generate
from domain.services.reviews import NOTE_LENGTH, review
from domain.services.runtime import Runtime
from domain.terms.recommendations import ReviewStatus
from domain.terms.segments import Characteristic
from tests.domain.services.rows import a_dataset, a_job, a_recommendation, a_run, a_segment
from tests.domain.services.working import trained, uploaded

SPEND = Characteristic("", "total spend", None, 90.0, 50.0, 0.8)
QUIET = Characteristic("", "recency", None, 200.0, 90.0, 0.9)

OWN = """
[[play]]
id = "own"
kind = "REWARD"
title = "Our own"
action = "Do our own thing for “{segment}”."
channel = "Post"
measure = "Answers within a month."
priority = "HIGH"
when = [{ meaning = "spend", direction = "high" }]
"""


async def described(run: ClusteringRun, index: int, *traits: Characteristic, **values: object) -> Segment:
    """Make a segment that something sets apart."""
    segment = await a_segment(run, index, f"S{index}", **values)
    segment.characteristics = traits
    await segment.save()
    return segment


async def a_finished_run() -> ClusteringRun:
    """Make a run of two segments: big spenders who went quiet, and everybody else."""
    run = await a_run(await a_job(status="SUCCEEDED"))
    await described(run, 0, SPEND, QUIET)
    await described(run, 1)
    return run


async def listed(run: ClusteringRun) -> list[Recommendation]:
    """Read the recommendations as clients see them."""
    return await Recommendation.filter(segment__run_id=run.id, position__gte=0).order_by("position")


async def plays(run: ClusteringRun) -> list[str]:
    return [str(row.play) for row in await listed(run)]


async def of_play(run: ClusteringRun, play: str) -> Recommendation:
    (found,) = [row for row in await listed(run) if row.play == play]
    return found


def mistakes(caught: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Exception], tuple[str, ...]]]:
    return [(type(each), each.path) for each in caught.value.exceptions if isinstance(each, DomainError)]


async def test_recommendations_are_made_of_the_rows_of_the_segments(runtime: Runtime) -> None:
    run = await a_finished_run()
    assert (await generate(runtime, run.id)).id == run.id
    first, other = await listed(run)
    assert (first.play, first.priority, first.position) == ("win-back-lapsed-big-spenders", "HIGH", 0)
    assert (first.channel, first.figures) == ("Letter, then phone", (QUIET, SPEND))
    assert str(first.measure).startswith("Share of them who buy again")
    assert "{segment}" in first.action
    assert (other.play, other.figures, other.position) == ("keep-the-middle-in-the-programme", (), 1)


async def test_made_again_they_keep_their_ids_and_reviews(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    before = await listed(run)
    noted = await review(before[0].id, ReviewStatus.ACCEPTED, "Anna does it")
    await generate(runtime, run.id)
    after = await listed(run)
    assert [row.id for row in after] == [row.id for row in before]
    assert (after[0].review_status, after[0].review_note) == (ReviewStatus.ACCEPTED, "Anna does it")
    assert after[0].reviewed_at == noted.reviewed_at is not None
    assert after[1].review_status is None
    assert await Recommendation.all().count() == 2


async def test_a_given_playbook_extends_the_servers_or_stands_alone(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id, OWN)
    assert await plays(run) == ["win-back-lapsed-big-spenders", "own", "keep-the-middle-in-the-programme"]
    await generate(runtime, run.id, OWN, extend=False)
    assert await plays(run) == ["own", "ask-about-a-number", "keep-the-middle-in-the-programme"]
    await generate(runtime, run.id)
    assert await plays(run) == ["win-back-lapsed-big-spenders", "keep-the-middle-in-the-programme"]


async def test_the_operators_playbook_is_the_servers(runtime: Runtime) -> None:
    object.__setattr__(runtime, "playbook", OWN)
    run = await a_finished_run()
    await generate(runtime, run.id)
    assert "own" in await plays(run)
    await generate(runtime, run.id, 'disabled = ["own"]')
    assert "own" not in await plays(run)


async def test_a_reviewed_one_that_is_not_made_is_set_aside_and_comes_back(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id, OWN)
    kept = await of_play(run, "own")
    await review(kept.id, ReviewStatus.DISMISSED, "Too dear")
    for _ in range(2):
        await generate(runtime, run.id)
        assert "own" not in await plays(run)
    await generate(runtime, run.id, OWN)
    back = await of_play(run, "own")
    assert (back.id, back.review_status, back.review_note) == (kept.id, ReviewStatus.DISMISSED, "Too dear")
    assert await Recommendation.all().count() == 3


async def test_several_that_are_set_aside_come_back(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    for row in await listed(run):
        await review(row.id, ReviewStatus.ACCEPTED)
    every = 'disabled = ["win-back-lapsed-big-spenders", "keep-the-middle-in-the-programme"]\n' + "".join(
        OWN.replace("[[play]]", "[[fallback]]").replace('"own"', '"none"').split("when")[0]
        + 'on = "nothing"\n'
    )
    await generate(runtime, run.id, every)
    assert {row.review_status for row in await listed(run)} == {None}
    await generate(runtime, run.id)
    assert {row.review_status for row in await listed(run)} == {ReviewStatus.ACCEPTED}


async def test_one_made_before_plays_were_noted_is_known_by_its_title(runtime: Runtime) -> None:
    run = await a_finished_run()
    old = await a_recommendation(await Segment.get(run_id=run.id, index=0))
    await Recommendation.filter(id=old.id).update(title="Win back the big spenders who went quiet")
    await review(old.id, ReviewStatus.ACCEPTED, "Under way")
    await generate(runtime, run.id)
    row = await of_play(run, "win-back-lapsed-big-spenders")
    assert (row.id, row.review_note) == (old.id, "Under way")


def of_title(title: str, *plays: tuple[str, str]) -> str:
    """Write a playbook with plays of one title."""
    return "".join(
        OWN.replace('"own"', f'"{play}"').replace("REWARD", kind).replace("Our own", title)
        for play, kind in plays
    )


async def test_an_id_that_is_another_plays_title_gives_its_review_to_nobody(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id, of_title("Any", ("Same words", "REWARD")))
    earlier = await of_play(run, "Same words")
    await review(earlier.id, ReviewStatus.ACCEPTED, "Under way")
    await generate(runtime, run.id, of_title("Same words", ("one", "REWARD"), ("two", "NURTURE")))
    found = [await of_play(run, play) for play in ("one", "two")]
    assert [row.review_status for row in found] == [None, None]
    assert len({row.id for row in found} | {earlier.id}) == 3
    assert (await Recommendation.get(id=earlier.id)).review_note == "Under way"


async def test_an_old_row_is_one_of_two_plays_that_have_its_title(runtime: Runtime) -> None:
    run = await a_finished_run()
    old = await a_recommendation(await Segment.get(run_id=run.id, index=0))
    await Recommendation.filter(id=old.id).update(title="Same words")
    await review(old.id, ReviewStatus.DISMISSED)
    await generate(runtime, run.id, of_title("Same words", ("one", "REWARD"), ("two", "NURTURE")))
    found = [await of_play(run, play) for play in ("one", "two")]
    assert [row.id == old.id for row in found] == [True, False]
    assert [row.review_status for row in found] == [ReviewStatus.DISMISSED, None]


async def test_a_segment_that_is_everybody_and_has_no_characteristics_gets_one(runtime: Runtime) -> None:
    run = await a_run(await a_job(status="SUCCEEDED"))
    segment = await described(run, 0)
    await Segment.filter(id=segment.id).update(share=1.0, size=10)
    await generate(runtime, run.id)
    (only,) = await listed(run)
    assert only.play == "find-what-tells-them-apart"
    assert only.rationale.startswith("The segment has 10 customers, 100 % of all in a segment.")


WRONG: list[tuple[str | None, bool, type[DomainError], str]] = [
    ("[[play]]\nid = ?", True, Invalid, "line 2"),
    (OWN.replace("HIGH", "LATE"), False, Invalid, "In play 'own', 'priority'"),
    ("", True, Invalid, "The playbook is empty"),
    ("#" * (MOST_BYTES + 1), True, TooLarge, "262,144 at most"),
    (None, False, Invalid, "give a playbook"),
    ("\ud800", True, Invalid, "not TOML"),
]


async def test_a_wrong_playbook_changes_nothing(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    before = await listed(run)
    for playbook, extend, kind, words in WRONG:
        with pytest.raises(Refused) as caught:
            await generate(runtime, run.id, playbook, extend)
        assert mistakes(caught) == [(kind, ("input", "playbook"))]
        assert words in str(caught.value.exceptions[0])
    assert [(row.id, row.play, row.action) for row in await listed(run)] == [
        (row.id, row.play, row.action) for row in before
    ]


async def test_a_run_that_has_not_succeeded_or_is_not_there_is_refused(runtime: Runtime) -> None:
    queued = await a_run(await a_job())
    for run_id, kind in ((queued.id, Conflict), (uuid4(), NotFound), (None, NotFound)):
        with pytest.raises(Refused) as caught:
            await generate(runtime, run_id, "")
        assert mistakes(caught) == [(kind, ("input", "runId")), (Invalid, ("input", "playbook"))]


async def test_a_review_replaces_the_one_before_and_is_taken_back(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    key = (await listed(run))[0].id

    async def kept() -> tuple[ReviewStatus | None, str | None, bool]:
        row = await Recommendation.get(id=key)
        return row.review_status, row.review_note, row.reviewed_at is not None

    await review(key, ReviewStatus.ACCEPTED, "  In May,\nby Anna  ")
    assert await kept() == (ReviewStatus.ACCEPTED, "In May,\nby Anna", True)
    await review(key, ReviewStatus.DISMISSED)
    assert await kept() == (ReviewStatus.DISMISSED, None, True)
    await review(key, None, "  ")
    assert await kept() == (None, None, False)


UNFIT: list[tuple[ReviewStatus | None, str, str]] = [
    (None, "why", "a note goes with a status"),
    (ReviewStatus.ACCEPTED, "x" * (NOTE_LENGTH + 1), "2,001 characters: 2,000 at most"),
    (ReviewStatus.ACCEPTED, "a\x00b", "control characters"),
    (ReviewStatus.ACCEPTED, "\ud800", "control characters"),
]


async def test_a_note_that_cannot_be_kept_changes_nothing(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    row = (await listed(run))[0]
    await review(row.id, ReviewStatus.DISMISSED, "as it was")
    for status, note, words in UNFIT:
        with pytest.raises(Refused) as caught:
            await review(row.id, status, note)
        assert mistakes(caught) == [(Invalid, ("input", "note"))]
        assert words in str(caught.value.exceptions[0])
    assert (await Recommendation.get(id=row.id)).review_note == "as it was"


@pytest.mark.usefixtures("runtime")
async def test_what_is_not_there_cannot_be_reviewed() -> None:
    for key in (None, UUID(int=0)):
        with pytest.raises(Refused) as caught:
            await review(key, ReviewStatus.ACCEPTED)
        assert mistakes(caught) == [(NotFound, ("input", "id"))]


@pytest.mark.usefixtures("runtime")
async def test_a_status_that_was_left_out_is_told_with_all_else_that_is_wrong() -> None:
    with pytest.raises(Refused) as caught:
        await review(None, None, "x" * (NOTE_LENGTH + 1), status_given=False)
    assert mistakes(caught) == [
        (Invalid, ("input", "status")),
        (Invalid, ("input", "note")),
        (NotFound, ("input", "id")),
    ]
    assert "2,000 at most" in str(caught.value.exceptions[1])


async def test_reviews_and_generations_at_once_lose_nothing(runtime: Runtime) -> None:
    run = await a_finished_run()
    await generate(runtime, run.id)
    first, second = await listed(run)
    await asyncio.gather(
        generate(runtime, run.id),
        reviews.review(first.id, ReviewStatus.ACCEPTED, "one"),
        generate(runtime, run.id, OWN),
        reviews.review(second.id, ReviewStatus.DISMISSED, "two"),
        generate(runtime, run.id),
    )
    notes = {row.id: row.review_note for row in await Recommendation.filter(review_status__isnull=False)}
    assert notes == {first.id: "one", second.id: "two"}


async def test_reviews_go_over_to_the_segments_that_continue_theirs(runtime: Runtime) -> None:
    dataset = await a_dataset()
    earlier = await a_run(await a_job(status="SUCCEEDED"), dataset)
    here = await described(earlier, 0, SPEND, QUIET)
    await described(earlier, 1)
    await generate(runtime, earlier.id, OWN)
    for play in ("own", "win-back-lapsed-big-spenders", "keep-the-middle-in-the-programme"):
        await review((await of_play(earlier, play)).id, ReviewStatus.ACCEPTED, play)

    later = await a_run(await a_job(status="SUCCEEDED"), dataset)
    there = await described(later, 0, SPEND, QUIET, previous_id=here.id)
    new = await described(later, 1)
    advice = [
        Recommendation(
            id=uuid4(),
            segment_id=segment.id,
            position=position,
            play=play,
            kind="WIN_BACK",
            title="T",
            action="A",
            rationale="R",
            priority="LOW",
        )
        for position, (segment, play) in enumerate(
            [
                (there, "win-back-lapsed-big-spenders"),
                (there, "another"),
                (new, "keep-the-middle-in-the-programme"),
            ]
        )
    ]
    async with in_transaction():
        await carry_over(advice, [there, new])
        await Recommendation.bulk_create(advice)

    assert [(row.play, row.review_note) for row in await listed(later)] == [
        ("win-back-lapsed-big-spenders", "win-back-lapsed-big-spenders"),
        ("another", None),
        ("keep-the-middle-in-the-programme", None),
    ]
    await generate(runtime, later.id, OWN)
    assert (await of_play(later, "own")).review_note == "own"
    assert {row.review_note for row in await listed(earlier)} == {
        "own",
        "win-back-lapsed-big-spenders",
        "keep-the-middle-in-the-programme",
    }


async def test_reviews_survive_a_retraining(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    first = await trained(runtime, dataset)
    before = await listed(first)
    for row in before:
        await review(row.id, ReviewStatus.ACCEPTED, str(row.play))
    second = await trained(runtime, dataset, seed=7)
    after = await listed(second)
    assert [(row.play, row.review_note) for row in after] == [(row.play, row.play) for row in before]
    assert {row.id for row in after}.isdisjoint(row.id for row in before)
    assert all(row.channel and row.measure and row.figures is not None for row in after)
    await runs.delete(runtime, first.id)
    await generate(runtime, second.id)
    assert [row.id for row in await listed(second)] == [row.id for row in after]
