"""What can be wrong with a picture or with where it is kept."""

from gencraft_media.common.errors import GenCraftError


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
}


class BadPicture(AssetError):
    """The provider's picture cannot be decoded."""

    code = "output_unreadable"
    http_status = 422

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{BAD_PICTURE[code]} ({detail})")
        self.code = code
        self.detail = detail
