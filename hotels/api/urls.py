"""Routes of the API of hotels, included below /api in the namespace `api`.

They have no trailing slash: `hotels.http.middleware` accepts both forms.
"""

from django.urls import path

from hotels.api.views.auth import LoginViewSet, SessionViewSet
from hotels.api.views.documentation import swagger
from hotels.api.views.folios import UninvoicedFolioViewSet
from hotels.api.views.invitations import InvitationViewSet
from hotels.api.views.invoices import InvoiceViewSet
from hotels.api.views.memberships import MembershipViewSet
from hotels.api.views.messages import MessageViewSet
from hotels.api.views.payments import PaymentViewSet
from hotels.api.views.schema import SchemaView
from hotels.api.views.tokens import TokenViewSet
from hotels.api.views.webhooks import WebhookDeliveryViewSet, WebhookEndpointViewSet

urlpatterns = [
    path("auth/login", LoginViewSet.as_view({"post": "create"}), name="login"),
    path("auth/me", SessionViewSet.as_view({"get": "retrieve"}), name="me"),
    path("auth/logout", SessionViewSet.as_view({"post": "end"}), name="logout"),
    path(
        "folios/<int:pk>/payments",
        PaymentViewSet.as_view({"get": "list", "post": "record"}),
        name="payments",
    ),
    path("payments/<int:pk>/refunds", PaymentViewSet.as_view({"post": "refund"}), name="refunds"),
    path("payments/<int:pk>/move", PaymentViewSet.as_view({"post": "move"}), name="move-payment"),
    path(
        "payments/<int:pk>/settle",
        PaymentViewSet.as_view({"post": "settle"}),
        name="settle-payment",
    ),
    path("tokens", TokenViewSet.as_view({"get": "list"}), name="tokens"),
    path("tokens/<uuid:public_id>", TokenViewSet.as_view({"delete": "destroy"}), name="token"),
    path(
        "memberships",
        MembershipViewSet.as_view({"get": "list", "post": "create"}),
        name="memberships",
    ),
    path(
        "memberships/<int:pk>",
        MembershipViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="membership",
    ),
    path(
        "invitations",
        InvitationViewSet.as_view({"get": "list", "post": "create"}),
        name="invitations",
    ),
    path(
        "invitations/<int:pk>", InvitationViewSet.as_view({"delete": "destroy"}), name="invitation"
    ),
    path(
        "folios/uninvoiced",
        UninvoicedFolioViewSet.as_view({"get": "list"}),
        name="uninvoiced-folios",
    ),
    path("invoices", InvoiceViewSet.as_view({"get": "list"}), name="invoices"),
    path("invoices/<int:pk>", InvoiceViewSet.as_view({"get": "retrieve"}), name="invoice"),
    path(
        "invoices/<int:pk>/credit-notes",
        InvoiceViewSet.as_view({"post": "credit"}),
        name="invoice-credit-notes",
    ),
    path("messages", MessageViewSet.as_view({"get": "list"}), name="messages"),
    path("messages/<int:pk>", MessageViewSet.as_view({"get": "retrieve"}), name="message"),
    path(
        "messages/<int:pk>/resend",
        MessageViewSet.as_view({"post": "resend"}),
        name="resend-message",
    ),
    path(
        "messages/<int:pk>/cancel",
        MessageViewSet.as_view({"post": "cancel"}),
        name="cancel-message",
    ),
    path(
        "webhook-endpoints",
        WebhookEndpointViewSet.as_view({"get": "list", "post": "create"}),
        name="webhook-endpoints",
    ),
    path(
        "webhook-endpoints/<uuid:public_id>",
        WebhookEndpointViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        ),
        name="webhook-endpoint",
    ),
    path(
        "webhook-endpoints/<uuid:public_id>/rotate",
        WebhookEndpointViewSet.as_view({"post": "rotate"}),
        name="rotate-webhook-secret",
    ),
    path(
        "webhook-endpoints/<uuid:public_id>/test",
        WebhookEndpointViewSet.as_view({"post": "test"}),
        name="test-webhook-endpoint",
    ),
    path(
        "webhook-deliveries",
        WebhookDeliveryViewSet.as_view({"get": "list"}),
        name="webhook-deliveries",
    ),
    path(
        "webhook-deliveries/replay",
        WebhookDeliveryViewSet.as_view({"post": "replay"}),
        name="replay-webhook-deliveries",
    ),
    path(
        "webhook-deliveries/<uuid:public_id>",
        WebhookDeliveryViewSet.as_view({"get": "retrieve"}),
        name="webhook-delivery",
    ),
    path(
        "webhook-deliveries/<uuid:public_id>/resend",
        WebhookDeliveryViewSet.as_view({"post": "resend"}),
        name="resend-webhook-delivery",
    ),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", swagger, name="docs"),
]
