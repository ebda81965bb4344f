"""What every entry point of ``standards`` can use: settings, rules, files, and accounts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, update_wrapper
from typing import Any, ClassVar, Final

from chassis.blobs import open_store
from chassis.config import CommonSettings, ConfigError
from chassis.errors import ForbiddenError
from chassis.rpc import RpcClient, RpcProxy
from chassis.service import Provided, Service
from services.standards.adapters import regional_rules
from services.standards.adapters.inspection import Inspector
from services.standards.adapters.regional_rules import RegionalRulesError
from services.standards.config import Settings
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import StandardKind
from services.standards.domain.regional_rules import TOLERANT, RegionalRules
from services.standards.domain.reviews import ReviewRules
from services.standards.domain.rules import BarcodeRule, LifeRules, PublicationRules

READERS: Final = ("OWNER", "FILER", "VIEWER")
# What machine keys of an enterprise may read.
READING_KEYS: Final = ("declarations:read",)
WRITERS: Final = ("OWNER", "FILER")
SERVICES: Final = ("SERVICE",)


def _rules(settings: Settings) -> PublicationRules:
    return PublicationRules(
        required_product_fields=settings.required_product_fields,
        requires_test_method=settings.requires_test_method,
        barcode=BarcodeRule(settings.barcode_rule),
        regional=_regional_rules(settings),
    )


def _regional_rules(settings: Settings) -> RegionalRules:
    if settings.regional_rules is None:
        return TOLERANT
    try:
        return regional_rules.read_rules(settings.regional_rules)
    except RegionalRulesError as error:
        raise ConfigError([f"STANDARDS_REGIONAL_RULES: {error}"]) from error


def _life(settings: Settings) -> LifeRules:
    return LifeRules(withdrawable_kinds=frozenset(map(StandardKind, settings.withdrawable_kinds)))


def _review_rules(settings: Settings) -> ReviewRules:
    return ReviewRules(
        interval=timedelta(days=settings.review_days),
        pause=timedelta(days=settings.review_repeat_days),
        repeats=settings.review_repeats,
    )


def _inspector(settings: Settings) -> Inspector:
    return Inspector(open_store(settings.storage_url))


class StandardsBase(Service):
    """Hold what is injected; each area of entry points is a class beside this one."""

    settings_class: ClassVar[type[CommonSettings]] = Settings

    settings: Settings
    accounts: RpcProxy = RpcClient(
        "accounts", idempotent=("get_enterprise", "get_enterprise_area", "get_public_profile")
    )
    rules: PublicationRules = Provided(_rules)
    life: LifeRules = Provided(_life)
    review_rules: ReviewRules = Provided(_review_rules)
    inspector: Inspector = Provided(_inspector)

    def command(
        self, use_case: Callable[..., dict[str, Any]], **arguments: object
    ) -> dict[str, Any]:
        """Carry out a use case in a transaction, once per key."""
        return self.database.command(self.call, use_case, **arguments)

    def keep(self, use_case: Callable[..., dict[str, Any]], **arguments: object) -> dict[str, Any]:
        """Carry out what an enterprise does with its own declarations, short of submitting."""
        ruled = bound(use_case, life=self.life)
        return self.command(ruled, enterprise_id=self.enterprise_id(), **arguments)

    def submit(
        self, use_case: Callable[..., dict[str, Any]], **arguments: object
    ) -> dict[str, Any]:
        """Carry out what makes something public in the name of the enterprise as it is now."""
        ruled = bound(use_case, enterprise=self.enterprise(), rules=self.rules, life=self.life)
        return self.command(ruled, subject=self.subject(), **arguments)

    def enterprise_id(self) -> str:
        """Return the id of the enterprise that the one who asks belongs to.

        Raises:
            ForbiddenError: he belongs to none.
        """
        actor = self.call.actor
        if actor is None or actor.enterprise_id is None:
            raise ForbiddenError
        return actor.enterprise_id

    def subject(self) -> str:
        """Return who asks."""
        return "" if self.call.actor is None else self.call.actor.subject

    def enterprise(self) -> EnterpriseSnapshot:
        """Return the enterprise as it is registered at this moment."""
        profile = self.accounts.get_enterprise(enterprise_id=self.enterprise_id())
        return EnterpriseSnapshot.from_profile(profile)


def bound(
    use_case: Callable[..., dict[str, Any]], **ports: object
) -> Callable[..., dict[str, Any]]:
    """Give a use case what is no part of the request: a repeat of it may find these changed."""
    return update_wrapper(partial(use_case, **ports), use_case)
