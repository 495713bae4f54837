"""Who may do what. A diff of this file is a security review. Short names are what the database keeps."""

from enum import StrEnum

from django.db.models import TextChoices


class Permission(StrEnum):
    """One thing that somebody may do, asked for by views and querysets."""

    READ_PROGRAMME = "read_programme"
    HAND_IN = "hand_in"
    SEE_WORK = "see_work"
    MARK_WORK = "mark_work"
    SEE_PROPOSALS = "see_proposals"
    DECIDE_PROPOSALS = "decide_proposals"
    RELEASE_MARKS = "release_marks"
    SEE_RECORDS = "see_records"
    MANAGE_COHORT = "manage_cohort"
    RECORD_MARKS = "record_marks"
    DECIDE_AWARDS = "decide_awards"
    ISSUE_CERTIFICATES = "issue_certificates"
    TRY_SOLUTIONS = "try_solutions"
    CONFIRM_EVIDENCE = "confirm_evidence"
    SEE_REVISIONS = "see_revisions"
    MOVE_COHORT = "move_cohort"
    MANAGE_PEOPLE = "manage_people"
    SEE_AUDIT = "see_audit"
    WRITE_INCIDENTS = "write_incidents"


class Role(TextChoices):
    """Granted site-wide (accounts.SiteRole) or for one cohort (courses.CohortRole). An enrolment makes a student."""

    STUDENT = "student", "Student"
    TUTOR = "tutor", "Tutor"
    MODULE_LEADER = "module_leader", "Module leader"
    OFFICE = "office", "Programme office"
    EXTERNAL = "external", "External examiner"
    ADMINISTRATOR = "administrator", "Administrator"


P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.STUDENT: frozenset({P.READ_PROGRAMME, P.HAND_IN}),
    Role.TUTOR: frozenset(
        {P.READ_PROGRAMME, P.SEE_WORK, P.MARK_WORK, P.SEE_PROPOSALS, P.DECIDE_PROPOSALS, P.SEE_REVISIONS}
    ),
    Role.MODULE_LEADER: frozenset(
        {
            P.READ_PROGRAMME,
            P.SEE_WORK,
            P.MARK_WORK,
            P.SEE_PROPOSALS,
            P.DECIDE_PROPOSALS,
            P.RELEASE_MARKS,
            P.SEE_RECORDS,
            P.TRY_SOLUTIONS,
            P.CONFIRM_EVIDENCE,
            P.SEE_REVISIONS,
            P.MOVE_COHORT,
        }
    ),
    Role.OFFICE: frozenset(
        {
            P.READ_PROGRAMME,
            P.SEE_RECORDS,
            P.SEE_PROPOSALS,
            P.RELEASE_MARKS,
            P.CONFIRM_EVIDENCE,
            P.MANAGE_COHORT,
            P.RECORD_MARKS,
            P.DECIDE_AWARDS,
            P.ISSUE_CERTIFICATES,
            P.WRITE_INCIDENTS,
            P.SEE_REVISIONS,
            P.MOVE_COHORT,
        }
    ),
    Role.EXTERNAL: frozenset({P.READ_PROGRAMME, P.SEE_WORK, P.SEE_RECORDS}),
    Role.ADMINISTRATOR: frozenset(
        {
            P.READ_PROGRAMME,
            P.MANAGE_PEOPLE,
            P.SEE_AUDIT,
            P.MANAGE_COHORT,
            P.TRY_SOLUTIONS,
            P.SEE_REVISIONS,
            P.MOVE_COHORT,
            P.WRITE_INCIDENTS,
        }
    ),
}


def roles_with(permission: Permission) -> list[Role]:
    """Every role that carries the permission."""
    return [role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions]
