from domain.models.datasets import Dataset
from domain.models.installations import Installation
from domain.models.jobs import Job
from domain.models.recommendations import Recommendation
from domain.models.runs import ClusteringRun
from domain.models.segments import Segment

__all__ = ["ClusteringRun", "Dataset", "Installation", "Job", "Recommendation", "Segment"]
