"""The record behind an award, and the actions that write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factories
import pytest

from accounts.models import User
from audit.models import Entry, Event
from courses.models import Assignment, Enrolment
from courses.refusal import Refused
from grading.models import Mark
from graduation.awards.actions import confirm_award, decide_award, record_mark, record_resit
from graduation.awards.models import Award
from graduation.awards.records import profile_of, record_of
from notices.models import Notice


def module(enrolment: Enrolment, number: int) -> Any:
    return record_of(enrolment).modules[number - 1]


def test_an_empty_record_names_who_must_act_for_every_module(amara: Enrolment) -> None:
    record = record_of(amara)
    assert len(record.waiting) == 9
    by_module = {each.rules.id: each.waiting for each in record.modules}
    assert by_module["M4"].what == "nothing handed in"
    assert by_module["M5"].what == "no mark"
    assert "office" in by_module["M5"].who


def test_components_combine_by_the_weights_of_the_regulations(amara: Enrolment, released: Any) -> None:
    released(amara, 4, "90.00", "auto")
    released(amara, 4, "65.00", "rubric")
    found = module(amara, 4)
    assert (found.mark.mark, found.is_released) == (80, True)  # 90 × 60% + 65 × 40%


def test_a_component_below_40_fails_the_module(amara: Enrolment, released: Any) -> None:
    released(amara, 4, "100.00", "auto")
    released(amara, 4, "39.99", "rubric")
    assert module(amara, 4).mark.mark == 49
    assert profile_of(amara).component_fails == {"M4"}


def test_a_component_without_weight_is_not_waited_for(amara: Enrolment, released: Any) -> None:
    released(amara, 1, "71.00", "auto")
    assert module(amara, 1).mark.mark == 71
    assert module(amara, 1).waiting is None


def test_work_that_is_not_marked_by_the_rubric_waits_for_a_marker(amara: Enrolment) -> None:
    work = factories.submission(amara)
    factories.mark(amara, 4, "auto", "80", submission=work)
    assert module(amara, 4).waiting.what == "no mark by the rubric"
    assert module(amara, 4).mark is None


def test_work_that_the_checks_have_not_marked_says_so(amara: Enrolment) -> None:
    factories.submission(amara)
    assert module(amara, 4).waiting.what == "no mark for code"


def test_an_unreleased_mark_is_shown_but_not_decided_on(amara: Enrolment, released: Any) -> None:
    released(amara, 4, "80", "auto")
    factories.mark(amara, 4, "rubric", "60")
    assert module(amara, 4).mark.mark == 72
    assert module(amara, 4).waiting.what == "not released"
    assert profile_of(amara).marks["M4"] is None


def test_a_mark_for_the_module_stands_instead_of_its_components(amara: Enrolment, released: Any) -> None:
    released(amara, 4, "20", "auto")
    released(amara, 4, "55")
    found = module(amara, 4)
    assert (found.mark.mark, found.mark.component_fail) == (55, False)
    assert [each.component for each in found.lineages] == ["module", "auto"]


def test_marks_of_other_students_stay_theirs(amara: Enrolment, bruno: Enrolment, released: Any) -> None:
    released(bruno, 1, 90)
    assert module(amara, 1).mark is None


def test_the_record_costs_the_same_whatever_is_in_it(
    amara: Enrolment, bruno: Enrolment, complete: Any, office: User, django_assert_num_queries: Any
) -> None:
    complete(bruno)
    for value in range(40, 60):
        record_mark(enrolment=bruno, module_number=5, value=Decimal(value), reason="Again.", by=office)
    with django_assert_num_queries(5):
        record_of(Enrolment.objects.select_related("cohort__revision").get(pk=amara.pk))
    with django_assert_num_queries(5):
        record_of(Enrolment.objects.select_related("cohort__revision").get(pk=bruno.pk))


def test_recording_a_mark_supersedes_the_former_and_releases_it(amara: Enrolment, office: User) -> None:
    first = record_mark(enrolment=amara, module_number=5, value=Decimal(58), reason="Oral exam.", by=office)
    second = record_mark(enrolment=amara, module_number=5, value=Decimal(61), reason="Sum was wrong.", by=office)
    assert second.supersedes == first
    assert second.release is not None
    assert [mark.value for mark in module(amara, 5).whole.lineage] == [61, 58]
    assert Entry.objects.filter(event=Event.MARK_RECORDED, by=office).count() == 2
    assert Notice.objects.filter(to=amara.user).count() == 2


def test_recording_the_same_mark_again_changes_nothing(amara: Enrolment, office: User) -> None:
    for _ in range(2):
        record_mark(enrolment=amara, module_number=5, value=Decimal("58.0"), reason=" Oral exam. ", by=office)
    assert Mark.objects.count() == 1
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("value", ["-1", "101", "NaN", "Infinity", "sNaN", "59.5", "1E+3"])
def test_what_is_not_a_whole_mark_is_refused(amara: Enrolment, office: User, value: str) -> None:
    with pytest.raises(Refused, match="whole number from 0 to 100"):
        record_mark(enrolment=amara, module_number=5, value=Decimal(value), reason="Why.", by=office)
    assert not Mark.objects.exists()


def test_a_mark_needs_a_reason_and_a_module_that_exists(amara: Enrolment, office: User) -> None:
    with pytest.raises(Refused, match="Say why"):
        record_mark(enrolment=amara, module_number=5, value=Decimal(50), reason="  ", by=office)
    with pytest.raises(Refused, match="no module 10"):
        record_mark(enrolment=amara, module_number=10, value=Decimal(50), reason="Why.", by=office)


def test_whoever_has_only_applied_gets_no_mark(amara: Enrolment, office: User) -> None:
    Enrolment.objects.filter(pk=amara.pk).update(state=Enrolment.State.APPLIED)
    with pytest.raises(Refused, match="has not begun"):
        record_mark(enrolment=amara, module_number=5, value=Decimal(50), reason="Why.", by=office)


def test_an_award_is_not_decided_while_a_mark_is_missing(amara: Enrolment, complete: Any, office: User) -> None:
    complete(amara, *[60] * 8)
    with pytest.raises(Refused, match=r"M9 \(no mark\) is open"):
        decide_award(enrolment=amara, by=office)
    assert not Award.objects.exists()


def test_an_award_is_not_decided_while_a_mark_is_unreleased(amara: Enrolment, complete: Any, office: User) -> None:
    complete(amara, *[60] * 8)
    factories.mark(amara, 9, "module", "70")
    with pytest.raises(Refused, match=r"M9 \(not released\) is open"):
        decide_award(enrolment=amara, by=office)


def test_a_decision_keeps_profile_mean_and_steps(amara: Enrolment, complete: Any, office: User) -> None:
    award = decide_award(enrolment=complete(amara), by=office)
    assert (award.outcome, award.mean, award.credits) == ("Distinction", Decimal("69.3"), 60)
    award.refresh_from_db()
    assert award.decision["profile"]["marks"]["M4"] == 80
    assert award.decision["uplifted"] is True
    assert any("69.3" in step["text"] for step in award.decision["steps"])
    assert award.decision["turns"]
    assert not Notice.objects.filter(subject__contains="Distinction").exists()


def test_deciding_again_on_the_same_record_gives_the_same_award(amara: Enrolment, complete: Any, office: User) -> None:
    complete(amara)
    assert decide_award(enrolment=amara, by=office) == decide_award(enrolment=amara, by=office)
    assert Award.objects.count() == 1


def test_deciding_after_a_change_supersedes_also_what_was_confirmed(
    amara: Enrolment, confirmed: Any, office: User
) -> None:
    first = confirmed(amara)
    record_mark(enrolment=amara, module_number=9, value=Decimal(69), reason="Sum was wrong.", by=office)
    second = decide_award(enrolment=amara, by=office)
    assert second.supersedes == first
    assert (second.outcome, second.confirmed_at) == ("Merit", None)


def test_confirming_completes_the_enrolment_and_tells_the_student_once(
    amara: Enrolment, complete: Any, office: User
) -> None:
    award = decide_award(enrolment=complete(amara), by=office)
    Notice.objects.all().delete()
    once = confirm_award(award=award, by=office)
    again = confirm_award(award=award, by=office)
    amara.refresh_from_db()
    assert amara.state == Enrolment.State.COMPLETED
    assert once.confirmed_at == again.confirmed_at
    assert Entry.objects.filter(event=Event.AWARD_CONFIRMED).count() == 1
    (notice,) = Notice.objects.filter(to=amara.user)
    assert "Distinction" in notice.subject


def test_confirming_is_refused_when_the_record_changed_since(amara: Enrolment, complete: Any, office: User) -> None:
    award = decide_award(enrolment=complete(amara), by=office)
    record_mark(enrolment=amara, module_number=1, value=Decimal(78), reason="Same mark, new evidence.", by=office)
    with pytest.raises(Refused, match="record has changed"):
        confirm_award(award=award, by=office)


def test_confirming_what_a_newer_decision_replaced_is_refused(amara: Enrolment, complete: Any, office: User) -> None:
    old = decide_award(enrolment=complete(amara), by=office)
    record_mark(enrolment=amara, module_number=1, value=Decimal(80), reason="Sum was wrong.", by=office)
    decide_award(enrolment=amara, by=office)
    with pytest.raises(Refused, match="newer decision"):
        confirm_award(award=old, by=office)


def test_refer_is_not_final(amara: Enrolment, complete: Any, office: User) -> None:
    award = decide_award(enrolment=complete(amara, 80, 80, 80, 80, 80, 80, 80, 80, 45), by=office)
    assert award.outcome == "Refer"
    with pytest.raises(Refused, match="record the resit of M9"):
        confirm_award(award=award, by=office)
    amara.refresh_from_db()
    assert amara.state == Enrolment.State.ENROLLED


def resat(enrolment: Enrolment, number: int, value: int, by: User) -> Mark:
    return record_resit(
        enrolment=enrolment, module_number=number, value=Decimal(value), reason="Resit, marked twice.", by=by
    )


def test_a_resit_is_capped_by_the_regulations_and_kept_as_it_was(amara: Enrolment, complete: Any, office: User) -> None:
    decide_award(enrolment=complete(amara, 60, 60, 60, 60, 60, 39, 60, 60, 60), by=office)
    assert resat(amara, 6, 68, office).value == 68
    award = decide_award(enrolment=amara, by=office)
    assert award.decision["recorded"]["M6"] == 50
    assert (award.outcome, award.mean) == ("Pass", Decimal("59.2"))  # T13b of the acceptance profiles


def test_a_resit_below_the_first_mark_does_not_lower_it(amara: Enrolment, complete: Any, office: User) -> None:
    decide_award(enrolment=complete(amara, 60, 60, 60, 60, 60, 39, 60, 60, 60), by=office)
    resat(amara, 6, 30, office)
    award = decide_award(enrolment=amara, by=office)
    assert (award.outcome, award.decision["recorded"]["M6"]) == ("Fail", 39)


def test_only_what_is_referred_can_be_resat(amara: Enrolment, complete: Any, office: User) -> None:
    complete(amara, 80, 80, 80, 80, 80, 80, 80, 80, 45)
    with pytest.raises(Refused, match="M9 is not referred"):
        resat(amara, 9, 60, office)
    decide_award(enrolment=amara, by=office)
    with pytest.raises(Refused, match="M1 is not referred"):
        resat(amara, 1, 90, office)
    resat(amara, 9, 60, office)
    decide_award(enrolment=amara, by=office)
    assert resat(amara, 9, 58, office).supersedes is not None  # A resit that was recorded wrongly can be corrected.


def test_the_second_board_waits_for_every_resit(amara: Enrolment, complete: Any, office: User) -> None:
    decide_award(enrolment=complete(amara, 60, 60, 45, 60, 60, 39, 60, 60, 60), by=office)
    resat(amara, 6, 60, office)
    with pytest.raises(Refused, match="The resit of M3 is open"):
        decide_award(enrolment=amara, by=office)
    resat(amara, 3, 0, office)
    assert decide_award(enrolment=amara, by=office).outcome == "Pass"


def test_a_resit_of_what_was_passed_after_all_does_not_count(amara: Enrolment, complete: Any, office: User) -> None:
    decide_award(enrolment=complete(amara, 80, 80, 80, 80, 80, 80, 80, 80, 45), by=office)
    resat(amara, 9, 60, office)
    record_mark(enrolment=amara, module_number=9, value=Decimal(72), reason="Appeal upheld.", by=office)
    assert profile_of(amara).resits == {}
    assert decide_award(enrolment=amara, by=office).decision["recorded"]["M9"] == 72


def test_a_fail_completes_the_enrolment_and_keeps_the_credits(amara: Enrolment, confirmed: Any) -> None:
    award = confirmed(amara, 65, 65, 65, 20, 20, 65, 65, 20, 20)
    amara.refresh_from_db()
    assert (award.outcome, award.credits, amara.state) == ("Fail", 25, Enrolment.State.COMPLETED)


def test_whoever_has_withdrawn_gets_credit_only_and_stays_withdrawn(
    amara: Enrolment, released: Any, office: User
) -> None:
    released(amara, 1, 70)
    Enrolment.objects.filter(pk=amara.pk).update(state=Enrolment.State.WITHDRAWN)
    award = confirm_award(award=decide_award(enrolment=amara, by=office), by=office)
    amara.refresh_from_db()
    assert (award.outcome, award.credits, amara.state) == ("credit only", 5, Enrolment.State.WITHDRAWN)


def test_nothing_is_written_when_the_notice_fails(
    amara: Enrolment, complete: Any, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = decide_award(enrolment=complete(amara), by=office)

    def fail(**_: object) -> None:
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr("graduation.awards.actions.tell", fail)
    with pytest.raises(RuntimeError):
        confirm_award(award=award, by=office)
    award.refresh_from_db()
    assert award.confirmed_at is None
    assert not Entry.objects.filter(event=Event.AWARD_CONFIRMED).exists()


def test_the_assignment_of_the_module_is_found_by_slug_over_revisions(amara: Enrolment) -> None:
    other = factories.revision()
    factories.submission(amara, assignment=Assignment.objects.get(module__revision=other))
    assert module(amara, 4).handed_in == 1
