"""What each permission allows, as an administrator reads it before granting a role."""

from accounts.roles import Permission

P = Permission
WORDS: dict[Permission, str] = {
    P.READ_PROGRAMME: "read every module, lesson and assignment",
    P.HAND_IN: "hand in work",
    P.SEE_WORK: "see what students handed in, by candidate number",
    P.MARK_WORK: "mark work and write comments",
    P.SEE_PROPOSALS: "read the proposals of projects, by candidate number",
    P.DECIDE_PROPOSALS: "approve proposals, ask for changes, decline them",
    P.CONFIRM_EVIDENCE: "confirm agreements and training that data demand",
    P.RELEASE_MARKS: "release marks and feedback to students",
    P.SEE_RECORDS: "see the records of students: names, enrolments, marks, awards",
    P.MANAGE_COHORT: "create cohorts, decide applications, grant extensions",
    P.RECORD_MARKS: "record marks that a board has confirmed",
    P.DECIDE_AWARDS: "put awards to the board and confirm them",
    P.ISSUE_CERTIFICATES: "issue and revoke certificates",
    P.TRY_SOLUTIONS: "try the reference and wrong solutions of assignments",
    P.SEE_REVISIONS: "read and compare the revisions of the programme",
    P.MOVE_COHORT: "move cohorts to another revision",
    P.MANAGE_PEOPLE: "give roles to people and take them away, administrator included",
    P.SEE_AUDIT: "read the audit log",
    P.WRITE_INCIDENTS: "write on the status page what did not work",
}
