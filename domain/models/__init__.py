from domain.models.accounts import Account, ApiKey, RefreshToken, Session
from domain.models.auditing import AuditEvent
from domain.models.datasets import Dataset
from domain.models.installations import Installation
from domain.models.jobs import Job
from domain.models.limiting import RateWindow
from domain.models.recommendations import Recommendation
from domain.models.runs import ClusteringRun
from domain.models.segments import Segment

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "ClusteringRun",
    "Dataset",
    "Installation",
    "Job",
    "RateWindow",
    "Recommendation",
    "RefreshToken",
    "Segment",
    "Session",
]
