"""The main job over HTTP, as a browser does it: from sign-up to a certificate that anyone can check."""

from __future__ import annotations

import hashlib
import re
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from accounts.roles import Role
from graduation.demo.browser import Browser, NoSuchForm, Page
from graduation.demo.people import DOMAIN, PASSWORD, STAFF

ASSIGNMENT = "hospital-death"
MODULE = 4
OTHER_MARKS = {1: 78, 2: 71, 3: 66, 5: 58, 6: 64, 7: 62, 8: 66, 9: 70}


class StepFailed(RuntimeError):
    """A step was not really done; the message says which and what the page said."""


def expect(condition: object, message: str, page: Page | None = None) -> None:
    """Stop the journey unless the condition holds."""
    if not condition:
        said = f"\n  {page.url} answered {page.status}: {page.text[:700]}" if page else ""
        raise StepFailed(f"{message}{said}")


class Journey:
    """One student, a tutor, a module leader and the office, each with a browser of their own."""

    def __init__(self, address: str, mail: Path, report: Callable[[str], object]) -> None:
        self.address = address
        self.mail = mail
        self.report = report
        self.name = "Journey Person"
        self.email = f"journey.{time.time_ns():x}@{DOMAIN}"
        self.student = Browser(address)
        folder = next(Path(settings.PROGRAMME_DIR).glob(f"m*/assignments/{ASSIGNMENT}"))
        self.solution = (folder / "reference" / "analysis.ipynb").read_bytes()

    def run(self) -> None:
        """Every step in order, each with its time. Raises StepFailed."""
        for words, step in (
            ("a visitor signs up", self.sign_up),
            ("confirms the e-mail by the link in it", self.confirm),
            ("signs in", self.sign_in),
            ("enrols in an open cohort", self.enrol),
            ("sees what is next", self.see_what_is_next),
            ("reads a lesson of module 4", self.read_lesson),
            ("gets the starter and the data", self.download),
            ("is told plainly that a file is no notebook", self.upload_rubbish),
            ("uploads the notebook", self.upload),
            ("runs the visible checks in the sandbox", self.run_checks),
            ("submits, and keeps the receipt", self.submit),
            ("watches the run until it is graded", self.watch),
            ("sees nothing hidden before release", self.see_nothing_hidden),
            ("a tutor marks by the rubric", self.mark),
            ("the module leader releases", self.release),
            ("the student reads marks and feedback", self.read_marks),
            ("publishes the piece on the portfolio", self.publish),
            ("the office records the other eight modules", self.record_marks),
            ("decides the award and confirms it", self.award),
            ("issues the certificate", self.issue),
            ("anyone checks it, page and PDF", self.check_certificate),
        ):
            started = time.monotonic()
            try:
                step()
            except NoSuchForm as missing:
                raise StepFailed(f"“{words}” could not be done: {missing}") from missing
            except StepFailed as failed:
                raise StepFailed(f"“{words}” was not done: {failed}") from failed
            self.report(f"  {time.monotonic() - started:6.2f} s  {words}")

    # ---- the student

    def sign_up(self) -> None:
        page = self.student.get("/accounts/signup/")
        page = self.student.submit(
            page, "/accounts/signup/", name=self.name, email=self.email, password1=PASSWORD, password2=PASSWORD
        )
        expect("confirm" in page.url, "sign-up did not ask to confirm the e-mail", page)

    def confirm(self) -> None:
        link = self.link_in_mail("/accounts/confirm-email/")
        page = self.student.get(link)
        page = self.student.submit(page, "/accounts/confirm-email/")
        expect(page.status == 200, "the link did not confirm the address", page)

    def link_in_mail(self, containing: str) -> str:
        """The link in the newest message to this student."""
        messages = sorted(self.mail.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for message in messages:
            text = message.read_text(encoding="utf-8", errors="replace")
            if self.email in text:
                found = re.search(rf"https?://\S*{re.escape(containing)}\S+", text.replace("=\n", ""))
                if found:
                    return urllib.parse.urlsplit(found.group()).path
        raise StepFailed(f"No message to {self.email} holds a link with {containing}.")

    def sign_in(self) -> None:
        page = self.sign_in_as(self.student, self.email)
        expect(self.name in page.text, "the page does not greet the student", page)

    def sign_in_as(self, browser: Browser, email: str) -> Page:
        page = browser.get("/accounts/login/")
        if page.reader.forms and not any("login" in form.fields for form in page.reader.forms):
            return browser.get("/")
        page = browser.submit(page, "/accounts/login/", login=email, password=PASSWORD)
        expect("/accounts/" not in page.url, f"{email} could not sign in", page)
        return page

    def enrol(self) -> None:
        page = self.student.get("/cohorts/")
        for href, _ in page.reader.links:
            target = urllib.parse.urlsplit(urllib.parse.urljoin(page.url, href)).path
            if not re.fullmatch(r"/cohorts/[-\w]+/", target):
                continue
            cohort = self.student.get(target)
            forms = [form for form in cohort.reader.forms if "/enrol/" in form.action]
            if forms and "statement" not in forms[0].fields and not forms[0].disabled:
                self.cohort = target.split("/")[2]
                page = self.student.submit(cohort, "/enrol/")
                expect(page.status == 200, "enrolling did not work", page)
                return
        raise StepFailed("No cohort is open to everybody.")

    def see_what_is_next(self) -> None:
        page = self.student.get("/")
        expect(page.status == 200 and "Your path" in page.text, "the first page does not show the path", page)

    def read_lesson(self) -> None:
        module = self.student.get(f"/cohorts/{self.cohort}/modules/{MODULE}/")
        expect(module.status == 200, "the module cannot be opened", module)
        lesson = next(
            target
            for href, _ in module.reader.links
            if re.search(rf"/modules/{MODULE}/[-\w]+/$", target := urllib.parse.urljoin(module.url, href))
        )
        page = self.student.get(lesson)
        expect((page.status == 200 and b"<math" in page.body) or b"<figure" in page.body, "the lesson is bare", page)
        page = self.student.submit(page, "/read/")
        expect(page.status == 200, "the lesson could not be marked as read", page)

    def assignment(self) -> Page:
        page = self.student.get(f"/cohorts/{self.cohort}/assignments/{ASSIGNMENT}/")
        expect(page.status == 200, "the assignment cannot be opened", page)
        return page

    def download(self) -> None:
        page = self.assignment()
        starter = self.student.get(page.link("/starter/"))
        expect(starter.status == 200 and b'"cells"' in starter.body, "the starter is no notebook", starter)
        data = self.student.get(page.link("/data/"))
        expect(data.status == 200 and data.body.count(b"\n") > 1000, "the data file is not there", data)

    def upload_rubbish(self) -> None:
        page = self.send_file("analysis.ipynb", b"this is not JSON")
        expect("not JSON" in page.text, "the page does not say what is wrong with the file", page)

    def upload(self) -> None:
        page = self.send_file("analysis.ipynb", self.solution)
        expect("Draft kept" in page.text, "the draft was not kept", page)

    def send_file(self, name: str, content: bytes) -> Page:
        page = self.assignment()
        field = next(field.name for field in page.form("/draft/").fields.values() if field.type == "file")
        return self.student.submit(page, "/draft/", files={field: (name, content)})

    def run_checks(self) -> None:
        page = self.student.submit(self.assignment(), "/check/")
        expect(page.status == 200, "the checks were not queued", page)
        run = self.run_of(page)
        page = self.wait_for(run)
        expect("No attempt used" in page.text and "5 of 5" in page.text, "the visible checks did not all pass", page)

    def run_of(self, page: Page) -> str:
        """The address of the run's fragment on the page."""
        found = re.search(r"/runs/[-0-9a-f]{36}/", page.body.decode())
        expect(found, "the page shows no run", page)
        assert found
        return found.group()

    def wait_for(self, run: str, seconds: float = 120) -> Page:
        """Ask for the run, as the page does each second, until it is over."""
        end = time.monotonic() + seconds
        while True:
            page = self.student.get(run)
            expect(page.status == 200, "the run cannot be seen", page)
            if "every 1s" not in page.body.decode():
                return page
            expect(time.monotonic() < end, f"the run was not over after {seconds:.0f} s", page)
            time.sleep(0.25)

    def submit(self) -> None:
        page = self.student.submit(self.assignment(), "/submit/", confirm="on")
        expect(re.search(r"/work/[-0-9a-f]{36}/", page.url), "the work was not submitted", page)
        self.work = re.search(r"/work/[-0-9a-f]{36}/", page.url).group()  # type: ignore[union-attr]
        self.graded_run = self.run_of(page)
        receipt = self.student.get(f"{self.work}receipt/")
        expect(
            hashlib.sha256(self.solution).hexdigest() in receipt.text, "the receipt lacks the file's SHA-256", receipt
        )

    def watch(self) -> None:
        page = self.wait_for(self.graded_run)
        expect("completed" in page.text, "grading did not run to the end", page)

    def see_nothing_hidden(self) -> None:
        page = self.student.get(self.work)
        expect("AUROC between" not in page.text and "100.00" not in page.text, "a hidden check can be seen", page)

    def read_marks(self) -> None:
        page = self.student.get(self.work)
        expect("100.00" in page.text, "the reference solution did not get full auto marks", page)
        expect("Argued from the brief" in page.text, "the tutor's feedback is not there", page)

    def publish(self) -> None:
        code = self.work.split("/")[2]
        page = self.student.get("/portfolio/")
        slug = f"journey-{time.time_ns():x}"
        page = self.student.submit(page, "/portfolio/", slug=slug, headline="Works through the main job")
        page = self.student.get(f"/portfolio/artefacts/{code}/")
        page = self.student.submit(
            page, f"/portfolio/artefacts/{code}/", title="Who dies in hospital, and how sure we are"
        )
        page = self.student.get(f"/portfolio/artefacts/{code}/")
        page = self.student.submit(page, "/publish/")
        public = Browser(self.address).get(f"/portfolio/{slug}/")
        expect(public.status == 200 and "Who dies in hospital" in public.text, "the portfolio is not public", public)

    # ---- the staff

    def staff(self, role: Role) -> Browser:
        browser = Browser(self.address)
        self.sign_in_as(browser, next(member.email for member in STAFF if member.role == role))
        return browser

    def mark(self) -> None:
        tutor = self.staff(Role.TUTOR)
        waiting = tutor.get("/marking/")
        expect(waiting.status == 200, "the tutor cannot see what waits", waiting)
        code = self.work.split("/")[2]
        expect(f"/marking/{code}/" in waiting.body.decode(), "the work is not among what waits", waiting)
        expect(self.name not in waiting.text, "the tutor sees the student's name", waiting)
        desk = tutor.get(f"/marking/{code}/")
        form = desk.form(f"/marking/{code}/")
        levels = {name: "75" for name, field in form.fields.items() if field.type == "radio"}
        texts = {
            name: "Argued from the brief, not from habit." for name, f in form.fields.items() if f.type == "textarea"
        }
        expect(len(levels) >= 4, "the rubric is not on the desk", desk)
        page = tutor.submit(desk, f"/marking/{code}/", None, **levels, **texts)
        expect(page.status == 200, "the marks were not saved", page)

    def release(self) -> None:
        leader = self.staff(Role.MODULE_LEADER)
        page = leader.get(f"/marking/{self.cohort}/{ASSIGNMENT}/release/")
        page = leader.submit(page, "/release/")
        expect(page.status == 200, "nothing was released", page)

    def record_marks(self) -> None:
        self.office = self.staff(Role.OFFICE)
        page = self.office.get(f"/office/cohorts/{self.cohort}/")
        row = re.search(rf"{re.escape(self.email)}.*?(/office/enrolments/\d+/)", page.body.decode(), re.DOTALL)
        expect(row, "the office does not find the student", page)
        assert row
        self.record = row.group(1)
        for module, mark in OTHER_MARKS.items():
            page = self.office.submit(
                self.office.get(self.record),
                f"{self.record}mark/",
                module=module,
                mark=mark,
                reason="Assessed in the skills laboratory.",
            )
            expect(page.status == 200, f"the mark of module {module} was not recorded", page)

    def award(self) -> None:
        page = self.office.submit(self.office.get(self.record), f"{self.record}decide/")
        expect(page.status == 200, "the award was not decided", page)
        page = self.office.submit(self.office.get(self.record), f"{self.record}confirm/")
        expect(page.status == 200, "the award was not confirmed", page)

    def issue(self) -> None:
        page = self.office.submit(self.office.get(self.record), f"{self.record}issue/")
        found = re.search(r"/certificates/[0-9a-z]+/", page.body.decode())
        expect(found, "no certificate was issued", page)
        assert found
        self.certificate = found.group()

    def check_certificate(self) -> None:
        anyone = Browser(self.address)
        page = anyone.get(self.certificate)
        for words in (self.name, "Valid", "Supervised Machine Learning", "60"):
            expect(words in page.text, f"the certificate's page does not say “{words}”", page)
        pdf = anyone.get(f"{self.certificate.rstrip('/')}.pdf")
        expect(pdf.status == 200 and pdf.body.startswith(b"%PDF-"), "the PDF is not there", pdf)
