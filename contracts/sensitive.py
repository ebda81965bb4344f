"""The arguments that travel sealed: nobody reads them in a queue, on a broker's disk or in a log.

Every method that takes one of these declares it in ``sensitive_arguments``. Only ``code`` stands
for two things: the code of an SMS, and public codes, which are sealed with it.
"""

from typing import Final

SENSITIVE_ARGUMENTS: Final = frozenset(
    {
        "api_key",
        "captcha_answer",
        "code",
        "complaint_text",
        "confirmation_token",
        "id_number",
        "legal_representative_id_number",
        "login_token",
        "machine_key",
        "old_password",
        "password",
        "password_confirmation",
        "phone",
        "posted_body",
        "reporter_name",
        "session_token",
        "token",
        "username",
    }
)
