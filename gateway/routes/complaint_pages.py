"""Complain 投诉举报 without JavaScript: a form, the number it gets, and how the matter stands.

A captcha can be spent once, so a form that is sent again files nothing; another site's form is
refused before it is read (`gateway.sessions.check_same_site`). What was typed stays on the page.
"""

from collections.abc import Mapping
from typing import Any, Final

from chassis.errors import DomainError
from gateway import forms, problems
from gateway.answers import Answer, Page
from gateway.forms import Form
from gateway.labels import COMPLAINT_CATEGORIES, COMPLAINT_FINDINGS, COMPLAINT_STATES
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas.complaints import ComplaintQuestion
from gateway.schemas.portal import CAPTCHA_KINDS, IMAGE, ComplaintForm, ComplaintQuery

routes = Routes("门户", prefix="", face=Face.PAGE)

LABELS: Final = {
    "record_number": "公开编号",
    "category": "投诉举报的事项",
    "text": "内容",
    "name": "姓名",
    "phone": "手机号码",
    "captcha_answer": "验证码",
    "captcha_id": "验证码",
    "complaint_number": "投诉举报编号",
    "query_code": "查询码",
}
_INVALID: Final = 422
_CAPTCHA_WRONG: Final = {"accounts.captcha_wrong": "captcha_answer"}


@routes.get("/complaints/new", summary="投诉举报", form=ComplaintQuery, auth=Auth.PUBLIC)
def show_complaint_form(exchange: Exchange) -> Answer:
    """Show the form, for a publication when its page has led here."""
    about = forms.check(ComplaintQuery, exchange.typed).data.get("record_number", "")
    return _form_page(exchange, _blank({"record_number": about}), IMAGE)


@routes.post("/complaints/new", summary="提交投诉举报", form=ComplaintForm, auth=Auth.PUBLIC)
def file_complaint_form(exchange: Exchange) -> Answer:
    """File the complaint and show its number and code, once; or show what is wrong."""
    step = exchange.typed.get("step", "")
    if step in CAPTCHA_KINDS:
        return _form_page(exchange, _blank(exchange.typed), step)
    form = forms.check(ComplaintForm, exchange.typed)
    kind = str(form.data.get("captcha_kind", IMAGE))
    if not form.is_right:
        return _form_page(exchange, form, kind, status=_INVALID)
    try:
        filed = exchange.services.standards.file_complaint(form.data, exchange.address)
    except DomainError as error:
        refused = form.refused(error, fields=_CAPTCHA_WRONG)
        return _form_page(exchange, refused, kind, status=problems.status_of(error.wire_code))
    return Page(template="complaint_filed.html", context={"filed": filed})


@routes.get("/complaints/status", summary="投诉举报查询", auth=Auth.PUBLIC)
def show_status_form(_exchange: Exchange) -> Answer:
    """Show where number and code are entered."""
    return _status_page(forms.blank(ComplaintQuestion, {}))


@routes.post("/complaints/status", summary="查询投诉举报", form=ComplaintQuestion, auth=Auth.PUBLIC)
def show_complaint_status(exchange: Exchange) -> Answer:
    """Show how a complaint stands, to whoever knows number and code."""
    form = forms.check(ComplaintQuestion, exchange.typed)
    if not form.is_right:
        return _status_page(form, status=_INVALID)
    try:
        found = exchange.services.standards.get_complaint_state(form.data, exchange.address)
    except DomainError as error:
        return _status_page(form.refused(error), status=problems.status_of(error.wire_code))
    return _status_page(form, found=found)


def _blank(typed: Mapping[str, str]) -> Form:
    return forms.blank(ComplaintForm, typed)


def _form_page(exchange: Exchange, form: Form, kind: str, *, status: int = 200) -> Answer:
    accounts = exchange.services.accounts
    try:
        captcha = accounts.new_captcha({"kind": kind, "client_address": exchange.address})
    except DomainError as error:
        if kind == IMAGE:
            raise
        kind, form = IMAGE, form.refused(error)  # spoken ones are limited
        captcha = accounts.new_captcha({"kind": kind, "client_address": exchange.address})
    context: dict[str, Any] = {
        "form": form,
        "labels": LABELS,
        "categories": COMPLAINT_CATEGORIES,
        "captcha": captcha,
        "captcha_kind": kind,
    }
    return Page(template="complaint_new.html", context=context, status=status)


def _status_page(
    form: Form, *, found: Mapping[str, Any] | None = None, status: int = 200
) -> Answer:
    context = {
        "form": form,
        "labels": LABELS,
        "found": found,
        "categories": COMPLAINT_CATEGORIES,
        "standings": COMPLAINT_STATES,
        "findings": COMPLAINT_FINDINGS,
    }
    return Page(template="complaint_status.html", context=context, status=status)
