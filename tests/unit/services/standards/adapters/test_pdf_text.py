"""Text that looks right on the page but is nonsense in the file is recognised."""

import pytest

from services.standards.adapters.pdf_text import judge_text

CHINESE = "本标准规定了农村生活污水处理设施水污染物排放控制要求、监测要求，以及标准的实施与监督。"
MAPPED = (
    "# $%&'()*+,-./012。 ñïòóô ＧＢ／Ｔ１．１—２００９õyQ%\x8dös。"
    "《KÒÇ|ù¦@-\x95 ú１１û0：>?@ABC\x85¹》"
)


class TestJudgeText:
    @pytest.mark.parametrize("text", ["", " \n\f\t", "\u3000\xa0"])
    def test_none(self, text: str) -> None:
        assert judge_text(text) == "none"

    @pytest.mark.parametrize(
        "text",
        [
            CHINESE,
            "Q/ABC 001-2026",
            "本標準規定了農村生活污水處理設施水污染物排放控制要求、監測要求。" * 2,
            "目 次\n1 范围 " + "." * 60 + " 1\n2 术语",
            "The limits are 0.05 mg/L at 20 °C ± 2 °C, see “Annex A” – § 4.2 (µm, m²)." * 3,
            "انواع الخطوط العربية انواع الخطوط العربية",
            "5.1 12.5 % 0.3 0.4 0.5 1 000 ≤ 10 ≥ 20 GB/T 1.1-2009 2026-01-01",
            "…",
        ],
    )
    def test_good(self, text: str) -> None:
        assert judge_text(text) == "good"

    @pytest.mark.parametrize(
        "text",
        [
            MAPPED,
            CHINESE.encode("gbk").decode("latin-1"),
            CHINESE.encode().decode("latin-1"),
            "\ue000\ue001\ue002" * 20,
            "\ufffd" * 30 + "abc",
            "! \" # $ % & ' ( ) * + , / : ; < = > ? @" * 3,
            "犐犆犛犢犌犅犠犪狋犲狉犫犪狊犲犱犮狅犪狋犻狀犵狊" * 2,
            "，ab。cd，" * 20,
        ],
    )
    def test_garbled(self, text: str) -> None:
        assert judge_text(text) == "garbled"

    def test_a_few_odd_characters_do_no_harm(self) -> None:
        assert judge_text(CHINESE * 5 + "\ue011\ue012\ufffd") == "good"
