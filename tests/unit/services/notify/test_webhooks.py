"""Filters of webhooks and the pauses between tries."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from chassis.config import ConfigError
from chassis.crypto import DecryptionError
from services.notify.adapters.webhook_secrets import PREFIX, WebhookSecrets, sign
from services.notify.config import Settings
from services.notify.domain import webhooks
from services.notify.domain.webhooks import CAUSES, Facts, Filters, Item, Reason

EXAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "examples" / "standards"
PUBLISHED = "cn.qibiao.declaration.published.v1"


def facts(name: str, **changes: Any) -> Facts:
    path = EXAMPLES / f"declaration.{name}.v1.full.json"
    return Facts.of({**json.loads(path.read_text(encoding="utf-8"))["data"], **changes})


class TestPauses:
    def test_grow_from_seconds_to_a_day(self) -> None:
        pauses = [webhooks.pause_after(attempts, chance=0) for attempts in range(1, 15)]

        assert pauses == sorted(pauses)
        assert pauses[0] == timedelta(seconds=5)
        assert pauses[-1] == timedelta(hours=24)

    def test_vary_a_little_and_never_exceed_a_day(self) -> None:
        shortest, longest = (webhooks.pause_after(2, chance=chance) for chance in (0, 1))

        assert longest == shortest * 1.1
        assert webhooks.pause_after(99, chance=1) == timedelta(hours=24)
        assert shortest <= webhooks.pause_after(2) <= longest


class TestFilters:
    @pytest.mark.parametrize(
        "wanted",
        [
            {},
            {"kinds": ("ENTERPRISE",)},
            {"kinds": ("NATIONAL", "ENTERPRISE")},
            {"regions": ("33",)},
            {"regions": ("330783", "11")},
            {"enterprises": ("91330000740545604A",)},
            {"enterprises": ("740545604",)},
            {"classes": ("21",)},
            {"kinds": ("ENTERPRISE",), "regions": ("3307",), "classes": ("2106",)},
        ],
    )
    def test_want(self, wanted: dict[str, tuple[str, ...]]) -> None:
        filters = Filters(**wanted)

        assert filters.want(facts("published"))
        assert not filters.needs(facts("published"))

    @pytest.mark.parametrize(
        "unwanted",
        [
            {"kinds": ("NATIONAL",)},
            {"regions": ("32", "3308")},
            {"enterprises": ("91330000740545604B",)},
            {"classes": ("22",)},
            {"kinds": ("ENTERPRISE",), "regions": ("11",)},
        ],
    )
    def test_do_not_want(self, unwanted: dict[str, tuple[str, ...]]) -> None:
        assert not Filters(**unwanted).want(facts("published"))

    def test_types(self) -> None:
        only = Filters(types=(PUBLISHED,))

        assert only.wants_type(PUBLISHED)
        assert not only.wants_type("cn.qibiao.declaration.withdrawn.v1")
        assert Filters().wants_type("cn.qibiao.catalogue_standard.changed.v1")
        assert not Filters(kinds=("LOCAL",)).wants_type("cn.qibiao.catalogue_standard.changed.v1")

    def test_a_record_number_tells_kind_and_enterprise(self) -> None:
        marked = facts("marked", record_number="G-740545604-202411151030-0002")

        assert Filters(kinds=("NATIONAL",), enterprises=("740545604",)).want(marked)
        assert not Filters(kinds=("ENTERPRISE",)).want(marked)
        assert not Filters(enterprises=("740545605",)).want(marked)

    def test_what_is_not_said_is_looked_up(self) -> None:
        filters = Filters(regions=("33",), classes=("21",))
        marked = facts("marked")
        document = {"enterprise": {"region": "330783"}, "products": [{"class_code": "2106"}]}

        assert filters.needs(marked)
        assert filters.want(marked)
        assert filters.want(marked.completed(document))
        assert not filters.needs(marked.completed(document))
        assert not Filters(classes=("22",)).want(marked.completed(document))
        assert not Filters(regions=("11",)).want(marked.completed(document))

    def test_a_list_that_was_cut_is_looked_up(self) -> None:
        cut = facts("published", product_count=21)

        assert Filters(classes=("22",)).needs(cut)
        assert not Filters(classes=("21",)).needs(cut)


class TestLanes:
    def test_keep_each_record_in_its_order(self) -> None:
        items = [
            Item(str(number), PUBLISHED, subject, number, "{}")
            for number, subject in enumerate("abacb", 1)
        ]

        lanes = webhooks.lanes_of(items, held={"c"})

        assert [[item.position for item in lane] for lane in lanes] == [[1, 3], [2, 5]]


class TestSecrets:
    def test_are_256_bits_and_open_in_their_place_only(self) -> None:
        kept = WebhookSecrets(Settings.from_env({}))
        token = kept.new("w-1")

        secret = kept.open("w-1", token)

        assert secret.startswith(PREFIX)
        assert len(secret) == len(PREFIX) + 44
        assert secret not in token
        with pytest.raises(DecryptionError):
            kept.open("w-2", token)

    def test_every_one_of_them_signs(self) -> None:
        kept = WebhookSecrets(Settings.from_env({}))
        both = [kept.open("w-1", kept.new("w-1")) for _ in range(2)]
        body = json.dumps({"标题": "保温杯"}, ensure_ascii=False)

        headers = sign(both, event_id="e-1", at=datetime.now(UTC), body=body)

        assert [Verifier(secret).verify(body, headers) for secret in both] == [
            {"标题": "保温杯"}
        ] * 2


class TestSettings:
    @pytest.mark.proves("F22")
    def test_production_has_no_hosts_for_tests(self) -> None:
        environment = {"ENVIRONMENT": "production", "NOTIFY_WEBHOOK_TEST_HOSTS": "127.0.0.1"}

        with pytest.raises(ConfigError) as refused:
            Settings.from_env(environment)

        assert "NOTIFY_WEBHOOK_TEST_HOSTS" in str(refused.value)
        assert Settings.from_env({}).webhook_test_hosts == ()


class TestCauses:
    def test_every_reason_has_words(self) -> None:
        assert set(CAUSES) == set(Reason)
