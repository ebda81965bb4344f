"""Webhooks 推送: other systems are told of public events (docs/api/webhooks.md)."""

from typing import Any, Final

from gateway.answers import Answer, Json, Nothing
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import webhooks as schemas

routes = Routes("推送")

_WEBHOOK: Final = "/webhooks/<uuid:webhook_id>"
_WHO: Final[dict[str, Any]] = {
    "auth": Auth.SESSION,
    "roles": frozenset({"OWNER", "BUREAU", "OPERATOR"}),
    "scope": "webhooks:manage",
}


@routes.get("/webhooks", summary="推送订阅", answer=schemas.Webhooks, **_WHO)
def list_webhooks(exchange: Exchange) -> Answer:
    """Return the subscriptions of the own enterprise or office."""
    return Json(data=exchange.services.webhooks.list_webhooks())


@routes.post(
    "/webhooks",
    summary="新建推送订阅；密钥只显示一次",
    body=schemas.WebhookInput,
    answer=schemas.WebhookMade,
    status=201,
    needs_idempotency_key=True,
    **_WHO,
)
def create_webhook(exchange: Exchange) -> Answer:
    """Subscribe; the receiver is asked at once whether it wants that."""
    made = exchange.services.webhooks.create_webhook(exchange.body)
    location = f"{API}/webhooks/{made['webhook_id']}"
    return Json(data=made, etag=str(made["version"]), location=location)


@routes.get(_WEBHOOK, summary="一个推送订阅", answer=schemas.Webhook, **_WHO)
def get_webhook(exchange: Exchange) -> Answer:
    """Return one subscription and how it goes."""
    return _versioned(exchange.services.webhooks.get_webhook(_id(exchange)))


@routes.patch(
    _WEBHOOK,
    summary="修改推送订阅；更换地址后须重新验证",
    body=schemas.WebhookChanges,
    answer=schemas.Webhook,
    needs_if_match=True,
    **_WHO,
)
def change_webhook(exchange: Exchange) -> Answer:
    """Change what is wanted, or where it goes."""
    return _versioned(
        exchange.services.webhooks.change_webhook(
            _id(exchange), exchange.body, exchange.expected_version
        )
    )


@routes.delete(_WEBHOOK, summary="删除推送订阅", status=204, **_WHO)
def delete_webhook(exchange: Exchange) -> Answer:
    """End a subscription."""
    exchange.services.webhooks.delete_webhook(_id(exchange))
    return Nothing()


@routes.post(_WEBHOOK + "/validate", summary="重新验证接收地址", answer=schemas.Webhook, **_WHO)
def validate_webhook(exchange: Exchange) -> Answer:
    """Ask the receiver again whether it wants events."""
    return _versioned(exchange.services.webhooks.validate_webhook(_id(exchange)))


@routes.post(_WEBHOOK + "/enable", summary="启用，从停下的地方继续", answer=schemas.Webhook, **_WHO)
def enable_webhook(exchange: Exchange) -> Answer:
    """Go on where it stood."""
    return _versioned(exchange.services.webhooks.enable_webhook(_id(exchange)))


@routes.post(_WEBHOOK + "/disable", summary="停用", answer=schemas.Webhook, **_WHO)
def disable_webhook(exchange: Exchange) -> Answer:
    """Deliver nothing until it is enabled again."""
    return _versioned(exchange.services.webhooks.disable_webhook(_id(exchange)))


@routes.post(
    _WEBHOOK + "/replay",
    summary="从某个位置之后重新推送",
    body=schemas.ReplayInput,
    answer=schemas.Webhook,
    **_WHO,
)
def replay_webhook(exchange: Exchange) -> Answer:
    """Deliver everything after a position once more."""
    return _versioned(
        exchange.services.webhooks.replay_webhook(_id(exchange), exchange.body["after"])
    )


@routes.post(
    _WEBHOOK + "/rotate-secret",
    summary="更换密钥；旧密钥同时签名 24 小时",
    answer=schemas.WebhookMade,
    needs_idempotency_key=True,
    **_WHO,
)
def rotate_webhook_secret(exchange: Exchange) -> Answer:
    """Return a new secret, this once."""
    return _versioned(exchange.services.webhooks.rotate_webhook_secret(_id(exchange)))


@routes.post(
    _WEBHOOK + "/test", summary="发送测试事件", answer=schemas.WebhookTest, status=202, **_WHO
)
def send_webhook_test(exchange: Exchange) -> Answer:
    """Have a test event sent; what came of it is in the log."""
    return Json(data=exchange.services.webhooks.send_webhook_test(_id(exchange)))


@routes.get(
    _WEBHOOK + "/deliveries",
    summary="推送记录，新的在前，保留 30 天",
    query=schemas.AttemptsQuery,
    answer=schemas.WebhookAttempts,
    **_WHO,
)
def list_webhook_attempts(exchange: Exchange) -> Answer:
    """Return a page of the delivery log."""
    return Json(
        data=exchange.services.webhooks.list_webhook_attempts(_id(exchange), exchange.query)
    )


def _id(exchange: Exchange) -> str:
    return exchange.path["webhook_id"]


def _versioned(data: dict[str, Any]) -> Answer:
    return Json(data=data, etag=str(data["version"]))
