"""Write `.env` for docker-compose.yml with fresh secrets: ``python -m tools.make_env``.

What only the operator knows – host names and SMS providers – is asked for as an argument. An
existing file is never overwritten: its keys are the only way to the data encrypted with them.
"""

import argparse
import base64
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import actors

SERVICES = ("accounts", "registry", "standards", "search", "notify")
BUS_USERS = ("operator", *SERVICES, "gateway")
KEY_BYTES = 32


def password() -> str:
    """Return a password that needs no quoting in an address."""
    return secrets.token_urlsafe(24)


def key() -> str:
    """Return a fresh symmetric key as the settings want it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()


def signing_keys() -> dict[str, str]:
    """Return a signing key per service and the public halves for everybody."""
    keys = {name: Ed25519PrivateKey.generate() for name in SERVICES}
    values = {
        f"{name.upper()}_SIGNING_KEY": base64.b64encode(own.private_bytes_raw()).decode()
        for name, own in keys.items()
    }
    public = [f"{name}:{actors.public_text(own)}" for name, own in keys.items()]
    return {**values, "ACTOR_PUBLIC_KEYS": ",".join(public)}


def values(hosts: str, sms: str) -> dict[str, str]:
    """Return every variable that docker-compose.yml asks for."""
    return {
        "GATEWAY_ALLOWED_HOSTS": hosts,
        "PUBLIC_URL": f"https://{hosts.partition(' ')[0]}",
        "NOTIFY_SMS_URLS": sms,
        "POSTGRES_PASSWORD": password(),
        **{f"{name.upper()}_DATABASE_PASSWORD": password() for name in SERVICES},
        **{f"{name.upper()}_BUS_PASSWORD": password() for name in BUS_USERS},
        "DATA_KEYS": f"k1:{key()}",
        "INDEX_KEY": key(),
        "SEAL_KEYS": f"k1:{key()}",
        "SEARCH_CURSOR_KEY": key(),
        "STANDARDS_LOG_KEY": f"k1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}",
        **signing_keys(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the file, readable by its owner only."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_env", description=__doc__)
    parser.add_argument("--hosts", required=True, help="host names of the site, blank-separated")
    parser.add_argument("--sms", required=True, help="SMS providers, blank-separated")
    parser.add_argument("--file", type=Path, default=Path(".env"), help="%(default)s")
    options = parser.parse_args(arguments)
    try:
        options.file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        print(f"{options.file} exists; it stays as it is", file=sys.stderr)
        return 1
    lines = [f"{name}='{value}'" for name, value in values(options.hosts, options.sms).items()]
    options.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{options.file} written: keep a copy in a safe place")
    return 0


if __name__ == "__main__":
    sys.exit(main())
