"""Which addresses a webhook may lead to (F22)."""

import pytest

from services.notify.domain.addresses import MAX_URL, UrlError, check_url, is_public

INNER = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - looked at, not bound
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "no address",
    "",
    "2130706433",
    "0x7f.1",
    "127.1",
)


@pytest.mark.proves("F22")
class TestIsPublic:
    @pytest.mark.parametrize("address", INNER)
    def test_inner_ones_are_not(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            "1.1.1.1",
            "114.114.114.114",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "2400:3200::1",
            "2606:4700:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ],
    )
    def test_those_of_the_internet_are(self, address: str) -> None:
        assert is_public(address)


@pytest.mark.proves("F22")
class TestCheckUrl:
    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://example.cn/qibiao?key=1", "example.cn"),
            ("https://EXAMPLE.cn:8443", "example.cn"),
            ("https://1.1.1.1/x", "1.1.1.1"),
            ("https://[2400:3200::1]/x", "2400:3200::1"),
            ("https://example.cn./x", "example.cn"),
        ],
    )
    def test_public_ones_pass(self, url: str, host: str) -> None:
        assert check_url(url) == host

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("http://example.cn/", "SCHEME"),
            ("ftp://example.cn/", "SCHEME"),
            ("file:///etc/passwd", "MALFORMED"),
            ("https:///x", "MALFORMED"),
            ("https://", "MALFORMED"),
            ("example.cn", "MALFORMED"),
            ("https://example.cn/#part", "MALFORMED"),
            ("https://example.cn/a b", "MALFORMED"),
            ("https://example.cn/\r\nHost: x", "MALFORMED"),
            ("https://例子.cn/", "MALFORMED"),
            ("https://example.cn:99999/", "MALFORMED"),
            ("https://[::1/", "MALFORMED"),
            ("https://example.cn\\@127.0.0.1/", "MALFORMED"),
            ("https://" + "a" * MAX_URL + ".cn/", "MALFORMED"),
            ("https://user@example.cn/", "USER"),
            ("https://user:word@example.cn/", "USER"),
            ("https://example.cn:22/", "PORT"),
            ("https://example.cn:0/", "PORT"),
            ("https://localhost/", "HOST"),
            ("https://localhost./", "HOST"),
            ("https://a.localhost/", "HOST"),
            ("https://db.internal/", "HOST"),
            ("https://rabbitmq/", "HOST"),
            ("https://127.0.0.1/", "HOST"),
            ("https://127.1/", "HOST"),
            ("https://2130706433/", "HOST"),
            ("https://0x7f000001/", "HOST"),
            ("https://0177.0.0.1/", "HOST"),
            ("https://[::1]/", "HOST"),
            ("https://[::ffff:10.0.0.1]/", "HOST"),
            ("https://169.254.169.254/latest/meta-data", "HOST"),
        ],
    )
    def test_others_do_not(self, url: str, reason: str) -> None:
        with pytest.raises(UrlError) as refused:
            check_url(url)

        assert refused.value.reason == reason

    def test_hosts_of_tests_lie_anywhere(self) -> None:
        assert check_url("http://127.0.0.1:8080/x", ("127.0.0.1",)) == "127.0.0.1"
        with pytest.raises(UrlError):
            check_url("http://127.0.0.2:8080/x", ("127.0.0.1",))
        with pytest.raises(UrlError):
            check_url("ftp://127.0.0.1/x", ("127.0.0.1",))
