"""The proposed credit note of a folio: preview, issue, and who may issue it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.billing.issuing import issue_invoices
from hotels.billing.proposals import issue_proposed_credit, preview_proposed_credit
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, Folio, FolioLine, Hotel, Invoice, InvoiceSeries
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import MembershipFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of, reversal_line_of
from tests.hotels.console.reading import messages_of, text_of

pytestmark = pytest.mark.django_db
LIST = reverse("hotels:not-invoiced")
LATER = NOW + timedelta(hours=1)
BUTTON = "Issue credit note"


@pytest.fixture(autouse=True)
def _after_the_invoice() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def folio(hotel: Hotel) -> Folio:
    """An invoice of 100.00 at 6 % and 50.00 at 23 %; the second charge is reversed since."""
    folio = completed(hotel, 100, rate=6)
    bar = charge(folio, 50, rate=23, description="Bar")
    invoice_of(folio)
    reversal_line_of(bar)
    return folio


def page_of(folio: Folio) -> str:
    return reverse("hotels:issue-credit-note", args=[folio.pk])


def preview(client: Client, folio: Folio) -> Any:
    return client.get(page_of(folio))


def issue(client: Client, folio: Folio, *, state: str = "", reason: str = "Not drunk") -> Any:
    """Confirm the credit note with the state of a new preview, or with a given one."""
    shown = state or preview(client, folio).context["preview"].state
    return client.post(page_of(folio), {"state": shown, "reason": reason})


def notes_of(folio: Folio) -> list[Invoice]:
    return list(folio.invoices.filter(kind="CREDIT_NOTE").order_by("pk"))


def refusal_of(answer: Any) -> str:
    """Return the only message of a refusal, which leads back to the list."""
    assert answer.status_code == 302
    assert answer["Location"].startswith(LIST)
    ((level, text),) = messages_of(answer)
    assert level == "error"
    return text


class TestList:
    def test_a_proposed_credit_note_can_be_issued(self, folio: Folio, manager: Client) -> None:
        page = manager.get(LIST).content.decode()

        assert page_of(folio) in page

    def test_another_folio_has_no_button(self, hotel: Hotel, manager: Client) -> None:
        waiting = completed(hotel, 100)

        answer = manager.get(LIST)

        assert str(waiting) in text_of(answer)
        assert BUTTON not in text_of(answer)

    def test_a_user_who_may_not_change_folios_sees_no_button(
        self, folio: Folio, viewer: Client
    ) -> None:
        text = text_of(viewer.get(LIST))

        assert "50.00 EUR is proposed" in text.replace("\xa0", " ")
        assert BUTTON not in text


class TestPreview:
    def test_it_changes_nothing(self, folio: Folio, manager: Client) -> None:
        before = every_row()

        assert preview(manager, folio).status_code == 200

        assert every_row() == before
        assert not InvoiceSeries.objects.filter(kind="CREDIT_NOTE").exists()

    def test_it_shows_the_invoice_the_lines_the_tax_and_the_balance(
        self, folio: Folio, manager: Client
    ) -> None:
        bar = folio.lines.get(document=None)

        text = text_of(preview(manager, folio)).replace("\xa0", " ")

        assert "Credit note of 50.00 EUR for invoice INV-2026-000001" in text
        assert f"{bar.description} 23 % -40.65 EUR -9.35 EUR -50.00 EUR" in text
        assert "Tax by rate" in text
        unpaid = "hourglass_empty unpaid"
        assert f"INV-2026-000001 150.00 EUR {unpaid} 100.00 EUR {unpaid}" in text
        assert "No refund is made automatically." not in text

    def test_it_shows_what_was_paid_too_much(self, folio: Folio, manager: Client) -> None:
        PaymentFactory(folio=folio, amount=150)

        text = text_of(preview(manager, folio)).replace("\xa0", " ")

        assert "The payments exceed the invoices by 50.00 EUR." in text

    def test_reversals_of_two_invoices_are_two_credit_notes(
        self, folio: Folio, manager: Client
    ) -> None:
        minibar = charge(folio, 5, rate=6)
        invoice_of_later_charges(folio)
        reversal_line_of(minibar)

        shown = preview(manager, folio).context["preview"]

        assert [(note.corrects.number, note.gross) for note in shown.notes] == [
            ("INV-2026-000001", 50),
            ("INV-2026-000002", 5),
        ]

    def test_a_credit_that_does_not_fit_is_refused_without_a_form(
        self, folio: Folio, manager: Client
    ) -> None:
        charge(folio, -150, rate=6)

        answer = preview(manager, folio)

        assert "At most 150.00 EUR can be credited." in text_of(answer)
        assert 'name="reason"' not in answer.content.decode()

    def test_a_folio_without_a_proposal_is_refused(self, hotel: Hotel, manager: Client) -> None:
        folio = completed(hotel, 100)

        text = text_of(preview(manager, folio))

        assert f"No credit note is proposed for folio {folio}." in text

    def test_a_folio_that_is_open_is_refused(self, folio: Folio, manager: Client) -> None:
        Folio.objects.filter(pk=folio.pk).update(status="OPEN", completed_at=None)

        text = text_of(preview(manager, folio))

        assert f"No credit note is proposed for folio {folio}." in text

    def test_a_charge_that_does_not_add_up_is_named(self, folio: Folio, manager: Client) -> None:
        FolioLine.objects.filter(document=None).update(net="-40.655", gross="-50.005")

        assert "a charge is wrong: correct it" in text_of(preview(manager, folio))

    @pytest.mark.parametrize(("language", "amount"), [("de", "50,00 EUR"), ("pt", "50,00 EUR")])
    def test_it_is_shown_in_the_users_language(
        self, folio: Folio, manager: Client, language: str, amount: str
    ) -> None:
        manager.cookies["django_language"] = language

        answer = preview(manager, folio)

        assert f'lang="{language}"' in answer.content.decode()
        assert amount in text_of(answer).replace("\xa0", " ")


class TestIssue:
    def test_the_credit_note_is_issued_and_shown(self, folio: Folio, manager: Client) -> None:
        answer = issue(manager, folio)

        (note,) = notes_of(folio)
        assert (note.gross, note.corrects.number, note.reason) == (
            50,
            "INV-2026-000001",
            "Not drunk",
        )
        assert answer["Location"] == reverse("hotels:invoice", args=[note.pk])
        assert messages_of(answer) == [
            ("success", f"Credit note CN-2026-000001 for folio {folio} issued.")
        ]
        assert folio.invoices.get(kind="INVOICE").balance == 100

    def test_it_is_what_the_preview_showed(self, folio: Folio, manager: Client) -> None:
        (shown,) = preview(manager, folio).context["preview"].notes

        issue(manager, folio)

        (note,) = notes_of(folio)
        assert (note.net, note.tax, note.gross) == (shown.net, shown.tax, shown.gross)
        assert [line.description for line in note.lines.all()] == [
            line.description for line in shown.lines.all()
        ]

    def test_it_is_in_the_audit_trail_with_the_reason(
        self, folio: Folio, owner: User, manager: Client
    ) -> None:
        issue(manager, folio)

        entry = AuditEntry.objects.get()
        assert (entry.user, entry.verb, entry.note) == (owner, "issue", "Not drunk")
        assert entry.object_label == str(notes_of(folio)[0])

    def test_the_folio_leaves_the_list(self, folio: Folio, manager: Client) -> None:
        issue(manager, folio)

        assert manager.get(LIST).context["rows"] == ()

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
    def test_a_reason_that_fits_the_document_is_required(
        self, folio: Folio, manager: Client, reason: str
    ) -> None:
        before = every_row()

        answer = issue(manager, folio, reason=reason)

        assert answer.status_code == 200
        assert answer.context["form"].errors.keys() == {"reason"}
        assert every_row() == before

    def test_a_second_click_is_told_the_number(self, folio: Folio, manager: Client) -> None:
        shown = preview(manager, folio).context["preview"].state
        issue(manager, folio, state=shown)

        second = issue(manager, folio, state=shown)

        assert len(notes_of(folio)) == 1
        assert messages_of(second)[-1] == (
            "error",
            f"Credit note CN-2026-000001 for folio {folio} was issued since the preview. "
            "Check it before you issue another one.",
        )

    def test_a_second_person_is_told_the_number(
        self, folio: Folio, manager: Client, desk: Client
    ) -> None:
        shown = preview(desk, folio).context["preview"].state
        issue(manager, folio)

        answer = issue(desk, folio, state=shown)

        assert refusal_of(answer) == (
            f"Credit note CN-2026-000001 for folio {folio} was issued since the preview. "
            "Check it before you issue another one."
        )
        assert len(notes_of(folio)) == 1

    def test_a_charge_posted_since_the_preview_is_not_credited_unseen(
        self, folio: Folio, manager: Client
    ) -> None:
        shown = preview(manager, folio).context["preview"].state
        charge(folio, -10, rate=6)
        before = every_row()

        answer = issue(manager, folio, state=shown)

        assert refusal_of(answer) == (
            "The credit note is not the one in the preview. Check it again."
        )
        assert every_row() == before

    def test_a_proposal_that_is_gone_is_refused(self, folio: Folio, manager: Client) -> None:
        shown = preview(manager, folio).context["preview"].state
        charge(folio, 50, rate=23)

        answer = issue(manager, folio, state=shown)

        assert refusal_of(answer) == f"No credit note is proposed for folio {folio}."
        assert notes_of(folio) == []

    @pytest.mark.parametrize("state", ["x", "0:0", ":", "-1:", "9" * 5000])
    def test_the_state_of_no_preview_is_refused(
        self, folio: Folio, manager: Client, state: str
    ) -> None:
        refusal_of(issue(manager, folio, state=state))

        assert notes_of(folio) == []


class TestAccess:
    def test_the_front_desk_may_issue(self, folio: Folio, desk: Client) -> None:
        issue(desk, folio)

        assert len(notes_of(folio)) == 1

    @pytest.mark.parametrize("role", ["HOUSEKEEPING", "MAINTENANCE", "VIEWER"])
    def test_roles_that_may_not_change_folios_are_refused(self, folio: Folio, role: str) -> None:
        client = Client()
        client.force_login(MembershipFactory(hotel=folio.hotel, role=role).user)

        assert preview(client, folio).status_code == 403
        assert client.post(page_of(folio), {"reason": "x"}).status_code == 403
        assert notes_of(folio) == []

    def test_another_hotels_folio_is_not_found(self, folio: Folio, outsider: Client) -> None:
        assert preview(outsider, folio).status_code == 404
        assert outsider.post(page_of(folio), {"reason": "x"}).status_code == 404
        assert notes_of(folio) == []

    def test_an_anonymous_user_is_sent_to_the_login(self, folio: Folio) -> None:
        for answer in (Client().get(page_of(folio)), Client().post(page_of(folio))):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_issue_one_credit_note(folio: Folio) -> None:
    state = preview_proposed_credit(folio=folio, by="ana", now=LATER).state

    def confirm(name: str) -> str:
        try:
            issue_proposed_credit(folio=folio, by=name, now=LATER, reason="x", seen=state)
        except ActionRefused as refusal:
            return str(refusal)
        return "issued"

    answers = run_together(partial(confirm, "ana"), partial(confirm, "rui"))

    assert sorted(answers) == [
        f"Credit note CN-2026-000001 for folio {folio} was issued since the preview. "
        "Check it before you issue another one.",
        "issued",
    ]
    assert len(notes_of(folio)) == 1


def invoice_of_later_charges(folio: Folio) -> None:
    """Invoice later charges of the folio; reversals at other tax rates stay open."""
    issue_invoices(hotel=folio.hotel, now=LATER)
