from domain.models.accounts import Account, ApiKey, RefreshToken, Session
from domain.models.audiences import Audience
from domain.models.auditing import AuditEvent
from domain.models.competitions import ComparedTraining, TrainingComparison
from domain.models.datasets import Dataset
from domain.models.installations import Installation
from domain.models.jobs import Job
from domain.models.limiting import RateWindow
from domain.models.predictions import DatasetPrediction, RememberedPrediction
from domain.models.profiles import CustomerProfile, ProfilePlacement
from domain.models.recommendations import Recommendation
from domain.models.registering import ModelVersion, Promotion, RegisteredModel
from domain.models.runs import ClusteringRun
from domain.models.segments import Segment

__all__ = [
    "Account",
    "ApiKey",
    "Audience",
    "AuditEvent",
    "ClusteringRun",
    "ComparedTraining",
    "CustomerProfile",
    "Dataset",
    "DatasetPrediction",
    "Installation",
    "Job",
    "ModelVersion",
    "ProfilePlacement",
    "Promotion",
    "RateWindow",
    "Recommendation",
    "RefreshToken",
    "RegisteredModel",
    "RememberedPrediction",
    "Segment",
    "Session",
    "TrainingComparison",
]
