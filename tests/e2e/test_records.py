"""Pages of one record, its versions and proof, an enterprise's page, and barcodes; no scripts."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from pypdf import PdfReader

from tests.factories import pdfs
from tests.factories.web_page import WebPage
from tools.verify import __main__ as verify
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TITLE = "竹纤维餐盒"
BEIJING = timedelta(hours=8)


def indicator(name: str, low: str, high: str, unit: str = "mm") -> dict[str, Any]:
    def bound(main: str) -> dict[str, str]:
        return {"symbol": "<=", "main": main, "upper_tolerance": "", "lower_tolerance": ""}

    return {
        "name": name,
        "category": "指标",
        "requirement": {
            "kind": "NUMERIC", "left": bound(low), "right": bound(high), "unit": unit,
        },
        "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
    }  # fmt: skip


def product(name: str, barcode: str = "") -> dict[str, str]:
    return {"name": name, "model": "ZX-1", "class_code": "QB020101", "barcode": barcode}


def entry(body: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "ENTERPRISE",
        "number": {"body": body, "year": "2026"},
        "title": TITLE,
        "disclosure_mode": "INDICATORS",
        "indicators": [indicator("壁厚", "0.5", "1.5")],
        "products": [product(TITLE)],
        **changes,
    }


def act(clerk: Visitor, shown: dict[str, Any], what: str, body: Any = None) -> dict[str, Any]:
    path = f"/declarations/{shown['declaration_id']}/{what}"
    return clerk.api("POST", path, json=body or {}, version=int(shown["version"]))


def gtin(number: int) -> str:
    """Return a barcode of 13 digits with its check digit."""
    digits = f"69900{number:07d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def read(anyone: Visitor, path: str, status: int = 200) -> WebPage:
    """Return a page as a browser gets it."""
    answer = anyone.request("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == status, (path, answer.text[:500])
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = WebPage(answer.text)
    assert page.faults() == [], path
    return page


def wait_for_page(anyone: Visitor, path: str, is_there: Callable[[WebPage], object]) -> WebPage:
    """Return a page once the index has what it is to show."""

    def look() -> WebPage | None:
        answer = anyone.request("GET", path, headers={"Accept": "text/html"})
        page = WebPage(answer.text) if answer.status_code == 200 else None
        return page if page is not None and is_there(page) else None

    return wait_for(look, seconds=20, what=path)


@pytest.fixture(scope="module")
def changed(clerk: Visitor) -> dict[str, Any]:
    """Return a declaration that was published, corrected, and given another product."""
    wrong = entry("RC2026 100")
    first = clerk.publish(clerk.save_draft(wrong))
    content = {name: wrong[name] for name in wrong if name != "kind"} | {
        "indicators": [indicator("壁厚", "0.4", "1.6"), indicator("容量", "1.9", "2.1", "L")],
        "is_committed": True,
    }
    corrected = act(clerk, first, "correction", content)
    return act(
        clerk, corrected, "products", {"products": [product("竹纤维碗")], "is_committed": True}
    )


@pytest.mark.proves("R-146", "R-212", "R-213", "R-218")
def test_a_record_has_its_blocks_in_order_and_says_them_plainly(
    system: Any, changed: dict[str, Any]
) -> None:
    """手册 5.1.1; FAQ 15, 16, 37."""
    anyone = system.visitor()
    record = changed["record_number"]

    page = wait_for_page(anyone, f"/s/{record}", lambda page: "竹纤维碗" in page.main.text)

    assert page.title == TITLE
    assert page.faults() == []
    assert page.headings() == [
        "企业承诺", "企业基本信息", "标准信息", "技术指标", "标准发布时间", "产品信息",
        "版本与核对",
    ]  # fmt: skip
    facts = page.facts()
    document = anyone.api("GET", f"/public/declarations/{record}")["document"]
    assert facts["企业名称"] == document["enterprise"]["name"]
    assert facts["法定代表人"] == document["enterprise"]["legal_representative"]
    assert facts["注册地址"] == document["enterprise"]["address"]
    assert facts["标准编号"] == "Q/RC2026 100-2026"
    assert facts["公开方式"] == "技术指标"
    assert facts["终止时间"] == "—"
    assert facts["版本"].startswith("第 3 版")
    assert document["commitment"]["text"].split()[0] in page.main.text
    indicators, products = page.tables()
    assert indicators[1][1] == "壁厚"
    assert indicators[1][2] == "0.4 <= 壁厚 <= 1.6mm即不小于 0.4 mm，且不大于 1.6 mm"
    assert indicators[1][3] == "按附录 A 测定"
    assert [row[1] for row in products[1:]] == [TITLE, "竹纤维碗"]
    assert products[1][7].endswith("QB020101")
    assert products[1][7] != "QB020101"
    assert "此标准现行有效" in page.main.text


def test_a_record_tells_machines_what_it_is(system: Any, changed: dict[str, Any]) -> None:
    anyone = system.visitor()
    record = changed["record_number"]

    page = read(anyone, f"/s/{record}")

    (data,) = [json.loads(script.text) for script in page.root.find("script")]
    assert data["identifier"] == record
    assert data["publisher"]["name"] == page.facts()["企业名称"]
    assert data["creativeWorkStatus"] == "Published"
    assert data["about"][0] == {"@type": "Product", "name": TITLE, "model": "ZX-1"}
    (canonical,) = page.root.find("link", rel="canonical")
    assert canonical.attributes["href"] == data["url"] == f"{system.url}/s/{record}"
    assert page.facts()["本页网址"] == data["url"]


def test_a_record_is_kept_by_caches_and_has_a_code_to_scan(
    system: Any, changed: dict[str, Any]
) -> None:
    anyone = system.visitor()
    path = f"/s/{changed['record_number']}"
    (picture,) = read(anyone, path).main.find("img")

    page = anyone.request("GET", path)
    again = anyone.request("GET", path, headers={"If-None-Match": page.headers["ETag"]})
    code = anyone.request("GET", picture.attributes["src"])
    nonsense = anyone.request("GET", "/s/nothing/qr.svg")

    assert page.headers["Cache-Control"] == "public, max-age=30"
    assert (again.status_code, again.content) == (304, b"")
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert code.headers["Cache-Control"] == "public, max-age=86400"
    assert code.text.count("<path") >= 1
    assert nonsense.status_code == 404


@pytest.mark.proves("R-215")
def test_what_was_not_published_has_no_page(system: Any, clerk: Visitor) -> None:
    """手册 4.1."""
    draft = clerk.save_draft(entry("RC2026 199", title="从未公开的名称"))
    record = "Q-91370303QBEX00021D-202611081653-9999"
    anyone = system.visitor()

    for path in ("", "/versions", "/proof", "/text", "/revised", "?as_of=2026-01-01"):
        missing = read(anyone, f"/s/{record}{path}", status=404)
        assert missing.title
    assert clerk.api("GET", f"/declarations/{draft['declaration_id']}")["record_number"] is None
    assert anyone.api("GET", "/public/declarations?q=从未公开的名称")["items"] == []


def test_versions_are_listed_and_compared(system: Any, changed: dict[str, Any]) -> None:
    """手册 5.2, 5.4: what was public before stays readable, and what changed is told."""
    anyone = system.visitor()
    record = changed["record_number"]

    page = read(anyone, f"/s/{record}/versions")
    rows = page.tables()[0][1:]
    corrected = read(anyone, f"/s/{record}/versions/1..2")
    turned = read(anyone, f"/s/{record}/versions/2..1")
    added = read(anyone, f"/s/{record}/versions/2..3")
    same = read(anyone, f"/s/{record}/versions/3..3")

    assert [row[0] for row in rows] == ["第 3 版", "第 2 版", "第 1 版"]
    assert [row[2] for row in rows] == ["增加关联产品", "公开后 24 小时内修改", "首次公开"]
    assert f"/s/{record}/versions/1..3" in page.links().values()
    assert corrected.main.text == turned.main.text
    assert "壁厚 要求放宽" in corrected.headings(3)
    assert ["指标要求", "0.5 <= 壁厚 <= 1.5mm", "0.4 <= 壁厚 <= 1.6mm"] in corrected.tables()[2]
    assert "增加的指标" in corrected.headings(3)
    assert "竹纤维碗" in added.main.text
    assert "没有差异" in same.main.text
    for wrong in ("1..9", "0..1", "a..b", "1"):
        read(anyone, f"/s/{record}/versions/{wrong}", status=404)


def test_a_record_is_read_as_of_a_day(system: Any, changed: dict[str, Any]) -> None:
    anyone = system.visitor()
    record = changed["record_number"]
    today = (datetime.now(UTC) + BEIJING).date()

    now = read(anyone, f"/s/{record}?as_of={today}")
    before = read(anyone, f"/s/{record}?as_of=2020-02-29", status=404)
    (form,) = now.main.find("form")
    (day,) = form.find("input", type="date")

    assert f"以下是 {today} 当日（北京时间）公开的内容，为第 3 版" in now.main.text
    assert now.links()["查看最新内容"] == f"/s/{record}"
    assert "2020-02-29 尚未公开" in before.title
    assert form.attributes["action"] == f"/s/{record}"
    assert day.attributes["name"] == "as_of"
    for wrong in ("2026-02-30", "昨天", "9999-12-31", str(today + timedelta(days=3))):
        page = read(anyone, f"/s/{record}?as_of={wrong}", status=400)
        assert page.title == "日期有误"
        assert "2026-03-01" in page.main.text


def test_the_proof_says_where_it_is_and_how_to_check(system: Any, changed: dict[str, Any]) -> None:
    anyone = system.visitor()
    record = changed["record_number"]

    page = wait_for_page(
        anyone, f"/s/{record}/proof?version=1", lambda page: "条目序号" in page.facts()
    )

    facts = page.facts()
    proof = anyone.api("GET", f"/public/declarations/{record}/proof?version=1")["inclusion"]
    assert facts["条目序号"] == str(proof["leaf_index"])
    assert facts["条目哈希"] == proof["leaf_hash"]
    assert re.fullmatch(r"[0-9a-f]{64}", facts["根哈希"])
    assert page.headings() == ["在日志中的位置", "怎样核对"]
    downloaded = anyone.request("GET", page.links()["下载公开凭证（JSON）"])
    assert downloaded.json()["version"] == 1
    read(anyone, f"/s/{record}/proof?version=77", status=404)


@pytest.mark.proves("R-157", "R-216")
def test_a_revision_and_its_forerunner_lead_to_each_other(system: Any, clerk: Visitor) -> None:
    """手册 5.3, 5.5; FAQ 29."""
    anyone = system.visitor()
    first = clerk.publish(clerk.save_draft(entry("RC2026 300")))
    draft = act(clerk, first, "revision")
    stricter = entry("RC2026 300", indicators=[indicator("壁厚", "0.8", "1.2")])
    saved = clerk.api(
        "PUT",
        f"/declarations/{draft['declaration_id']}",
        json=stricter,
        version=int(draft["version"]),
    )
    second = clerk.publish(saved)
    old, new = first["record_number"], second["record_number"]

    later = wait_for_page(anyone, f"/s/{new}", lambda page: old in page.main.text)
    earlier = wait_for_page(anyone, f"/s/{old}", lambda page: new in page.main.text)
    told = read(anyone, f"/s/{new}/revised")
    asked = act(clerk, first, "withdrawal-request")
    token = asked["confirmation_token"]
    act(clerk, first, "withdrawal", {"confirmation_token": token, "reason": "REPLACED"})
    gone = wait_for_page(anyone, f"/s/{old}", lambda page: "废止（" in page.main.text)

    assert later.links()[old] == f"/s/{old}"
    assert earlier.links()[new] == f"/s/{new}"
    assert "此标准已修订" in earlier.main.text
    assert told.title == "修订前后的差异"
    assert "壁厚 要求更严" in told.headings(3)
    assert "废止（已被其他标准代替），仅供查考" in gone.main.text
    assert gone.facts()["终止时间"] != "—"
    assert gone.facts()["状态"] == "废止"
    (data,) = [json.loads(script.text) for script in gone.root.find("script")]
    assert data["creativeWorkStatus"] == "Withdrawn"
    read(anyone, f"/s/{old}/revised", status=404)


@pytest.mark.proves("R-214")
def test_a_standard_of_others_is_named_and_not_shown(system: Any, clerk: Visitor) -> None:
    """FAQ 33."""
    found = clerk.api("GET", "/catalogue?kind=NATIONAL&text=3095")["items"][0]
    shown = clerk.publish(
        clerk.save_draft(
            {"kind": "NATIONAL", "catalogue_id": found["catalogue_id"],
             "products": [product("竹餐盒")]}
        )
    )  # fmt: skip

    page = wait_for_page(
        system.visitor(), f"/s/{shown['record_number']}", lambda page: "竹餐盒" in page.main.text
    )

    assert page.facts()["公开方式"] == "执行已发布的标准"
    assert "不提供标准文本" in page.main.text
    assert "查看文本" not in page.links()
    read(system.visitor(), f"/s/{shown['record_number']}/text", status=404)


def test_an_enterprise_has_a_page_with_all_it_published(
    system: Any, clerk: Visitor, changed: dict[str, Any]
) -> None:
    anyone = system.visitor()
    for number in range(16):
        shown = clerk.publish(clerk.save_draft(entry(f"RC2026 5{number:02d}")))
    document = anyone.api("GET", f"/public/declarations/{shown['record_number']}")["document"]
    code = document["enterprise"]["organization_code"]
    path = f"/e/{code}"

    newest = f"/s/{shown['record_number']}"
    page = wait_for_page(anyone, path, lambda page: newest in hits(page))
    by_credit_code = read(anyone, f"/e/{document['enterprise']['credit_code'].lower()}")
    listed = hits(page)
    following: WebPage | None = page
    while following is not None and (after := following.links().get("下一页")):
        following = read(anyone, urljoin(path, after))
        assert following.links()["回到第一页"] == path
        listed += hits(following)
    withdrawn = read(anyone, f"{path}?state=WITHDRAWN")

    total = anyone.api("GET", f"/public/declarations?credit_code={code}")["total"]
    assert page.title == by_credit_code.title == document["enterprise"]["name"]
    assert page.facts()["统一社会信用代码"] == document["enterprise"]["credit_code"]
    assert page.facts()["注册地址"] == document["enterprise"]["address"]
    assert len(listed) == len(set(listed)) == total
    assert f"/s/{changed['record_number']}" in listed
    counted = {(row[0], row[1]): int(row[2]) for row in page.tables()[0][1:]}
    assert sum(count for (group, _), count in counted.items() if group == "状态") == total
    assert sum(count for (group, _), count in counted.items() if group == "种类") == total
    assert len(hits(withdrawn)) == min(15, counted.get(("状态", "废止"), 0))
    record = read(anyone, newest)
    assert record.links()[document["enterprise"]["name"]] == path


def hits(page: WebPage) -> list[str]:
    return [link.attributes["href"] for link in page.main.find("a", class_="hit-title")]


@pytest.mark.parametrize(
    ("code", "status", "title"),
    [
        ("ZZZZZZZZ9", 404, "没有公开的标准"),
        ("12", 400, "机构代码有误"),
        ("启标", 400, "机构代码有误"),
    ],
)
def test_an_unknown_enterprise_is_explained(
    system: Any, code: str, status: int, title: str
) -> None:
    assert read(system.visitor(), f"/e/{code}", status=status).title == title


def test_a_barcode_leads_to_what_is_declared_of_the_product(system: Any, clerk: Visitor) -> None:
    anyone = system.visitor()
    single, shared, longer = gtin(1), gtin(2), gtin(3)
    alone = clerk.publish(
        clerk.save_draft(entry("RC2026 700", products=[product("餐盒甲", single)]))
    )
    several = [
        clerk.publish(
            clerk.save_draft(entry(f"RC2026 70{number}", products=[product("餐盒乙", shared)]))
        )
        for number in (1, 2)
    ]
    one = f"/s/{alone['record_number']}"

    def location(path: str) -> str | None:
        answer = anyone.request("GET", path, headers={"Accept": "text/html"})
        return answer.url if answer.history and answer.history[-1].status_code == 303 else None

    target = wait_for(lambda: location(f"/barcode/{single}"), seconds=20, what="条码")
    page = wait_for_page(anyone, f"/barcode/{shared}", lambda page: len(hits(page)) == 2)
    nothing = read(anyone, f"/barcode/{longer}")
    form = read(anyone, "/barcode")

    assert urlsplit(target).path == one
    for path in (
        f"/01/{single}", f"/01/0{single}/10/A1?17=270101", f"/barcode/0{single}",
        f"/barcode?gtin={single[:3]} {single[3:8]}-{single[8:]}",
    ):  # fmt: skip
        found = location(path)
        assert found is not None, path
        assert urlsplit(found).path == one
    assert set(hits(page)) == {f"/s/{shown['record_number']}" for shown in several}
    assert shared in page.title
    assert "没有企业声明此条码" in nothing.main.text
    assert [label.text for label in form.main.find("label")] == ["商品条码"]


def test_a_barcode_is_not_taken_for_the_beginning_of_another(system: Any, clerk: Visitor) -> None:
    short = "69900013"
    longer = gtin(130_000)
    shown = clerk.publish(
        clerk.save_draft(entry("RC2026 710", products=[product("餐盒丙", longer)]))
    )
    anyone = system.visitor()

    wait_for(
        lambda: anyone.request("GET", f"/barcode/{longer}").history or None,
        seconds=20,
        what=shown["record_number"],
    )

    assert longer.startswith(short)
    assert hits(read(anyone, f"/barcode/{short}")) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("690123456789", "校验码不对"),
        ("6901234567890", "6901234567890"),
        ("123", "8、12、13 或 14 位"),
        ("69012345678921234", "8、12、13 或 14 位"),
        ("ABCDEFGH", "8、12、13 或 14 位"),
        ("٦٩٠١٢٣٤٥", "8、12、13 或 14 位"),
    ],
)
def test_a_wrong_barcode_is_explained(system: Any, typed: str, said: str) -> None:
    for path in (f"/barcode/{typed}", f"/01/{typed}", f"/barcode?gtin={typed}"):
        page = read(system.visitor(), path, status=400)
        assert page.title == "条码有误"
        assert said in page.main.text


def test_a_receipt_proves_what_was_published(system: Any, clerk: Visitor, tmp_path: Path) -> None:
    """FAQ 22, 27: the sheet says it, its code leads to the page, its file checks offline."""
    shown = clerk.publish(clerk.save_draft(entry("RC2026 800", products=[product("餐盒丁")])))
    record, path = shown["record_number"], f"/api/v1/declarations/{shown['declaration_id']}/receipt"
    draft = clerk.save_draft(entry("RC2026 801"))
    anyone = system.visitor()

    answer = wait_for(
        lambda: found if (found := clerk.request("GET", path)).status_code == 200 else None,
        seconds=30,
        what="公开凭证",
    )
    refused = clerk.request("GET", f"/api/v1/declarations/{draft['declaration_id']}/receipt")
    stranger = anyone.request("GET", path)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipt-{record}.pdf"'
    sheet = PdfReader(io.BytesIO(answer.content))
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in sheet.pages))
    public = anyone.api("GET", f"/public/declarations/{record}")
    (attached,) = sheet.attachments["proof.json"]
    proof = json.loads(attached)
    for said in (
        "公开凭证", record, "Q/RC2026800-2026", f"《{TITLE}》", "产品1个",
        public["document"]["enterprise"]["name"], public["document_sha256"], "现行",
        f"条目序号{proof['inclusion']['leaf_index']}", proof["inclusion"]["head"]["root"],
        f"日志条目数{proof['inclusion']['tree_size']}", f"{system.url}/s/{record}",
    ):  # fmt: skip
        assert said in text, said
    assert hashlib.sha256(proof["document"].encode()).hexdigest() == public["document_sha256"]
    (refused_as, stranger_as) = refused.json()["code"], stranger.json()["code"]
    assert (refused_as, stranger_as) == ("gateway.not_published", "gateway.login_required")
    (tmp_path / "proof.json").write_bytes(attached)
    keys = anyone.request("GET", "/api/v1/log/keys").content
    (tmp_path / "keys.json").write_bytes(keys)
    checked = [str(tmp_path / name) for name in ("keys.json", "proof.json")]
    assert verify.main(["--key", *checked]) == 0
    (tmp_path / "proof.json").write_bytes(attached.replace("餐盒丁".encode(), "餐盒戊".encode()))
    assert verify.main(["--key", *checked]) == 1


@pytest.mark.proves("R-211")
def test_a_text_is_read_page_by_page_and_downloaded(system: Any, clerk: Visitor) -> None:
    """FAQ 27; the words are shown, the file itself only leaves as a download."""
    content = pdfs.minimal_pdf("Q/RC2026 900-2026", pages=2)
    upload = clerk.upload("竹纤维餐盒.pdf", content)["upload_id"]
    shown = clerk.publish(
        clerk.save_draft(
            entry("RC2026 900", disclosure_mode="FULL_TEXT", indicators=[], upload_id=upload)
        )
    )
    anyone = system.visitor()
    path = f"/s/{shown['record_number']}"

    record = wait_for_page(anyone, path, lambda page: "查看文本" in page.links())
    first = read(anyone, record.links()["在线阅读"])
    second = read(anyone, first.links()["下一页"])
    file = anyone.request("GET", record.links()["查看文本"])

    assert first.title == "竹纤维餐盒.pdf"
    assert first.headings() == ["第 1 页，共 2 页"]
    assert "Page 1 of 2" in first.main.text
    assert "Page 2 of 2" in second.main.text
    assert second.links()["上一页"] == f"{path}/read?page=1"
    assert [each for each in first.links().values() if each.endswith("/text")] == [f"{path}/text"]
    assert file.content == content
    assert file.headers["Content-Disposition"].startswith("attachment;")
    read(anyone, f"{path}/read?page=3", status=404)
