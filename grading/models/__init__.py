from grading.models.incident import Incident
from grading.models.mark import Assessment, CriterionMark, Mark, Release
from grading.models.proposal import Proposal, ProposalDecision, ProposalDraft
from grading.models.quiz import AcceptedAnswer
from grading.models.regrade import Regrade, RegradeItem
from grading.models.run import CheckResult, Run
from grading.models.solution_run import SolutionRun
from grading.models.submission import Draft, Submission
from grading.models.worker import Worker

__all__ = [
    "AcceptedAnswer",
    "Assessment",
    "CheckResult",
    "CriterionMark",
    "Draft",
    "Incident",
    "Mark",
    "Proposal",
    "ProposalDecision",
    "ProposalDraft",
    "Regrade",
    "RegradeItem",
    "Release",
    "Run",
    "SolutionRun",
    "Submission",
    "Worker",
]
