"""`manage.py setup_storage` makes the buckets what the engine needs, sees what drifts, and says what is wrong."""

import io
import json
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from assets import bucket_aspects, bucket_setup, cdn_settings
from tests.services.s3 import ACCESS_KEY, SECRET_KEY, Buckets, use_buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def run(*arguments: str) -> str:
    """What the command prints. Raises CommandError where it ends with status 1."""
    out = io.StringIO()
    call_command("setup_storage", *arguments, stdout=out)
    assert SECRET_KEY not in out.getvalue()
    return out.getvalue()


def complaint(*arguments: str) -> str:
    """What the command says when it fails."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 1
    assert SECRET_KEY not in str(caught.value) and ACCESS_KEY not in str(caught.value)
    return str(caught.value)


def test_what_is_missing_is_made_and_is_then_as_it_should_be(s3_unmade: Buckets) -> None:
    made = run()
    for bucket in (s3_unmade.pictures, s3_unmade.originals):
        name = bucket.bucket_name
        for line in ("bucket: created", "public access: set", "unfinished uploads: set", "write-once: kept"):
            assert f"{name}: {line}" in made
    assert f"{s3_unmade.pictures.bucket_name}: cross-origin reads: set" in made
    assert f"{s3_unmade.originals.bucket_name}: cross-origin" not in made
    checked = run("--check")
    assert "DIFFERS" not in checked and checked.count("as it should be") == 7
    assert s3_unmade.keys(private=False) == s3_unmade.keys(private=True) == [], "nothing is left behind"


def test_where_browsers_post_to_the_private_bucket_their_scripts_learn_how_it_ended(
    s3_unmade: Buckets, settings: Settings
) -> None:
    run()
    settings.UPLOADS_TO_BUCKET = True
    told = f"{s3_unmade.originals.bucket_name}: cross-origin posts: scripts on other sites do not learn"
    assert told in complaint("--check")
    assert f"{s3_unmade.originals.bucket_name}: cross-origin posts: set" in run()
    rules = s3_unmade.originals.client.get_bucket_cors(Bucket=s3_unmade.originals.bucket_name)["CORSRules"]
    assert [rule["AllowedMethods"] for rule in rules] == [["POST"]], "nobody reads there"
    run("--check")


def test_running_again_changes_nothing(s3_unmade: Buckets) -> None:
    run()
    before = len(s3_unmade.door.requests)
    run()
    changes = [path for method, path in s3_unmade.door.requests[before:] if method == "PUT" and "setup/" not in path]
    assert changes == []


def test_a_check_asks_and_changes_nothing(s3: Buckets) -> None:
    before = len(s3.door.requests)
    complaint("--check")
    asked = {method for method, _ in s3.door.requests[before:]}
    assert asked == {"GET", "HEAD"}


def test_a_check_of_nothing_names_both_buckets_and_makes_neither(s3_unmade: Buckets) -> None:
    told = complaint("--check")
    for bucket in (s3_unmade.pictures, s3_unmade.originals):
        assert f"{bucket.bucket_name}: bucket: missing" in told
    assert {method for method, _ in s3_unmade.door.requests} <= {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (
            "delete_public_access_block",
            "public access: not blocked: IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets",
        ),
        ("delete_bucket_lifecycle", "unfinished uploads: no lifecycle rule ends unfinished uploads"),
        ("delete_bucket_cors", "cross-origin reads: scripts on other sites may not read pictures"),
    ],
)
def test_what_drifts_is_seen_left_alone_by_a_check_and_put_right_by_a_run(
    s3_unmade: Buckets, drift: str, told: str
) -> None:
    run()
    bucket = s3_unmade.pictures
    getattr(bucket.client, drift)(Bucket=bucket.bucket_name)
    for _ in range(2):
        assert f"{bucket.bucket_name}: {told}" in complaint("--check")
    run()
    run("--check")


def test_encryption_is_asked_for_where_it_is_amazons_and_left_to_other_servers(
    s3: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    none = {"status": 404, "code": "ServerSideEncryptionConfigurationNotFoundError", "where": "?encryption"}
    s3.door.fail("GET", "refused", times=2, **none)
    run("--check")
    monkeypatch.setattr(bucket_aspects, "is_amazons", lambda bucket: True)
    s3.door.fail("GET", "refused", times=2, **none)
    assert complaint("--check").count("encryption: objects are not encrypted by default") == 2
    s3.door.fail("GET", "refused", times=1, **none)
    assert f"{s3.pictures.bucket_name}: encryption: set" in run()
    assert any(method == "PUT" and "?encryption" in path for method, path in s3.door.requests)


def test_at_amazon_public_access_is_blocked_in_all_four_ways(s3: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(bucket_aspects, "is_amazons", lambda bucket: True)
    assert complaint("--check").count("public access: not blocked: BlockPublicAcls") == 2
    run()
    bucket = s3.originals
    found = bucket.client.get_public_access_block(Bucket=bucket.bucket_name)["PublicAccessBlockConfiguration"]
    assert len(found) == 4 and all(found.values())


@pytest.mark.parametrize(("region", "sent"), [("us-east-1", False), ("eu-west-1", True)])
def test_a_new_bucket_of_amazons_is_made_in_the_region_that_is_set(
    s3_unmade: Buckets, monkeypatch: pytest.MonkeyPatch, region: str, sent: bool
) -> None:
    asked: list[dict[str, Any]] = []
    bucket = s3_unmade.pictures
    bucket.region_name = region
    monkeypatch.setattr(bucket_setup, "is_amazons", lambda bucket: True)
    monkeypatch.setattr(bucket.client, "create_bucket", lambda **named: asked.append(named))
    bucket_setup._create(bucket)
    wanted = {"CreateBucketConfiguration": {"LocationConstraint": region}} if sent else {}
    assert asked == [{"Bucket": bucket.bucket_name, **wanted}]


def test_rules_of_the_operators_own_stay(s3: Buckets) -> None:
    theirs: dict[str, Any] = {"ID": "ours", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 9}}
    origin = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://example.com"]}
    bucket = s3.pictures
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket_name, LifecycleConfiguration={"Rules": [theirs]}
    )
    bucket.client.put_bucket_cors(Bucket=bucket.bucket_name, CORSConfiguration={"CORSRules": [origin]})
    run()
    rules = bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.bucket_name)["Rules"]
    assert [rule["ID"] for rule in rules] == ["ours", "gencraft-unfinished-uploads"]
    origins = [rule["AllowedOrigins"] for rule in bucket.client.get_bucket_cors(Bucket=bucket.bucket_name)["CORSRules"]]
    assert origins == [["https://example.com"], ["*"]]


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "InvalidAccessKeyId", "S3_ACCESS_KEY is not known at http://127"),
        (403, "SignatureDoesNotMatch", "S3_SECRET_KEY does not belong to S3_ACCESS_KEY"),
        (403, "AccessDenied", "The key may not do ListObjectsV2 on pictures-"),
        (403, "RequestTimeTooSkewed", "The clock of this machine differs"),
        (400, "InvalidRegionName", "S3_REGION=us-east-1 is wrong for pictures-"),
        (400, "AuthorizationHeaderMalformed", "S3_REGION=us-east-1 is wrong for pictures-"),
        (418, "TeapotRefuses", "refuses ListObjectsV2 on pictures-"),
    ],
)
def test_a_refusal_says_what_to_change(s3_unmade: Buckets, status: int, code: str, told: str) -> None:
    s3_unmade.door.fail("GET", "refused", status=status, code=code, times=9)
    assert told in complaint()


def test_a_bucket_of_another_region_is_named_with_its_region(s3: Buckets, settings: Settings) -> None:
    use_buckets(settings, s3.door.url, s3.pictures.bucket_name, region_name="eu-west-1")
    settings.S3_REGION = "eu-west-1"
    told = complaint("--check")
    assert f"{s3.pictures.bucket_name}: region: is us-east-1, and S3_REGION is eu-west-1" in told


def test_a_name_that_is_somebody_elses_is_refused(s3_unmade: Buckets) -> None:
    s3_unmade.door.fail("PUT", "refused", status=409, code="BucketAlreadyExists")
    assert "is somebody else's; choose another" in complaint()


def test_a_server_that_is_not_there_is_named(s3_unmade: Buckets, settings: Settings) -> None:
    use_buckets(settings, "http://127.0.0.1:1", "pictures")
    assert "http://127.0.0.1:1 does not answer" in complaint()


def test_an_address_that_is_none_is_named(s3_unmade: Buckets, settings: Settings) -> None:
    use_buckets(settings, "not an address", "pictures")
    assert "is no address of a server" in complaint()


def test_a_right_that_one_aspect_lacks_is_listed_with_what_else_differs(s3: Buckets) -> None:
    s3.door.fail("GET", "refused", status=403, code="AccessDenied", where="?encryption", times=2)
    told = complaint("--check")
    assert told.count("The key may not do GetBucketEncryption on pictures-") == 2
    assert told.count("public access: not blocked") == 2


def test_what_a_server_does_not_know_is_no_difference(s3: Buckets) -> None:
    run()
    for aspect in ("?publicAccessBlock", "?encryption"):
        s3.door.fail("GET", "refused", status=501, code="NotImplemented", where=aspect, times=9)
    assert run("--check").count("not offered by this server") == 4


def test_a_server_that_replaces_objects_cannot_be_used(s3: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    put = s3.pictures.client.put_object

    def put_anyway(**named: Any) -> Any:
        return put(**{name: value for name, value in named.items() if name != "IfNoneMatch"})

    monkeypatch.setattr(s3.pictures.client, "put_object", put_anyway)
    assert "ignores If-None-Match" in complaint()
    assert s3.keys(private=False) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"CDN_PROVIDER": "akamai"}, "CDN_PROVIDER: is none of cloudfront, cloudflare, custom, none"),
        ({"CDN_PROVIDER": "cloudfront"}, "CDN_URL: is not set"),
        ({"CDN_PROVIDER": "cloudflare", "CDN_URL": "http://cdn.example.com"}, "CDN_URL: is not https"),
    ],
)
def test_settings_that_do_not_fit_are_told(s3: Buckets, settings: Settings, changes: dict[str, str], told: str) -> None:
    run()
    for name, value in changes.items():
        setattr(settings, name, value)
    assert told in complaint("--check")


def test_originals_in_the_public_bucket_are_told(s3: Buckets, settings: Settings) -> None:
    run()
    private = {**settings.STORAGES["originals"]["OPTIONS"], "bucket_name": s3.pictures.bucket_name}
    settings.STORAGES = {**settings.STORAGES, "originals": {**settings.STORAGES["originals"], "OPTIONS": private}}
    assert "S3_PRIVATE_BUCKET: is the public bucket" in complaint("--check")


def test_without_a_bucket_there_is_nothing_to_set_up(settings: Settings) -> None:
    settings.S3_BUCKET = ""
    assert "S3_BUCKET is not set" in complaint("--check")


def test_cloudfront_is_let_at_public_objects_and_no_others(s3: Buckets, settings: Settings) -> None:
    settings.CDN_PROVIDER, settings.CDN_URL = "cloudfront", "https://cdn.example.com"
    printed = run()
    documents = [json.loads(found) for found in re.findall(r"^\{.*?^\}", printed, re.M | re.S)]
    access, policy, cache, headers = documents
    assert access == cdn_settings.access_control()
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert [one["Resource"] for one in allowed] == [f"arn:aws:s3:::{settings.S3_BUCKET}/media/*"]
    assert settings.S3_PRIVATE_BUCKET not in json.dumps(documents)
    assert cache["MaxTTL"] == 31_536_000
    assert headers["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}


def test_cloudflare_is_told_the_host_and_the_bucket(s3: Buckets, settings: Settings) -> None:
    settings.CDN_PROVIDER, settings.CDN_URL = "cloudflare", "https://cdn.example.com"
    printed = run()
    assert f"R2 > {settings.S3_BUCKET} > Settings > Custom domains: cdn.example.com" in printed
    assert "X-Content-Type-Options: nosniff" in printed


def test_without_a_cdn_the_engine_gives_pictures_itself(s3: Buckets, settings: Settings) -> None:
    assert f"{settings.CDN_URL}/media/" in run()
