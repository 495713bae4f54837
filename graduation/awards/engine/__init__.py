"""From a profile to an outcome, rules 3 to 8, 11 and 16. Pure: one profile and one version always give one decision.

Where the rules leave room, they are read so:
- A resit in the profile is evidence that it was granted: the second board does not ask again whether the first would
  have compensated the module. But more than the referral limit failed at the first sit is Fail, whatever was resat.
- A resit counts as sat, for uplift and for the limit of rule 8, whatever it scored.
- Misconduct stays on record after a resit has cleared its zero: it still bars uplift and blocks Distinction.
- A failed module with misconduct is not compensated, even if its mark is not zero.
- Uplift asks for a mark in its module; if that one was recognised for prior learning, there is no uplift.
- An open case comes before withdrawal, withdrawal before lapsed registration. Without a board nothing is compensated.
"""

# The arithmetic of marks is courses.marks, where grading reaches it too.
from courses.marks import ModuleMark, agreed_mark, auto_mark, component_mark, module_mark
from graduation.awards.engine.board import decide, turning_points
from graduation.awards.engine.decision import Decision, Outcome, Step, Turn
from graduation.awards.engine.profile import Problem, Profile, ProfileError, problems

__all__ = [
    "Decision",
    "ModuleMark",
    "Outcome",
    "Problem",
    "Profile",
    "ProfileError",
    "Step",
    "Turn",
    "agreed_mark",
    "auto_mark",
    "component_mark",
    "decide",
    "module_mark",
    "problems",
    "turning_points",
]
