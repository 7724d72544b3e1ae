"""What can be wrong with a picture or with where it is kept."""

from gencraft_media.common.errors import Conflict, FieldError, GenCraftError, ServiceUnavailable


class AssetError(GenCraftError):
    """Something went wrong with a stored or delivered picture."""

    code = "asset_error"


class StorageConflict(AssetError):
    """Another object is already stored under this key; objects are never replaced."""

    code = "storage_conflict"


class StorageKeyRefused(AssetError):
    """This is not the key of an object."""

    code = "storage_key_refused"


class StoredObjectDamaged(AssetError):
    """The bytes to be stored are not those that were announced."""

    code = "stored_object_damaged"


class StoredObjectMissing(AssetError):
    """The object is not in the storage."""

    code = "stored_object_missing"


# An OSError, like a full disk: the engine waits and does the step again, and no picture fails for it.
class StorageUnavailable(AssetError, OSError):
    """The storage of pictures does not answer; try again soon."""

    code = "service_unavailable"
    http_status = 503
    retryable = True


class StorageElsewhere(AssetError):
    """The object lies in a storage that this engine is not set to use."""

    code = "storage_elsewhere"


# Every way a delivered picture can be bad, with the sentence a client reads.
BAD_PICTURE = {
    "output_not_an_image": "The provider sent something that is not a JPEG, PNG or WebP picture.",
    "output_truncated": "The provider's picture ends early.",
    "output_too_large": "The provider's picture is larger than the engine takes.",
    "output_bomb": "The provider's picture would take more memory or time to decode than any picture may.",
    "output_blank": "The provider sent a blank picture.",
    "output_placeholder": "The provider sent a placeholder instead of a picture.",
    "output_wrong_size": "The provider's picture does not have the size that was asked for.",
    "output_unreadable": "The provider's picture cannot be decoded.",
    "output_opaque": "The provider's picture has no transparency where a transparent background was asked for.",
    "output_duplicate": "The provider sent the same picture as for another output of the job.",
    "quality_too_low": "The provider's picture is not good enough to be delivered.",
}


class BadPicture(AssetError):
    """The provider's picture cannot be decoded."""

    code = "output_unreadable"
    http_status = 422

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{BAD_PICTURE[code]} ({detail})")
        self.code = code
        self.detail = detail


class BadInput(AssetError):
    """A picture or mask that a request brings cannot be used."""

    code = "input_unusable"
    http_status = 422

    def __init__(self, message: str = "", field: str = "", reason: str = "invalid") -> None:
        super().__init__(message, errors=[FieldError(field, message or self.code, reason)] if field else ())


# Every way a client's picture can be bad, with the sentence it reads.
BAD_UPLOAD = {
    "not_an_image": "This is not a JPEG, PNG or WebP picture.",
    "truncated": "The picture ends early.",
    "bomb": "The picture would take more memory or time to decode than any picture may.",
    "too_large": "The file has more bytes than an upload may have.",
    "too_many_pixels": "The picture has more pixels than an upload may have.",
    "too_small": "The picture is too small to work with.",
    "animated": "The picture is an animation; send a single frame.",
    "too_much_metadata": "The picture carries more metadata than an upload may have.",
    "type_mismatch": "The file is not of the type it was sent as.",
    "unreadable": "The picture cannot be decoded.",
    "unreachable": "The address did not give a picture in time.",
}


class BadUpload(AssetError):
    """The picture cannot be taken."""

    code = "upload_refused"
    http_status = 422

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{BAD_UPLOAD[reason]} ({detail})", reason=reason)
        self.reason = reason
        self.detail = detail
        # Another time the address may answer; bytes never become another picture.
        self.retryable = reason == "unreachable"


class UploadNotReady(Conflict):
    """No file has arrived for this upload yet, or nobody has said that it is complete."""

    code = "upload_not_ready"


class UploadsBusy(ServiceUnavailable):
    """As many pictures are being fetched from addresses as may be at once; try again soon."""

    code = "uploads_busy"
