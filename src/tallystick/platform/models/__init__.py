"""Tables of the platform: workspaces, people and their memberships, and what happened; one file a subject."""

from __future__ import annotations

from tallystick.platform.models.activity import ActivityEntry, ChainCheck
from tallystick.platform.models.browsers import KnownBrowser
from tallystick.platform.models.files import FilePurpose, StoredFile
from tallystick.platform.models.inbox import InboxMark, InboxSnooze
from tallystick.platform.models.job_errors import JobError
from tallystick.platform.models.list_files import ListFile, ListFileState
from tallystick.platform.models.mail_in import InboundMail, MailInSettings, MailInState, MailInWay
from tallystick.platform.models.notices import (
    ChatService,
    ChatWebhook,
    Delivery,
    DeliveryChannel,
    DeliveryState,
    DigestChoice,
    DigestSent,
    MailAction,
    Notice,
    NoticeChoice,
    NoticeCursor,
    NoticeRules,
    NoticeUrgency,
    ReminderGiven,
    TeamNoticeDefault,
)
from tallystick.platform.models.people import Membership, Person, PersonManager, Theme, WorkspaceRole
from tallystick.platform.models.saved_views import BulkRun, DefaultView, SavedView
from tallystick.platform.models.second_factor import SecondFactorRule
from tallystick.platform.models.webhooks import (
    WebhookAttempt,
    WebhookCursor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookPause,
    WebhookState,
)
from tallystick.platform.models.workspace_settings import (
    Kept,
    PrivacyRequest,
    PrivacyWish,
    RetentionPeriod,
    SetupDismissal,
    WorkspaceLogo,
)
from tallystick.platform.models.workspaces import Workspace

__all__ = [
    "ActivityEntry",
    "BulkRun",
    "ChainCheck",
    "ChatService",
    "ChatWebhook",
    "DefaultView",
    "Delivery",
    "DeliveryChannel",
    "DeliveryState",
    "DigestChoice",
    "DigestSent",
    "FilePurpose",
    "InboundMail",
    "InboxMark",
    "InboxSnooze",
    "JobError",
    "Kept",
    "KnownBrowser",
    "ListFile",
    "ListFileState",
    "MailAction",
    "MailInSettings",
    "MailInState",
    "MailInWay",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeCursor",
    "NoticeRules",
    "NoticeUrgency",
    "Person",
    "PersonManager",
    "PrivacyRequest",
    "PrivacyWish",
    "ReminderGiven",
    "RetentionPeriod",
    "SavedView",
    "SecondFactorRule",
    "SetupDismissal",
    "StoredFile",
    "TeamNoticeDefault",
    "Theme",
    "WebhookAttempt",
    "WebhookCursor",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookPause",
    "WebhookState",
    "Workspace",
    "WorkspaceLogo",
    "WorkspaceRole",
]
