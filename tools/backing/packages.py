"""Find the servers' programs, and install them from Debian when allowed."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from tools.backing.processes import BackingError

RABBIT_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
POSTGRES_FLOOR = 15
POLICY = Path("/usr/sbin/policy-rc.d")
CHINESE_FONTS = Path("/usr/share/fonts/opentype/noto")
UNITS = ("rabbitmq-server.service", "postgresql.service", "epmd.socket", "epmd.service")


def rabbit_programs() -> Path | None:
    """Return the folder of RabbitMQ's own scripts (Debian's wrappers insist on one user)."""
    return RABBIT_PROGRAMS if (RABBIT_PROGRAMS / "rabbitmq-server").exists() else None


def postgres_programs() -> Path | None:
    """Return the folder of the oldest PostgreSQL that is new enough."""
    found = []
    for program in Path("/usr/lib/postgresql").glob("*/bin/postgres"):
        version = program.parent.parent.name
        if version.isdigit() and int(version) >= POSTGRES_FLOOR:
            found.append((int(version), program.parent))
    return min(found)[1] if found else None


def missing(tools: Iterable[str] = (), *, browser: bool = False) -> list[str]:
    """Return the Debian packages without which the tests on real servers cannot run.

    ``tools`` are programs that are wanted too, each of a package of the same name; ``browser`` asks
    for one, and for letters to show.
    """
    if browser:
        fonts = [] if any(CHINESE_FONTS.glob("*CJK*")) else ["fonts-noto-cjk"]
        return [*fonts, *missing((*tools, "chromium"))]
    packages = [tool for tool in tools if shutil.which(tool) is None]
    if rabbit_programs() is None:
        packages.append("rabbitmq-server")
    if postgres_programs() is None:
        packages.append("postgresql")
    return packages


def can_install() -> bool:
    """Tell whether we may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_missing(
    log: Path | None = None, tools: Collection[str] = (), *, browser: bool = False
) -> list[str]:
    """Install what is missing and return the packages' names; start no service.

    Raises:
        BackingError: not root, no apt, or apt failed.
    """
    wanted = missing(tools, browser=browser)
    if not wanted:
        return []
    if not can_install():
        message = f"not installed: {', '.join(wanted)}; as root: apt install {' '.join(wanted)}"
        raise BackingError(message)
    enabled = _enabled_at_boot()
    with no_service_starts():
        _apt("update", "-q", log=log, check=False)
        _apt("install", "-y", "-q", "--no-install-recommends", *wanted, log=log)
    _disable_at_boot(_enabled_at_boot() - enabled)
    if missing(tools, browser=browser):
        message = f"apt installed {' '.join(wanted)}, but not where expected"
        raise BackingError(message)
    return wanted


@contextlib.contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """Make Debian's packages not start their services while they are being installed."""
    saved = policy.read_bytes() if policy.exists() else None
    mode = policy.stat().st_mode & 0o777 if saved is not None else 0o755
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        if saved is None:
            policy.unlink()
        else:
            policy.write_bytes(saved)
            policy.chmod(mode)


def _apt(*arguments: str, log: Path | None, check: bool = True) -> None:
    command = ["apt-get", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", *arguments]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with (log or Path(os.devnull)).open("a") as sink:
        done = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False
        )
    if check and done.returncode != 0:
        message = f"{' '.join(command)} failed" + (f"; log: {log}" if log else "")
        raise BackingError(message)


def _enabled_at_boot() -> set[str]:
    """Return which of the servers' units systemd starts at boot; none without systemd."""
    if not (Path("/run/systemd/system").exists() and shutil.which("systemctl")):
        return set()
    return {unit for unit in UNITS if _systemctl("is-enabled", unit) == 0}


def _disable_at_boot(units: set[str]) -> None:
    """Undo "start at boot" for what we installed: only our own nodes are wanted."""
    for unit in sorted(units):
        _systemctl("disable", unit)


def _systemctl(*arguments: str) -> int:
    return subprocess.run(
        ["systemctl", "--quiet", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode
