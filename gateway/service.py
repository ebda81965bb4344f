"""The gateway as a Nameko service: HTTP comes in here, and the services' clients are injected."""

from collections.abc import Callable
from typing import Any, ClassVar

from chassis.blobs import BlobStore, open_store
from chassis.handlers import Delivery, on_broadcast
from chassis.rpc import RpcClient
from chassis.service import BareService, Provided
from contracts.events import (
    DECLARATION_CORRECTED,
    DECLARATION_MARKED,
    DECLARATION_PRODUCTS_ADDED,
    DECLARATION_PUBLISHED,
    DECLARATION_WITHDRAWN,
    ENTERPRISE_REFRESHED,
    SESSION_ENDED,
)
from gateway.answers import Answer
from gateway.app import Application, Execute, Work
from gateway.clients import Remotes, Services
from gateway.config import Settings
from gateway.routes import all_routes
from gateway.server.extension import Site, Web, http


def build(settings: Settings, now: Callable[[], Any], blobs: BlobStore, execute: Execute) -> Site:
    """Return the application that answers HTTP requests."""
    return Application(
        settings=settings, routes=all_routes(), execute=execute, blobs=blobs, now=now
    )


class GatewayService(BareService):
    """Answer HTTP requests by asking the services."""

    name: ClassVar[str] = "gateway"
    settings_class: ClassVar[type[Settings]] = Settings

    accounts = RpcClient("accounts", as_service=False)
    registry = RpcClient("registry", as_service=False)
    standards = RpcClient("standards", as_service=False)
    search = RpcClient("search", as_service=False)
    notify = RpcClient("notify", as_service=False)
    blobs = Provided(lambda settings: open_store(settings.storage_url))
    web = Web()

    @http(build)
    def handle_request(self, work: Work) -> Answer:
        """Do the work of one request."""
        remotes = Remotes(
            accounts=self.accounts,
            registry=self.registry,
            standards=self.standards,
            search=self.search,
            notify=self.notify,
        )
        return work(Services(remotes))

    @on_broadcast(SESSION_ENDED)
    def handle_session_ended(self, delivery: Delivery) -> None:
        """Forget a session that was ended somewhere else."""
        data = delivery.event.data
        self.web.sessions.forget_named(str(data["session_id"]))

    @on_broadcast(ENTERPRISE_REFRESHED)
    def handle_enterprise_refreshed(self, delivery: Delivery) -> None:
        """Forget what is remembered of an enterprise's people: its name may be another."""
        data = delivery.event.data
        self.web.sessions.forget_enterprise(str(data["enterprise_id"]))

    @on_broadcast(DECLARATION_PUBLISHED)
    @on_broadcast(DECLARATION_CORRECTED)
    @on_broadcast(DECLARATION_PRODUCTS_ADDED)
    @on_broadcast(DECLARATION_WITHDRAWN)
    @on_broadcast(DECLARATION_MARKED)
    def handle_public_event(self, delivery: Delivery) -> None:
        """Tell the feed that the public log has become longer, and by what."""
        self.web.feed.hear(delivery.event.position, delivery.event.envelope)


SERVICE = GatewayService
