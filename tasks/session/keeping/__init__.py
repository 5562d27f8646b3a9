"""Housekeeping: what is kept and what goes, backups and their return."""

from tasks.session.keeping.alive import alive_in
from tasks.session.keeping.backup import BackupManifest, back_up, read_backup, verify_backup
from tasks.session.keeping.bucket_lake import put_back, require_room
from tasks.session.keeping.files import keep_logs, keep_reports
from tasks.session.keeping.journal import keep_journal
from tasks.session.keeping.migrating import JournalStatus, journal_status, migrate_journal
from tasks.session.keeping.nightly import backups_in, nightly_backup
from tasks.session.keeping.restoring import Restored, restore
from tasks.session.keeping.stored import keep_features
from tasks.session.keeping.ticks import keep_house
from tasks.session.keeping.tidied import Tidied

__all__ = [
    "BackupManifest",
    "JournalStatus",
    "Restored",
    "Tidied",
    "alive_in",
    "back_up",
    "backups_in",
    "journal_status",
    "keep_features",
    "keep_house",
    "keep_journal",
    "keep_logs",
    "keep_reports",
    "migrate_journal",
    "nightly_backup",
    "put_back",
    "read_backup",
    "require_room",
    "restore",
    "verify_backup",
]
