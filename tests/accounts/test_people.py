import factories
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import actions
from accounts.models import SiteRole, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.words import WORDS
from audit.models import Entry, Event

pytestmark = pytest.mark.django_db


def roles_of(person: User) -> set[str]:
    return set(person.site_roles.values_list("role", flat=True))


def test_an_administrator_reads_what_a_role_allows_and_grants_it(signed_in, administrator: User, oscar: User) -> None:
    client = signed_in(administrator)
    question = client.get(f"/people/{oscar.pk}/office/").content.decode()
    for permission in ROLE_PERMISSIONS[Role.OFFICE]:
        assert WORDS[permission] in question
    assert roles_of(oscar) == set()  # looking changes nothing

    page = client.post(f"/people/{oscar.pk}/office/", {"act": "grant"}, follow=True).content.decode()

    assert "Oscar Outsider now has the role Programme office" in page
    assert roles_of(oscar) == {"office"}
    assert oscar.site_roles.get().granted_by == administrator
    entry = Entry.objects.get()
    assert (entry.event, entry.by, entry.on_id) == (Event.ROLE_GRANTED, administrator, str(oscar.pk))
    assert entry.details == {"role": "office"}


def test_a_role_is_taken_away_and_the_log_says_so(signed_in, administrator: User, tutor: User) -> None:
    client = signed_in(administrator)
    client.post(f"/people/{tutor.pk}/tutor/", {"act": "remove"})
    assert roles_of(tutor) == set()
    assert Entry.objects.get().event == Event.ROLE_REMOVED


def test_the_last_administrator_stays(signed_in, administrator: User) -> None:
    client = signed_in(administrator)
    page = client.post(f"/people/{administrator.pk}/administrator/", {"act": "remove"}, follow=True).content.decode()
    assert "is the last administrator and stays one" in page
    assert roles_of(administrator) == {"administrator"}
    assert not Entry.objects.exists()


def test_an_administrator_whose_account_is_closed_does_not_count(administrator: User) -> None:
    closed = factories.staff(Role.ADMINISTRATOR, "Closed Clara")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    with pytest.raises(actions.LastAdministrator):
        actions.remove_role(of=administrator, role=Role.ADMINISTRATOR, by=administrator)
    actions.remove_role(of=closed, role=Role.ADMINISTRATOR, by=administrator)
    assert roles_of(closed) == set()


def test_two_administrators_can_become_one_but_not_none(administrator: User) -> None:
    second = factories.staff(Role.ADMINISTRATOR, "Second Sasha")
    assert actions.remove_role(of=administrator, role=Role.ADMINISTRATOR, by=second)
    with pytest.raises(actions.LastAdministrator):
        actions.remove_role(of=second, role=Role.ADMINISTRATOR, by=second)


def test_nobody_gives_themselves_a_role(signed_in, administrator: User) -> None:
    page = signed_in(administrator).post(f"/people/{administrator.pk}/office/", {"act": "grant"}, follow=True)
    assert "You cannot give yourself a role." in page.content.decode()
    assert roles_of(administrator) == {"administrator"}
    assert not Entry.objects.exists()


def test_the_first_administrator_comes_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", factories.PASSWORD)
    call_command("createsuperuser", email="first@example.org", name="First Person", interactive=False, verbosity=0)
    first = User.objects.get(email="first@example.org")
    assert roles_of(first) == {"administrator"}
    assert first.has_site_permission(Permission.MANAGE_PEOPLE)
    assert Entry.objects.get(event=Event.ROLE_GRANTED).by is None


def test_granting_twice_writes_one_entry(administrator: User, oscar: User) -> None:
    assert actions.grant_role(to=oscar, role=Role.TUTOR, by=administrator)
    assert not actions.grant_role(to=oscar, role=Role.TUTOR, by=administrator)
    assert Entry.objects.count() == 1


def test_without_its_entry_in_the_log_a_role_is_not_granted(
    monkeypatch: pytest.MonkeyPatch, administrator: User, oscar: User
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr("audit.log.record", full)
    with pytest.raises(OSError, match="disk"):
        actions.grant_role(to=oscar, role=Role.TUTOR, by=administrator)
    assert not SiteRole.objects.filter(user=oscar).exists()


@pytest.mark.parametrize("path", ["/people/", "/people/{pk}/", "/people/{pk}/tutor/", "/people/audit/"])
@pytest.mark.parametrize("who", ["tutor", "leader", "office", "external", "oscar"])
def test_for_everybody_else_these_pages_do_not_exist(
    request: pytest.FixtureRequest, signed_in, administrator: User, who: str, path: str
) -> None:
    client = signed_in(request.getfixturevalue(who))
    path = path.format(pk=administrator.pk)
    assert client.get(path).status_code == 404
    if "tutor" in path:
        assert client.post(path, {"act": "grant"}).status_code == 404
        assert roles_of(administrator) == {"administrator"}


@pytest.mark.parametrize("role", ["student", "emperor"])
def test_only_real_site_roles_can_be_granted(signed_in, administrator: User, oscar: User, role: str) -> None:
    assert signed_in(administrator).post(f"/people/{oscar.pk}/{role}/", {"act": "grant"}).status_code == 404


def test_people_are_found_by_name_address_and_role(signed_in, administrator: User, oscar: User, tutor: User) -> None:
    client = signed_in(administrator)

    def found(query: str) -> list[str]:
        return [each.name for each in client.get(f"/people/?{query}").context["page"]]

    assert found("q=outsid") == ["Oscar Outsider"]
    assert found("q=OSCAR%40example") == ["Oscar Outsider"]
    assert found("role=tutor") == ["Tomasz Zielinski"]
    assert found("role=emperor") == ["Ada Finch", "Oscar Outsider", "Tomasz Zielinski"]
    assert "Nobody matches." in client.get("/people/?q=nobodyhere").content.decode()


def test_a_role_granted_is_shown_once_for_a_person_with_two(signed_in, administrator: User, tutor: User) -> None:
    actions.grant_role(to=tutor, role=Role.MODULE_LEADER, by=administrator)
    page = signed_in(administrator).get("/people/?role=tutor")
    assert [each.name for each in page.context["page"]] == ["Tomasz Zielinski"]
    assert "Tutor" in page.content.decode()
    assert "Module leader" in page.content.decode()


def test_the_list_costs_the_same_for_ten_and_for_two_hundred(signed_in, administrator: User) -> None:
    client = signed_in(administrator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/people/")
        return len(queries)

    for _ in range(10):
        factories.staff(Role.TUTOR)
    few = cost()
    for n in range(190):
        SiteRole.objects.create(user=User.objects.create(email=f"many.{n}@example.org"), role=Role.TUTOR)
    assert cost() == few
    assert client.get("/people/?page=5").context["page"].number == 5
    assert client.get("/people/?page=rubbish").status_code == 200


def test_every_permission_has_words() -> None:
    assert set(WORDS) == set(Permission)


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/people/").url == "/accounts/login/?next=/people/"
