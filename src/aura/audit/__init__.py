"""The audit of a table of videos: leaks, contradictions, shortcuts, and what they would inflate.

`run_audit` finds, `audit_record` turns what it found into JSON, and `aura.audit.page.write_audit`
writes the page; the page draws figures and so loads matplotlib, which nothing offered here does.
"""

from aura.audit.config import AuditConfig
from aura.audit.findings import Audit
from aura.audit.record import audit_record
from aura.audit.run import run_audit

__all__ = ["Audit", "AuditConfig", "audit_record", "run_audit"]
