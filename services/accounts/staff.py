"""Add the first security administrator: ``python -m services.accounts.staff add …``.

The password is printed once and must be replaced at the first login, within a week; the second
factor is enrolled then as well.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DomainError
from chassis.uow import Database
from services.accounts.adapters import passwords
from services.accounts.config import Settings
from services.accounts.usecases import staff_accounts
from services.accounts.usecases.staff_accounts import NewStaff


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Run the command; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m services.accounts.staff", description="管理工作人员账户"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="新建工作人员账户，显示一次性初始密码")
    add.add_argument("username", help="用户名：6-20 位数字、字母、下划线")
    add.add_argument("name", help="姓名")
    add.add_argument("--role", action="append", help="角色，可重复；默认 SECURITY_ADMIN")
    add.add_argument("--region", help="所属区域代码（6 位），仅 BUREAU")
    options = parser.parse_args(arguments)
    staff = NewStaff(
        username=options.username,
        name=options.name,
        roles=tuple(options.role or ("SECURITY_ADMIN",)),
        region=options.region,
    )
    try:
        settings = Settings.from_env(environ)
        password = _add(settings, staff)
    except (ConfigError, DomainError) as error:
        sys.stderr.write(f"没有新建账户：{error}\n")
        return 1
    sys.stdout.write(
        f"已新建账户 {staff.username}。初始密码（只显示这一次，7 天内登录并更换）：{password}\n"
    )
    return 0


def _add(settings: Settings, staff: NewStaff) -> str:
    password = staff_accounts.new_password()
    password_hash = passwords.new_hasher(settings).hash(password)
    database = Database(
        settings.database_url, service="accounts", clock=SystemClock(settings.clock_offset_file)
    )
    with closing(database), database.transaction() as tx:
        staff_accounts.add_staff(tx=tx, staff=staff, password_hash=password_hash)
    return password


if __name__ == "__main__":
    sys.exit(main())
