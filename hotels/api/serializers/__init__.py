"""Serializers of the API."""

from hotels.api.serializers.auth import (
    CurrentUserSerializer,
    LoginSerializer,
    NewTokenSerializer,
)
from hotels.api.serializers.folios import UninvoicedFolioSerializer
from hotels.api.serializers.invitations import (
    InvitationSerializer,
    InviteSerializer,
    NewInvitationSerializer,
)
from hotels.api.serializers.invoices import (
    CreditOutcomeSerializer,
    CreditSerializer,
    InvoiceSerializer,
    InvoiceSummarySerializer,
)
from hotels.api.serializers.memberships import (
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
)
from hotels.api.serializers.messages import (
    MessageSerializer,
    MessageSummarySerializer,
    ResendSerializer,
)
from hotels.api.serializers.payments import (
    MovePaymentSerializer,
    PaymentEffectsSerializer,
    PaymentSerializer,
    RecordPaymentSerializer,
    RefundSerializer,
    SettlePaymentSerializer,
)
from hotels.api.serializers.tokens import TokenSerializer

__all__ = [
    "CreditOutcomeSerializer",
    "CreditSerializer",
    "CurrentUserSerializer",
    "InvitationSerializer",
    "InviteSerializer",
    "InvoiceSerializer",
    "InvoiceSummarySerializer",
    "LoginSerializer",
    "MembershipChangeSerializer",
    "MembershipGrantSerializer",
    "MembershipSerializer",
    "MessageSerializer",
    "MessageSummarySerializer",
    "MovePaymentSerializer",
    "NewInvitationSerializer",
    "NewTokenSerializer",
    "PaymentEffectsSerializer",
    "PaymentSerializer",
    "RecordPaymentSerializer",
    "RefundSerializer",
    "ResendSerializer",
    "SettlePaymentSerializer",
    "TokenSerializer",
    "UninvoicedFolioSerializer",
]
