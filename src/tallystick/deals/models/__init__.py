"""Tables of deals: registrations and protections, rules of engagement, conversations, leads; one file a subject."""

from __future__ import annotations

from tallystick.deals.models.collaborators import Collaborator
from tallystick.deals.models.conflicts import (
    ClaimKind,
    Conflict,
    ConflictAppeal,
    ConflictClaim,
    ConflictKind,
    ConflictRuling,
    ConflictState,
    RulingOutcome,
)
from tallystick.deals.models.conversations import Attachment, Message, MessageSide, Retraction, Thread, ThreadReading
from tallystick.deals.models.engagement import Assessment, DisclosurePolicy, EngagementTrial, EngagementVersion
from tallystick.deals.models.forms import FormVersion
from tallystick.deals.models.handling import (
    ApprovalStep,
    PartnerQuestion,
    RegistrationRequest,
    RequestKind,
    RequestState,
)
from tallystick.deals.models.leads import (
    Lead,
    LeadAssessment,
    LeadDirection,
    LeadOffer,
    LeadOfferState,
    LeadPolicyVersion,
    LeadRanking,
    LeadState,
)
from tallystick.deals.models.outsiders import OutsideSubmitter, WayIn
from tallystick.deals.models.registering import FormDraft, RegistrationFile
from tallystick.deals.models.registrations import DealRegistration, MayLearn, OwnNextStep, Protection, RegistrationState

__all__ = [
    "ApprovalStep",
    "Assessment",
    "Attachment",
    "ClaimKind",
    "Collaborator",
    "Conflict",
    "ConflictAppeal",
    "ConflictClaim",
    "ConflictKind",
    "ConflictRuling",
    "ConflictState",
    "DealRegistration",
    "DisclosurePolicy",
    "EngagementTrial",
    "EngagementVersion",
    "FormDraft",
    "FormVersion",
    "Lead",
    "LeadAssessment",
    "LeadDirection",
    "LeadOffer",
    "LeadOfferState",
    "LeadPolicyVersion",
    "LeadRanking",
    "LeadState",
    "MayLearn",
    "Message",
    "MessageSide",
    "OutsideSubmitter",
    "OwnNextStep",
    "PartnerQuestion",
    "Protection",
    "RegistrationFile",
    "RegistrationRequest",
    "RegistrationState",
    "RequestKind",
    "RequestState",
    "Retraction",
    "RulingOutcome",
    "Thread",
    "ThreadReading",
    "WayIn",
]
