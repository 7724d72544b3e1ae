"""What the picture step counts on and its children keep to."""

# Above this many pixels colours and transparency are written apart: libwebp takes up to 37 bytes a pixel for both.
LARGE_PIXELS = 16_777_216
# Longer sides would take AVIF's encoder more memory and time than a picture may (docs/images.md).
AVIF_SIDE = 2560


def usable_format(kind: str, size: tuple[int, int]) -> str:
    """The format, or WebP where a picture of this size cannot have it."""
    return "webp" if kind == "avif" and max(size) > AVIF_SIDE else kind
