"""The audit log: rows of one service, and the ends of all chains (promise F18)."""

from chassis.config import SERVICES
from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf, Range

_ID = Length(0, 100)


class OwnAuditQuery(fields.Schema):
    """Whose rows: one service's, after a number."""

    service = fields.String(load_default="standards", validate=OneOf(SERVICES))
    after = fields.Digits(load_default=0, validate=Range(0, 2**62))
    before = fields.Digits(
        load_default=0,
        validate=Range(0, 2**62),
        metadata={"description": "这个编号之前的，最新的在先；0 为从 after 起，最早的在先"},
    )
    limit = fields.Digits(load_default=100, validate=Range(1, 500))


class AuditQuery(OwnAuditQuery):
    """What the rows must have; an empty field wants all."""

    actor = fields.String(load_default="", validate=_ID, metadata={"description": "谁"})
    object_id = fields.String(load_default="", validate=_ID, metadata={"description": "对什么"})
    enterprise_id = fields.String(load_default="", validate=_ID)
    action = fields.String(load_default="", validate=_ID, metadata={"description": "做了什么"})


class AuditRow(fields.Schema):
    """Who did what to what, and the place in the chain."""

    sequence = fields.Integer(required=True)
    recorded_at = fields.String(required=True)
    actor = fields.String(required=True)
    enterprise_id = fields.String(required=True)
    action = fields.String(required=True)
    object_id = fields.String(required=True)
    details = fields.Mapping(required=True)
    trace_id = fields.String(required=True)
    previous_hash = fields.String(required=True)
    hash = fields.String(required=True)


class AuditPage(fields.Schema):
    """Some rows, and the number to go on after."""

    rows = fields.List(fields.Nested(AuditRow), required=True)
    next_after = fields.Integer(required=True)


class HeadsQuery(fields.Schema):
    """How many of the newest ends."""

    limit = fields.Digits(load_default=100, validate=Range(1, 1000))


class AuditHead(fields.Schema):
    """The end of one service's chain at one moment."""

    service = fields.String(required=True)
    sequence = fields.Integer(required=True)
    hash = fields.String(required=True)
    noted_at = fields.String(required=True)


class AuditHeads(fields.Schema):
    """The newest ends of all chains."""

    heads = fields.List(fields.Nested(AuditHead), required=True)
