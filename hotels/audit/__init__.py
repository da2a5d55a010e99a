"""The audit trail: an action of a user and its entry are stored together, or not at all."""

from hotels.audit.recording import By, Via, changes, record, record_each, snapshot
from hotels.audit.verbs import Verb

__all__ = ["By", "Verb", "Via", "changes", "record", "record_each", "snapshot"]
