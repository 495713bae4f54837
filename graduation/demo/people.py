"""The people of the demo. All are invented; the school is too."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.roles import Role

PASSWORD = "learning-by-doing"  # noqa: S105  (of a demo on one's own machine, printed at its start)
DOMAIN = "ashdown.example"


@dataclass(frozen=True)
class StaffMember:
    name: str
    email: str
    role: Role


STAFF = [
    StaffMember("Tomasz Zielinski", f"tomasz@{DOMAIN}", Role.TUTOR),
    StaffMember("Priya Raman", f"priya@{DOMAIN}", Role.TUTOR),
    StaffMember("Leila Haddad", f"leila@{DOMAIN}", Role.MODULE_LEADER),
    StaffMember("Olive Marsh", f"office@{DOMAIN}", Role.OFFICE),
    StaffMember("Edwin Vale", f"external@{DOMAIN}", Role.EXTERNAL),
    StaffMember("Ada Finch", f"admin@{DOMAIN}", Role.ADMINISTRATOR),
]

STUDENTS = """
Amara Okafor, Bruno Keller, Chiara Fontana, Dewi Pryce, Elif Aydin, Farid Nazari, Grace Adeyemi, Hamish Drummond,
Ines Carvalho, Jonas Lindqvist, Kavita Joshi, Liam O'Rourke, Mei-Ling Chua, Nadia Petrova, Omar Benali,
Penelope Ashworth, Quentin Marchand, Rosa Delgado, Samuel Osei, Tamsin Blake, Uzma Sheikh, Viktor Novak, Wen Zhao,
Ximena Robles, Yusuf Demir
"""
NAMES = [name.strip() for name in STUDENTS.replace("\n", " ").split(",")]
APPLICANTS = ["Zoe Hartley", "Anders Holm", "Beatriz Lima", "Callum Reid"]
GRADUATES = ["Noor Rahman", "Patrick Byrne", "Sofia Marino", "Daniel Achterberg", "Keiko Tanaka", "Helen Whitmore"]


def email_of(name: str) -> str:
    """amara.okafor@ashdown.example"""
    return (
        "".join(letter for letter in name.lower().replace(" ", ".") if letter.isalnum() or letter in ".-")
        + f"@{DOMAIN}"
    )


def sign_ins(address: str) -> str:
    """What the demo prints once it runs."""
    rows = [("Student, in week 15", email_of(NAMES[0])), ("Graduate", email_of(GRADUATES[0]))]
    rows += [(member.role.label, member.email) for member in STAFF]
    lines = [f"    {who:<22} {email}" for who, email in rows]
    return "\n".join(
        [
            "",
            f"Pathway runs at {address}",
            "",
            *lines,
            "",
            f"    Password of all: {PASSWORD}",
            "",
            "Ctrl-C stops it.",
            "",
        ]
    )
