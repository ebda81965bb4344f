"""Personal data and secrets are unreadable without the key, in both profiles."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import crypto
from chassis.crypto import DecryptionError, Keyring, KeyringError, Profile, UnknownKeyError

PHONE = "13812341234"
ID_NUMBER = "11010519491231002X"
PLACE = "accounts.phone:7f0c"
OLD = crypto.new_setting("k1")
NEW = crypto.add_key(OLD, "k2")

both_profiles = pytest.mark.parametrize("profile", list(Profile))


def ring(setting: str = OLD, profile: Profile = Profile.AES) -> Keyring:
    return Keyring.parse(setting, profile)


class TestEncrypt:
    @pytest.mark.proves("F15", "F26")
    @both_profiles
    @settings(deadline=None)
    @given(plaintext=st.text(st.characters(exclude_categories=["Cs"])), context=st.text("ab:7"))
    def test_comes_back(self, profile: Profile, plaintext: str, context: str) -> None:
        keys = ring(profile=profile)

        token = keys.encrypt(plaintext, context)

        assert keys.decrypt(token, context) == plaintext
        assert json.loads(json.dumps(token)) == token
        assert token.isascii()

    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_shows_nothing_and_names_its_key(self, profile: Profile) -> None:
        keys = ring(profile=profile)

        tokens = {keys.encrypt(PHONE, PLACE) for _ in range(20)}

        assert len(tokens) == 20
        assert all(token.startswith(f"enc1:{profile.value}:k1:") for token in tokens)
        assert not any(PHONE in token for token in tokens)

    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_opens_in_its_place_only(self, profile: Profile) -> None:
        keys = ring(profile=profile)
        token = keys.encrypt(PHONE, PLACE)

        with pytest.raises(DecryptionError):
            keys.decrypt(token, "accounts.phone:another")

    @pytest.mark.proves("F15", "F26")
    @both_profiles
    @settings(deadline=None)
    @given(place=st.integers(0, 200), letter=st.sampled_from("Aa0_-:é\0"))
    def test_an_altered_token_does_not_open(
        self, profile: Profile, place: int, letter: str
    ) -> None:
        keys = ring(profile=profile)
        token = keys.encrypt(PHONE, PLACE)
        place %= len(token) - 1  # the last letter also holds bits that mean nothing
        altered = token[:place] + letter + token[place + 1 :]

        if altered != token:
            with pytest.raises(DecryptionError):
                keys.decrypt(altered, PLACE)

    @pytest.mark.parametrize(
        "token",
        ["", "enc1", PHONE, "enc1:aes:k1:", "enc1:aes:k1:AAAA", "enc1:des:k1:AAAA", "a:b:c:d:e"],
    )
    def test_what_is_no_token_does_not_open(self, token: str) -> None:
        with pytest.raises(DecryptionError):
            ring().decrypt(token, PLACE)

    def test_another_ring_does_not_open_it(self) -> None:
        token = ring().encrypt(PHONE, PLACE)

        with pytest.raises(DecryptionError):
            ring(crypto.new_setting("k1")).decrypt(token, PLACE)
        with pytest.raises(UnknownKeyError, match="k1"):
            ring(crypto.new_setting("k9")).decrypt(token, PLACE)


class TestRotation:
    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_old_tokens_stay_readable_and_ask_to_be_rewritten(self, profile: Profile) -> None:
        token = ring(OLD, profile).encrypt(PHONE, PLACE)
        keys = ring(NEW, profile)

        assert keys.current_key_id == "k2"
        assert keys.decrypt(token, PLACE) == PHONE
        assert keys.needs_rotation(token)
        assert not keys.needs_rotation(keys.encrypt(PHONE, PLACE))

    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_look_ups_do_not_notice(self, profile: Profile) -> None:
        before = ring(OLD, profile).blind_index(PHONE, "phone")

        assert ring(NEW, profile).blind_index(PHONE, "phone") == before

    @pytest.mark.proves("F26")
    def test_a_change_of_profile_is_a_rotation(self) -> None:
        token = ring(OLD, Profile.AES).encrypt(PHONE, PLACE)
        keys = ring(OLD, Profile.SM)

        assert keys.decrypt(token, PLACE) == PHONE
        assert keys.needs_rotation(token)

    def test_a_sealed_value_is_never_rotated(self) -> None:
        with pytest.raises(DecryptionError):
            ring().needs_rotation(ring().seal("123456", to="notify"))


class TestSeal:
    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_only_the_receiver_opens_it(self, profile: Profile) -> None:
        keys = ring(profile=profile)

        token = keys.seal("123456", to="notify")

        assert crypto.is_sealed(token)
        assert "123456" not in token
        assert keys.unseal(token, me="notify") == "123456"
        with pytest.raises(DecryptionError):
            keys.unseal(token, me="search")
        with pytest.raises(DecryptionError):
            keys.unseal(token.replace("notify", "search"), me="search")

    def test_is_not_a_stored_value(self) -> None:
        keys = ring()

        with pytest.raises(DecryptionError):
            keys.decrypt(keys.seal("123456", to="notify"), "notify")
        with pytest.raises(DecryptionError):
            keys.unseal(keys.encrypt("123456", "notify"), me="notify")
        assert not crypto.is_sealed(keys.encrypt("123456", "notify"))
        assert not crypto.is_sealed(None)

    def test_an_older_key_still_opens_it(self) -> None:
        token = ring(OLD).seal("123456", to="notify")

        assert ring(NEW).unseal(token, me="notify") == "123456"

    @pytest.mark.parametrize("name", ["", "a:b", "Notify", "x" * 40])
    def test_refuses_odd_receivers(self, name: str) -> None:
        with pytest.raises(ValueError, match="receiver"):
            ring().seal("123456", to=name)


class TestBlindIndex:
    @pytest.mark.proves("F15", "F26")
    @both_profiles
    def test_equal_values_of_one_purpose_meet(self, profile: Profile) -> None:
        keys = ring(profile=profile)

        index = keys.blind_index(PHONE, "phone")

        assert len(index) == 64
        assert index == ring(profile=profile).blind_index(PHONE, "phone")
        assert index != keys.blind_index(PHONE, "login")
        assert index != keys.blind_index("13812341235", "phone")
        assert index != ring(crypto.new_setting(), profile).blind_index(PHONE, "phone")

    def test_purpose_and_value_do_not_run_together(self) -> None:
        assert ring().blind_index("bc", "a") != ring().blind_index("c", "ab")

    def test_needs_an_index_key(self) -> None:
        keys = ring(OLD.split(",", maxsplit=1)[0])

        with pytest.raises(KeyringError, match="index"):
            keys.blind_index(PHONE, "phone")

    @pytest.mark.proves("F26")
    def test_profiles_differ(self) -> None:
        aes, sm = (ring(profile=profile).blind_index(PHONE, "phone") for profile in Profile)

        assert aes != sm


class TestKnownAnswers:
    """The algorithms are those of the standards."""

    @pytest.mark.proves("F26")
    def test_sm3(self) -> None:
        expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

        assert crypto.hash_token("abc", Profile.SM) == expected

    def test_sha256(self) -> None:
        assert crypto.hash_token("abc") == hashlib.sha256(b"abc").hexdigest()

    @pytest.mark.proves("F26")
    def test_sm4_gcm(self) -> None:
        """RFC 8998, appendix A.1."""
        key = bytes.fromhex("0123456789abcdeffedcba9876543210")
        nonce = bytes.fromhex("00001234567800000000abcd")
        plaintext = bytes.fromhex(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
            "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
        )
        data = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        mode = crypto.modes.GCM(nonce)

        encryptor = crypto._cipher(Profile.SM, key, mode).encryptor()
        encryptor.authenticate_additional_data(data)
        body = encryptor.update(plaintext) + encryptor.finalize()

        assert body.hex() == (
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
            "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        )
        assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"

    @pytest.mark.proves("F26")
    def test_sm_index_is_hmac_sm3(self) -> None:
        key = crypto._derive(b"\1" * 32, "index", Profile.SM)
        keys = Keyring({"k1": b"\2" * 32}, index_key=b"\1" * 32, profile=Profile.SM)

        expected = hmac.new(key, b"phone\0" + PHONE.encode(), "sm3").hexdigest()

        assert keys.blind_index(PHONE, "phone") == expected

    def test_each_use_has_a_key_of_its_own(self) -> None:
        uses = [(use, each) for use in ("enc1", "sealed1", "index") for each in Profile]

        derived = {crypto._derive(b"\1" * 32, use, each) for use, each in uses}

        assert len(derived) == 6
        assert isinstance(crypto._hash_of(Profile.SM), hashes.SM3)


class TestSetting:
    @pytest.mark.parametrize(
        ("setting", "says"),
        [
            ("", "entry 1"),
            ("k1", "entry 1"),
            ("K1:AAAA", "entry 1"),
            (f"{OLD},k3", "entry 3"),
            ("k1:AAAA", "3 bytes"),
            ("k1:%%%%", "base64"),
            (f"{OLD},{OLD}", "twice"),
            (OLD.split(",")[1], "needs a key"),
        ],
    )
    def test_refuses_malformed_ones(self, setting: str, says: str) -> None:
        with pytest.raises(KeyringError, match=says):
            Keyring.parse(setting)

    def test_takes_both_alphabets_of_base64_and_blanks(self) -> None:
        Keyring.parse(" k2:" + "+/" * 21 + "8= , k1:" + "-_" * 21 + "8 ")

    def test_tells_no_key(self) -> None:
        text = repr(ring())

        assert text == "Keyring(current='k1', profile='aes')"
        with pytest.raises(KeyringError) as caught:
            Keyring.parse("k1:c2VjcmV0")
        assert "c2VjcmV0" not in str(caught.value)

    def test_refuses_to_add_a_key_twice(self) -> None:
        with pytest.raises(KeyringError, match="twice"):
            crypto.add_key(OLD, "k1")


class TestTokensAndCodes:
    def test_codes_have_their_digits(self) -> None:
        codes = {crypto.random_code() for _ in range(500)}

        assert all(len(code) == 6 and code.isdecimal() for code in codes)
        assert len(codes) > 480
        assert len(crypto.random_code(4)) == 4

    def test_tokens_are_long_and_new(self) -> None:
        tokens = {crypto.new_token() for _ in range(100)}

        assert len(tokens) == 100
        assert all(len(token) == 43 and token.isascii() for token in tokens)

    def test_compares(self) -> None:
        assert crypto.is_same("标准", "标准")
        assert not crypto.is_same("标准", "标")


class TestMask:
    @pytest.mark.proves("F15")
    @pytest.mark.parametrize(
        ("value", "masked"),
        [
            (PHONE, "138****1234"),
            (ID_NUMBER, "110***********002X"),
            ("110105491231002", "110********1002"),
            ("1234567890", "**********"),
            ("", ""),
        ],
    )
    def test_shows_head_and_tail_only(self, value: str, masked: str) -> None:
        assert crypto.mask_phone(value) == masked
        assert crypto.mask_id_number(value) == masked
