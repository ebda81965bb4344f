"""Entry points: login, session, logout (手册 3)."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.adapters.pictures import illustrate
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import own_sessions, sessions, signing_in, terms


class SessionEntries(AccountsBase):
    """Login 登录 and what follows from it."""

    @rpc(public=True, sensitive_arguments=("username", "password", "captcha_answer"))
    def log_in(self, **fields: str) -> dict[str, Any]:
        """Open a session (手册 3.1); the captcha is checked before anything else."""
        known = schemas.load(schemas.LoginInput, **fields)
        self.use_captcha(known)
        answer = signing_in.log_in(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            rules=self.login_rules,
            **known,
        )
        return illustrate(answer)

    @rpc(public=True, idempotent=True, sensitive_arguments=("session_token",))
    def get_actor_token(self, session_token: str) -> dict[str, Any]:
        """Return who a session stands for, as a token that lives a minute."""
        known = schemas.load(schemas.SessionInput, session_token=session_token)
        return sessions.get_actor_token(
            database=self.database,
            signer=self.signer,
            idle=self.settings.session_idle,
            **known,
        )

    @rpc(idempotent=True, sensitive_arguments=("session_token",))
    def list_sessions(self, **fields: str) -> dict[str, Any]:
        """Return the own open sessions."""
        known = schemas.load(schemas.AskingSessionInput, **fields)
        return own_sessions.list_sessions(
            database=self.database,
            idle=self.settings.session_idle,
            account_id=self.own_account_id(),
            **known,
        )

    @rpc
    def end_session(self, session_id: str) -> dict[str, Any]:
        """End one of the own sessions."""
        known = schemas.load(schemas.OwnSessionInput, session_id=session_id)
        account_id = self.own_account_id()
        with self.database.transaction() as tx:
            return own_sessions.end_session(tx=tx, account_id=account_id, **known)

    @rpc(sensitive_arguments=("session_token",))
    def end_other_sessions(self, **fields: str) -> dict[str, Any]:
        """End all own sessions but the one that asks."""
        known = schemas.load(schemas.AskingSessionInput, **fields)
        account_id = self.own_account_id()
        with self.database.transaction() as tx:
            return own_sessions.end_other_sessions(tx=tx, account_id=account_id, **known)

    @rpc
    def accept_terms(self, version: str) -> dict[str, Any]:
        """Note that the terms in force were accepted."""
        known = schemas.load(schemas.TermsInput, version=version)
        account_id = self.own_account_id()
        with self.database.transaction() as tx:
            return terms.accept_terms(
                tx=tx, account_id=account_id, in_force=self.terms.version, **known
            )

    @rpc(public=True, sensitive_arguments=("session_token",))
    def log_out(self, session_token: str) -> dict[str, Any]:
        """End a session."""
        known = schemas.load(schemas.SessionInput, session_token=session_token)
        with self.database.transaction() as tx:
            sessions.log_out(tx=tx, **known)
        return {}
