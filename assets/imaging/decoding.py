"""From untrusted bytes to upright sRGB pixels, or a refusal that says why. Runs in a bounded child only."""

import contextlib
import io
import mmap
import struct
import warnings
from dataclasses import dataclass
from typing import BinaryIO, cast

from PIL import (
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

FORMATS = ("JPEG", "PNG", "WEBP")
PIXEL_LIMIT = 68_000_000
# What WebP can hold.
SIDE_LIMIT = 16_383

_SIGNATURES = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}
_OTHERS = {
    b"GIF8": "a GIF",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"<svg": "an SVG",
    b"<?xml": "XML",
    b"<": "markup",
    b"{": "JSON",
    b"%PDF": "a PDF",
    b"%!PS": "PostScript",
    b"BM": "a BMP",
    b"8BPS": "a Photoshop file",
}
_SRGB = ImageCms.createProfile("sRGB")
# Imported ahead of the first fork, where no file can be opened any more; Pillow would look for them when first used.
Image.preinit()
LOADED_PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, MpoImagePlugin, TiffImagePlugin)
# Pillow warns above its limit and raises only at twice that; the warning is made an error below.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT


class Refused(Exception):
    """The picture is not taken: one of the codes of `assets.errors`, and what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class MorePixelsNeeded(Exception):
    """The picture is sound so far but larger than the room reserved for it."""

    def __init__(self, pixels: int) -> None:
        super().__init__(pixels)
        self.pixels = pixels


@dataclass(frozen=True)
class Decoded:
    """Upright pixels in RGB or RGBA, and nothing else of what the file carried."""

    image: Image.Image
    format: str
    has_alpha: bool


def decode(content: mmap.mmap, *, pixels_allowed: int, side_limit: int = SIDE_LIMIT) -> Decoded:
    """Decode the first frame. Raises `Refused`, or `MorePixelsNeeded` before a single pixel is decoded."""
    opened = _open(content)
    if max(opened.size) > side_limit:
        raise Refused("output_too_large", f"{opened.width}x{opened.height} has a side above {side_limit} pixels")
    pixels = opened.width * opened.height
    if pixels > pixels_allowed:
        raise MorePixelsNeeded(pixels)
    try:
        opened.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _broken(content, error) from error
    image = _upright(opened)
    image = _in_srgb(image)
    has_alpha = image.mode == "RGBA" and image.getchannel("A").getextrema()[0] != 255
    if not has_alpha and image.mode != "RGB":
        image = image.convert("RGB")
    # EXIF, GPS, XMP, comments and profiles all live here; the encoder would copy some of them.
    image.info = {}
    return Decoded(image, str(opened.format).lower(), has_alpha)


def _open(content: mmap.mmap) -> Image.Image:
    kind = next((kind for kind, signature in _SIGNATURES.items() if content[: len(signature)] == signature), None)
    if kind is None:
        raise Refused("output_not_an_image", f"{_name(content)} is not a JPEG, PNG or WebP picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # A mapped file reads like an open one.
            return Image.open(cast(BinaryIO, content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused("output_bomb", f"the picture declares more than {PIXEL_LIMIT // 1_000_000} megapixels") from error
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        if kind == "WEBP" and content[8:12] != b"WEBP":
            raise Refused("output_not_an_image", "a RIFF file that is not WebP is not a picture") from error
        raise _broken(content, error) from error
    except Exception as error:
        raise _broken(content, error) from error


def _name(content: mmap.mmap) -> str:
    if content[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((name for signature, name in _OTHERS.items() if start.lower().startswith(signature.lower())), "this")


def _broken(content: mmap.mmap, error: Exception) -> Refused:
    if "Decompressed data too large" in str(error):
        return Refused("output_bomb", "a text or profile chunk expands beyond its limit")
    if _is_cut_short(content):
        return Refused("output_truncated", f"the file ends early ({error})"[:300])
    return Refused("output_unreadable", f"{type(error).__name__}: {error}"[:300])


def _is_cut_short(content: mmap.mmap) -> bool:
    if content[:8] == _SIGNATURES["PNG"]:
        return b"IEND" not in content[-4096:]
    if content[:3] == _SIGNATURES["JPEG"]:
        return b"\xff\xd9" not in content[-4096:]
    return len(content) < 12 or len(content) < int.from_bytes(content[4:8], "little") + 8


def _upright(image: Image.Image) -> Image.Image:
    # A broken EXIF block costs its orientation, not the picture.
    with contextlib.suppress(ValueError, TypeError, KeyError, SyntaxError, OSError, struct.error, ZeroDivisionError):
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        # Sixteen bits a sample: convert() alone would clip them instead of scaling.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    mode = "RGBA" if has_alpha else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK"}:
        # A profile that cannot be read or does not fit the pixels is the same as none.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
            if converted is not None:
                return converted
    return image if image.mode == mode else image.convert(mode)
