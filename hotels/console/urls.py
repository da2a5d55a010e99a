"""Routes of the hotel console pages, below /admin/."""

from django.urls import path

from hotels.console.availability.views import AvailabilityCalendar, AvailabilityFile
from hotels.console.credit_notes.manual import CreditInvoice
from hotels.console.credit_notes.views import IssueCreditNote
from hotels.console.currency.views import ChangeCurrency
from hotels.console.email_templates.views import AllowAddress, EditTemplate, EmailTemplates
from hotels.console.housekeeping.views import AssignTask, HousekeepingBoard, HousekeepingLists
from hotels.console.invitations.answer import AnswerInvitation
from hotels.console.invitations.views import Invitations, RevokeInvitation
from hotels.console.invoices.views import (
    DepositsToRefund,
    InvoicePdf,
    Invoices,
    NotInvoiced,
    OneInvoice,
)
from hotels.console.messages.views import CancelMessage, OneMessage, ResendMessage
from hotels.console.no_shows.views import DecideNoShow, NoShows
from hotels.console.outgoing_mail.views import OutgoingFile, OutgoingMail
from hotels.console.payments.views import (
    MarkPaymentFailed,
    MarkPaymentPaid,
    MovePayment,
    RecordPayment,
    RefundPayment,
)
from hotels.console.security.devices import AddDevice, RemoveDevice
from hotels.console.security.views import LogOut, RevokeToken, Security
from hotels.console.webhooks.actions import (
    DeleteEndpoint,
    ReplayEvents,
    RotateSecret,
    SwitchEndpoint,
    TestEndpoint,
)
from hotels.console.webhooks.delivery import OneDelivery, ResendDelivery
from hotels.console.webhooks.views import AddEndpoint, ChangeEndpoint, OneEndpoint, Webhooks
from hotels.console.work_orders.views import AssignOrder, CompleteOrder, StartOrder, WorkOrders

app_name = "hotels"
urlpatterns = [
    path("housekeeping/", HousekeepingBoard.as_page(), name="housekeeping"),
    path("housekeeping/lists/", HousekeepingLists.as_page(), name="housekeeping-lists"),
    path("housekeeping/tasks/<int:pk>/assign/", AssignTask.as_page(), name="assign-task"),
    path("availability/", AvailabilityCalendar.as_page(), name="availability"),
    path("availability/export.csv", AvailabilityFile.as_page(), name="availability-file"),
    path("work-orders/", WorkOrders.as_page(), name="work-orders"),
    path("work-orders/<int:pk>/assign/", AssignOrder.as_page(), name="assign-order"),
    path("work-orders/<int:pk>/start/", StartOrder.as_page(), name="start-order"),
    path("work-orders/<int:pk>/complete/", CompleteOrder.as_page(), name="complete-order"),
    path("no-shows/", NoShows.as_page(), name="no-shows"),
    path("no-shows/<int:pk>/<slug:choice>/", DecideNoShow.as_page(), name="decide-no-show"),
    path("messages/<int:pk>/", OneMessage.as_page(), name="message"),
    path("messages/<int:pk>/resend/", ResendMessage.as_page(), name="resend-message"),
    path("messages/<int:pk>/cancel/", CancelMessage.as_page(), name="cancel-message"),
    path("currency/<int:pk>/", ChangeCurrency.as_page(), name="change-currency"),
    path("security/", Security.as_page(), name="security"),
    path("security/devices/", AddDevice.as_page(), name="add-device"),
    path("security/devices/<uuid:public_id>/remove/", RemoveDevice.as_page(), name="remove-device"),
    path("security/log-out/", LogOut.as_page(), name="log-out-elsewhere"),
    path("security/tokens/<uuid:pk>/revoke/", RevokeToken.as_page(), name="revoke-token"),
    path("email-templates/", EmailTemplates.as_page(), name="email-templates"),
    path("email-templates/addresses/<int:pk>/", AllowAddress.as_page(), name="allow-address"),
    path(
        "email-templates/<slug:kind>/<slug:language>/",
        EditTemplate.as_page(),
        name="email-template",
    ),
    path("outgoing-mail/", OutgoingMail.as_page(), name="outgoing-mail"),
    path("outgoing-mail/<uuid:public_id>.eml", OutgoingFile.as_page(), name="outgoing-file"),
    path("invitations/", Invitations.as_page(), name="invitations"),
    path("invitations/<int:pk>/revoke/", RevokeInvitation.as_page(), name="revoke-invitation"),
    path("invitations/<slug:secret>/", AnswerInvitation.as_view(), name="answer-invitation"),
    path("payments/record/<int:pk>/", RecordPayment.as_page(), name="record-payment"),
    path("payments/<int:pk>/refund/", RefundPayment.as_page(), name="refund-payment"),
    path("payments/<int:pk>/move/", MovePayment.as_page(), name="move-payment"),
    path("payments/<int:pk>/paid/", MarkPaymentPaid.as_page(), name="mark-payment-paid"),
    path("payments/<int:pk>/failed/", MarkPaymentFailed.as_page(), name="mark-payment-failed"),
    path("webhooks/", Webhooks.as_page(), name="webhooks"),
    path("webhooks/add/", AddEndpoint.as_page(), name="add-webhook"),
    path("webhooks/<uuid:public_id>/", OneEndpoint.as_page(), name="webhook"),
    path("webhooks/<uuid:public_id>/change/", ChangeEndpoint.as_page(), name="change-webhook"),
    path("webhooks/<uuid:public_id>/test/", TestEndpoint.as_page(), name="test-webhook"),
    path("webhooks/<uuid:public_id>/rotate/", RotateSecret.as_page(), name="rotate-webhook"),
    path("webhooks/<uuid:public_id>/switch/", SwitchEndpoint.as_page(), name="switch-webhook"),
    path("webhooks/<uuid:public_id>/delete/", DeleteEndpoint.as_page(), name="delete-webhook"),
    path("webhooks/<uuid:public_id>/replay/", ReplayEvents.as_page(), name="replay-webhook"),
    path("webhooks/deliveries/<uuid:public_id>/", OneDelivery.as_page(), name="webhook-delivery"),
    path(
        "webhooks/deliveries/<uuid:public_id>/resend/",
        ResendDelivery.as_page(),
        name="resend-webhook-delivery",
    ),
    path("invoices/", Invoices.as_page(), name="invoices"),
    path("invoices/deposits/", DepositsToRefund.as_page(), name="deposits-to-refund"),
    path("invoices/not-invoiced/", NotInvoiced.as_page(), name="not-invoiced"),
    path(
        "invoices/not-invoiced/<int:pk>/credit-note/",
        IssueCreditNote.as_page(),
        name="issue-credit-note",
    ),
    path("invoices/<int:pk>/", OneInvoice.as_page(), name="invoice"),
    path("invoices/<int:pk>/credit-note/", CreditInvoice.as_page(), name="credit-invoice"),
    path("invoices/<int:pk>/pdf/", InvoicePdf.as_page(), name="invoice-pdf"),
]
