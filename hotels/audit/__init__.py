"""The audit trail: every act of a person is recorded with the act, or neither is."""

from hotels.audit.recording import By, Via, changes, record, record_each, snapshot
from hotels.audit.verbs import Verb

__all__ = ["By", "Verb", "Via", "changes", "record", "record_each", "snapshot"]
