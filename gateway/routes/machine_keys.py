"""Keys with which programs of an enterprise come in: ``Authorization: Bearer qbk_…``."""

from typing import Final

from gateway.answers import Answer, Json, Nothing
from gateway.routes.team import OWNER
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import team as schemas

routes = Routes("接口密钥")

OPERATORS: Final = frozenset({"OPERATOR"})
_KEY: Final = "/machine-keys/<uuid:key_id>"


@routes.get(
    "/machine-keys",
    summary="接口密钥",
    answer=schemas.MachineKeys,
    roles=OWNER,
    auth=Auth.SESSION,
)
def list_machine_keys(exchange: Exchange) -> Answer:
    """Return the keys of the own enterprise, without the keys themselves."""
    return Json(data=exchange.services.machine_keys.list_machine_keys())


@routes.post(
    "/machine-keys",
    summary="新建接口密钥",
    body=schemas.KeyInput,
    answer=schemas.MachineKeyMade,
    status=201,
    roles=OWNER,
    auth=Auth.SESSION,
)
def make_machine_key(exchange: Exchange) -> Answer:
    """Make a key; it is shown this once."""
    return Json(data=exchange.services.machine_keys.make_machine_key(exchange.body))


@routes.post(
    _KEY + "/rotation",
    summary="更换接口密钥",
    answer=schemas.MachineKeyMade,
    status=201,
    roles=OWNER,
    auth=Auth.SESSION,
)
def rotate_machine_key(exchange: Exchange) -> Answer:
    """Replace a key; the old one goes on for 24 hours at most."""
    return Json(data=exchange.services.machine_keys.rotate_machine_key(exchange.path["key_id"]))


@routes.delete(_KEY, summary="停用接口密钥", status=204, roles=OWNER, auth=Auth.SESSION)
def end_machine_key(exchange: Exchange) -> Answer:
    """End a key at once."""
    exchange.services.machine_keys.end_machine_key(exchange.path["key_id"])
    return Nothing()


@routes.put(
    "/operator/machine-keys/<uuid:key_id>/quota",
    summary="单独设置接口密钥的配额",
    body=schemas.KeyQuotaInput,
    answer=schemas.MachineKey,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def set_key_quota(exchange: Exchange) -> Answer:
    """Give a key a quota of its own, or none; the next request is counted under it."""
    key_id = exchange.path["key_id"]
    return Json(data=exchange.services.machine_keys.set_key_quota(key_id, exchange.body))
