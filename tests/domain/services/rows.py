"""Rows to put into a database, where a test is about rows and not about where they come from."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from domain.models import (
    Account,
    ApiKey,
    AuditEvent,
    ClusteringRun,
    Dataset,
    Job,
    RateWindow,
    Recommendation,
    RefreshToken,
    Segment,
    Session,
)
from domain.services.identities import new_id, now
from domain.terms.access import AccountKind, Role, Viewer, ViewerKind
from domain.terms.algorithms import Algorithm, KMeansSettings
from domain.terms.auditing import AuditOutcome
from domain.terms.columns import Column, ColumnRole, Histogram, NumericSummary, RoleOverride
from domain.terms.imports import ImportReport, TableFormat
from domain.terms.jobs import JobKind
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.recommendations import Priority, RecommendationKind
from domain.terms.training import TrainingParameters

AGES = NumericSummary(20, 65, 42.5, 15.14, 42.5, Histogram((20, 65), (10,)))

LONG_AGO = timedelta(days=1)
"""Longer than any lease."""


async def a_dataset(**values: Any) -> Dataset:
    """A dataset of ten rows, without a table in the storage."""
    columns = (
        Column("age", ColumnRole.NUMERIC, "numbers", 0, 10, AGES, ()),
        Column("note", ColumnRole.TEXT, "long texts", 0, 10, None, ()),
    )
    report = ImportReport(TableFormat.CSV, "utf-8", ",", 10, 0, ())
    given = {"name": "customers", "row_count": 10, "columns": columns, "import_report": report, **values}
    return await Dataset.create(id=new_id(), checksum="0" * 64, size_in_bytes=100, created_at=now(), **given)


async def a_job(**values: Any) -> Job:
    """A queued training job."""
    given = {"kind": JobKind.TRAIN, "stage": "QUEUED", **values}
    return await Job.create(id=new_id(), created_at=now(), **given)


async def a_running_job(owner: UUID | None = None, **values: Any) -> Job:
    """A job that a process has begun, and not been heard of for long."""
    given = {"status": "RUNNING", "attempt": 1, "beat_at": now() - LONG_AGO, "started_at": now() - LONG_AGO}
    return await a_job(owner=owner or uuid4(), **given | values)


async def a_run(job: Job, dataset: Dataset | None = None, **values: Any) -> ClusteringRun:
    """A run of a job, on a dataset."""
    dataset = dataset or await a_dataset()
    parameters = TrainingParameters(
        KMeansSettings(2), (RoleOverride("age", ColumnRole.NUMERIC),), pca=None, seed=0
    )
    given = {"algorithm": Algorithm.KMEANS, "parameters": parameters, "fingerprint": "0" * 64, **values}
    return await ClusteringRun.create(
        id=new_id(), dataset_id=dataset.id, job_id=job.id, created_at=now(), **given
    )


async def a_segment(run: ClusteringRun, index: int, name: str, **values: Any) -> Segment:
    """A segment of a run, with the name that was generated for it."""
    return await Segment.create(
        id=new_id(),
        run_id=run.id,
        index=index,
        name=name,
        generated_name=name,
        color=SEGMENT_COLORS[index],
        size=5,
        share=0.5,
        centroid=(),
        characteristics=(),
        **values,
    )


async def a_recommendation(segment: Segment) -> Recommendation:
    """A recommendation for a segment."""
    return await Recommendation.create(
        id=new_id(),
        segment_id=segment.id,
        position=0,
        kind=RecommendationKind.RETAIN,
        title="Keep them",
        action="Thank {segment}",
        rationale="They stay",
        priority=Priority.HIGH,
    )


async def an_account(**values: Any) -> Account:
    """A person's active account with the role USER, and a password that nobody knows."""
    username = values.get("username", f"person-{uuid4().hex[:8]}")
    given = {
        "kind": AccountKind.PERSON,
        "username": username,
        "username_key": username.casefold(),
        "password_hash": "of no password",
        "role": Role.USER,
        "active": True,
        **values,
    }
    return await Account.create(id=new_id(), created_at=now(), **given)


async def a_session(account: Account | None = None, **values: Any) -> Session:
    """A sign-in that holds for a day, of an account."""
    account = account or await an_account()
    moment = now()
    given = {
        "expires_at": moment + timedelta(days=1),
        "last_used_at": moment,
        "address": "127.0.0.1",
        **values,
    }
    return await Session.create(id=new_id(), account_id=account.id, created_at=moment, **given)


async def a_refresh_token(session: Session, **values: Any) -> RefreshToken:
    """A refresh token of a session, that has not been used."""
    given = {"token_hash": sha256(uuid4().bytes).hexdigest(), **values}
    return await RefreshToken.create(session_id=session.id, issued_at=now(), **given)


async def a_key(account: Account | None = None, **values: Any) -> ApiKey:
    """An API key of an account, with the role USER, that does not expire."""
    account = account or await an_account()
    given = {
        "name": "reports",
        "role": Role.USER,
        "prefix": "sg_01234567",
        "token_hash": sha256(uuid4().bytes).hexdigest(),
        **values,
    }
    return await ApiKey.create(id=new_id(), account_id=account.id, created_at=now(), **given)


async def an_audit_event(account: Account | None = None, **values: Any) -> AuditEvent:
    """An entry of the audit: somebody has signed in."""
    given = {
        "action": "signIn",
        "outcome": AuditOutcome.SUCCEEDED,
        "actor_id": account and account.id,
        "actor_name": account and account.username,
        "actor_kind": account and ViewerKind.USER,
        "address": "127.0.0.1",
        "request_id": uuid4().hex,
        **values,
    }
    return await AuditEvent.create(id=new_id(), at=now(), **given)


async def a_rate_window(**values: Any) -> RateWindow:
    """A window of a limit that something was used of."""
    given = {"key": uuid4().hex, "amount": 1, "expires_at": now().timestamp() + 60, **values}
    return await RateWindow.create(**given)


def viewer_of(account: Account, key: ApiKey | None = None, **values: Any) -> Viewer:
    """An account as it asks: signed in, or by one of its keys."""
    given = {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "role": account.role if key is None else key.role.at_most(account.role),
        "kind": ViewerKind.USER if key is None else ViewerKind.API_KEY,
        "key_id": key and key.id,
        "expires_at": key and key.expires_at,
        "rate_limit": key and key.rate_limit,
        **values,
    }
    return Viewer(**given)
