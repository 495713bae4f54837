from grading.models.mark import Assessment, CriterionMark, Mark, Release
from grading.models.proposal import Proposal, ProposalDecision, ProposalDraft
from grading.models.regrade import Regrade, RegradeItem
from grading.models.run import CheckResult, Run
from grading.models.solution_run import SolutionRun
from grading.models.submission import Draft, Submission

__all__ = [
    "Assessment",
    "CheckResult",
    "CriterionMark",
    "Draft",
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
]
