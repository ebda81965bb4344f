"""Every route of the gateway, area by area."""

from gateway.routes import (
    accounts,
    audit,
    bureau,
    catalogue,
    declarations,
    development,
    exports,
    machine_keys,
    meta,
    notify,
    portal,
    product_classes,
    product_sheets,
    profile,
    public,
    recovery,
    reference,
    registry,
    sessions,
    staff,
    staff_accounts,
    team,
    uploads,
    waiting,
)
from gateway.routing import Route


def all_routes() -> list[Route]:
    """Return the declared routes in the order OpenAPI shows them."""
    areas = (
        accounts.routes,
        staff_accounts.routes,
        bureau.routes,
        team.routes,
        machine_keys.routes,
        exports.routes,
        staff.routes,
        waiting.routes,
        recovery.routes,
        profile.routes,
        sessions.routes,
        reference.routes,
        registry.routes,
        uploads.routes,
        declarations.routes,
        product_classes.routes,
        product_sheets.routes,
        catalogue.routes,
        public.routes,
        notify.routes,
        notify.staff,
        audit.routes,
        meta.routes,
        development.routes,
        staff.development,
        portal.routes,
        portal.development,
    )
    return [route for area in areas for route in area.declared]
