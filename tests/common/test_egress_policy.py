"""What is let out to: public https at two ports, and what EGRESS_ALLOW names."""

from ipaddress import ip_address

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from gencraft_media.common.egress import EgressPolicy, EgressRefused, configured_policy
from gencraft_media.common.egress.policy import LONGEST_URL

NOBODY = EgressPolicy()


def allows(policy: EgressPolicy, url: str) -> bool:
    try:
        policy.target_of(url)
    except EgressRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://api.openai.com/v1", "api.openai.com", 443),
        ("https://API.OpenAI.com./v1", "api.openai.com", 443),
        ("https://images.example.com:8443/a?b=c#d", "images.example.com", 8443),
        ("https://bücher.example/a", "xn--bcher-kva.example", 443),
        ("https://8.8.8.8/", "8.8.8.8", 443),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", 443),
        ("https://my_bucket.s3.example.com/a@b", "my_bucket.s3.example.com", 443),
    ],
)
def test_a_public_https_address_is_let_out_in_one_spelling(url: str, host: str, port: int) -> None:
    target = NOBODY.target_of(url)
    assert (target.scheme, target.host, target.port, target.is_own) == ("https", host, port, False)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openai.com/",
        "https://api.openai.com:80/",
        "https://api.openai.com:22/",
        "https://api.openai.com:0/",
        "https://api.openai.com:99999/",
        "https://user@api.openai.com/",
        "https://user:password@api.openai.com/",
        "https://@api.openai.com/",
        "https://api.openai.com\\@10.0.0.1/",
        "https://api.openai.com /",
        "https://api.open\tai.com/",
        "https://api..openai.com/",
        "https://-api.openai.com/",
        "https://*.openai.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 130 + "com/",
        "https://8.8.8.08/",
        "https://134744072/",
        "https://[2606:4700::1111%eth0]/",
        "https://[v1.a]/",
        "https://ⓔxample.com/",
        "https:///path",
        "https://",
        "file:///etc/passwd",
        "ftp://api.openai.com/",
        "data:text/plain,a",
        "api.openai.com",
        "",
    ],
)
def test_any_other_is_not(url: str) -> None:
    assert not allows(NOBODY, url)


def test_an_address_of_absurd_length_is_not_read() -> None:
    url = "https://api.openai.com/"
    assert allows(NOBODY, url + "a" * (LONGEST_URL - len(url)))
    assert not allows(NOBODY, url + "a" * (LONGEST_URL - len(url) + 1))


@pytest.mark.parametrize(
    ("entry", "let_out", "refused"),
    [
        ("minio", ["http://minio/", "http://MINIO.:9000/a", "https://minio:1/"], ["http://minio.example.com/"]),
        ("minio:9000", ["http://minio:9000/", "https://minio:9000/"], ["http://minio/", "https://minio:9001/"]),
        ("127.0.0.1", ["http://127.0.0.1:8123/", "https://127.0.0.1/"], ["http://127.0.0.2/", "http://localhost/"]),
        ("127.0.0.1:80", ["http://127.0.0.1/"], ["http://127.0.0.1:81/", "https://127.0.0.1/"]),
        ("[::1]:9000", ["http://[::1]:9000/"], ["http://[::1]/", "http://[::2]:9000/", "http://127.0.0.1:9000/"]),
        ("[::1]", ["http://[0:0::1]/"], ["http://[::ffff:127.0.0.1]/"]),
        ("::1", ["http://[::1]:1/"], ["http://127.0.0.1/"]),
        ("10.0.0.0/8", ["http://10.255.0.1/", "https://10.0.0.1:5000/"], ["http://11.0.0.1/", "http://192.168.0.1/"]),
        ("fd00::/8", ["http://[fd00::1]/"], ["http://[fc00::1]/"]),
        ("169.254.169.254", ["http://169.254.169.254/"], ["http://169.254.169.253/"]),
    ],
)
def test_an_entry_lets_out_to_what_it_names_and_no_more(entry: str, let_out: list[str], refused: list[str]) -> None:
    policy = EgressPolicy([entry])
    assert [url for url in let_out if not allows(policy, url)] == []
    assert [url for url in refused if allows(policy, url)] == []
    assert allows(policy, "https://api.openai.com/")


def test_a_named_host_may_be_private_and_another_name_for_it_may_not() -> None:
    policy = EgressPolicy(["minio", "10.0.0.0/8"])
    policy.judge(policy.target_of("http://minio:9000/"), [ip_address("10.0.0.5"), ip_address("127.0.0.1")])
    with pytest.raises(EgressRefused):
        policy.judge(policy.target_of("https://strangers.example/"), [ip_address("10.0.0.5")])
    with pytest.raises(EgressRefused):
        policy.judge(policy.target_of("http://minio:9000/"), [ip_address("169.254.169.254")])


@pytest.mark.parametrize(
    "entry", ["http://minio", "10.0.0.1/8", "a b", "minio:port", "*.example.com", "2130706433", "[::1"]
)
def test_an_entry_that_cannot_be_read_is_not_ignored(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EGRESS_ALLOW"):
        EgressPolicy([entry])


def test_the_engine_does_not_start_with_such_an_entry(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["http://minio"]
    with pytest.raises(ImproperlyConfigured, match="EGRESS_ALLOW"):
        apps.get_app_config("common").ready()


def test_the_settings_decide(settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    assert not allows(configured_policy(), "http://minio:9000/")
    settings.EGRESS_ALLOW = ["minio:9000", " "]
    assert allows(configured_policy(), "http://minio:9000/")


def test_a_refusal_tells_a_stranger_nothing_of_what_is_inside() -> None:
    with pytest.raises(EgressRefused) as caught:
        NOBODY.judge(NOBODY.target_of("https://intranet.example/"), [ip_address("10.0.0.5")])
    assert "10.0.0.5" in caught.value.reason
    assert "10.0.0.5" not in str(caught.value)
