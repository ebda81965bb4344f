"""Every encrypted column of ``notify``, with the purpose its values are encrypted for."""

from typing import Final

from chassis.rotation import Encrypted
from services.notify.models import Webhook

# The same for both: a secret stays readable when it becomes the old one.
WEBHOOK_SECRET: Final = "notify.webhook_secret"  # noqa: S105 - the name of a purpose

COLUMNS: Final = (
    Encrypted(Webhook.__table__.c.secret_encrypted, WEBHOOK_SECRET),
    Encrypted(Webhook.__table__.c.old_secret_encrypted, WEBHOOK_SECRET),
)
