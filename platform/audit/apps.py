from typing import Any

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from accounts import actions
        from audit import log

        def granted(role: Any, by: Any, **_: Any) -> None:
            log.record(log.Event.ROLE_GRANTED, by=by, on=role.user, role=role.role)

        def removed(role: Any, by: Any, **_: Any) -> None:
            log.record(log.Event.ROLE_REMOVED, by=by, on=role.user, role=role.role)

        def renamed(person: Any, before: str, by: Any, **_: Any) -> None:
            log.record(log.Event.NAME_CHANGED, by=by, on=person, before=before)

        actions.renamed.connect(renamed, weak=False, dispatch_uid="audit.renamed")
        actions.role_granted.connect(granted, weak=False, dispatch_uid="audit.role_granted")
        actions.role_removed.connect(removed, weak=False, dispatch_uid="audit.role_removed")
