from django.db import transaction

from accounts.models import User
from courses.models import Enrolment, Quiz, QuizAnswer, Sitting
from courses.quizzes import judge
from courses.refusal import Refused
from courses.sittings import current_sitting, new_sitting


@transaction.atomic
def answer_question(
    *, quiz: Quiz, number: int, question: str, values: list[str], by: User, enrolment: Enrolment | None
) -> QuizAnswer:
    """Judge and keep the answer to a question of sitting `number`; a second answer to it gives the first one back.

    Raises Refused for what is no answer, and for a sitting that is over.
    """
    sitting = current_sitting(quiz, by)
    one = next((one for one in sitting.drawn if one["id"] == question), None)
    asked = quiz.question(question)
    if sitting.number != number or one is None or asked is None:
        raise Refused("This question is not asked any more: load the page again.")
    judged = judge(asked, one["order"], values)
    if not sitting.pk:
        sitting, _ = Sitting.objects.get_or_create(
            quiz=quiz,
            user=by,
            number=number,
            defaults={"seed": sitting.seed, "drawn": sitting.drawn, "enrolment": enrolment},
        )
    answer, _ = QuizAnswer.objects.get_or_create(
        sitting=sitting, question=question, defaults={"given": judged.given, "is_right": judged.is_right}
    )
    return answer


@transaction.atomic
def sit_again(*, quiz: Quiz, by: User, enrolment: Enrolment | None) -> Sitting:
    """Other questions. Before the last ones are answered, those stay."""
    sitting = current_sitting(quiz, by)
    if not sitting.pk or sitting.answers.count() < len(sitting.drawn):
        return sitting
    following = new_sitting(quiz, by, sitting.number + 1)
    found, _ = Sitting.objects.get_or_create(
        quiz=quiz,
        user=by,
        number=following.number,
        defaults={"seed": following.seed, "drawn": following.drawn, "enrolment": enrolment},
    )
    return found
