from grading.models.incident import Incident
from grading.models.mark import Assessment, CriterionMark, Mark, Release
from grading.models.proposal import Proposal, ProposalDecision, ProposalDraft
from grading.models.quiz import AcceptedAnswer
from grading.models.regrade import Regrade, RegradeItem
from grading.models.run import CheckResult, Run, RunOutput
from grading.models.solution_run import SolutionRun
from grading.models.submission import Draft, DraftVersion, Submission
from grading.models.worker import Worker

__all__ = [
    "AcceptedAnswer",
    "Assessment",
    "CheckResult",
    "CriterionMark",
    "Draft",
    "DraftVersion",
    "Incident",
    "Mark",
    "Proposal",
    "ProposalDecision",
    "ProposalDraft",
    "Regrade",
    "RegradeItem",
    "Release",
    "Run",
    "RunOutput",
    "SolutionRun",
    "Submission",
    "Worker",
]
