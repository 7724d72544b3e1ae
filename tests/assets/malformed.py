"""Pictures as nobody should send them: real files damaged at random, and files made to do harm."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

from tests.assets.drawn import flat_png, png_chunk, scenery, written

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n{/loop} {loop} loop\n"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript>>>>endobj\ntrailer<</Root 1 0 R>>"


@dataclass(frozen=True)
class Case:
    """One file as it is sent; `reasons` are those it may be refused for, where it must be."""

    name: str
    content: bytes
    declared_type: str = ""
    reasons: frozenset[str] = frozenset()


def mutated(count: int, seed: int = 1) -> Iterator[Case]:
    """That many damaged files, the same for the same seed."""
    randomly = random.Random(seed)
    sources = list(real_files().items())
    for number in range(count):
        name, content = randomly.choice(sources)
        how = randomly.choice(_MUTATIONS)
        changed = bytearray(content)
        for _ in range(randomly.choice((1, 1, 1, 2, 4))):
            how(randomly, changed)
        declared = randomly.choice(("", "", "", "image/png", "image/jpeg", "image/webp", "application/octet-stream"))
        yield Case(f"{number}: {name}, {how.__name__}", bytes(changed), declared)


@cache
def real_files() -> dict[str, bytes]:
    """Sound files of every kind that decoders treat differently."""
    picture, clear = scenery(96, 64), scenery(96, 64, mode="RGBA")
    exif, profile = Image.Exif(), _profile()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    text = PngImagePlugin.PngInfo()
    text.add_text("story", "once upon a time " * 40, zip=True)
    text.add_itxt("title", "ein Bild", lang="de")
    return {
        "png": written(picture),
        "png with alpha": written(clear),
        "png palette": written(picture.quantize(16)),
        "png one bit": written(picture.convert("1")),
        "png 16 bit": written(picture.convert("L").convert("I;16")),
        "png described": written(picture, pnginfo=text, exif=exif, icc_profile=profile),
        "jpeg": written(picture, "JPEG"),
        "jpeg progressive": written(picture, "JPEG", progressive=True),
        "jpeg cmyk": written(scenery(96, 64, mode="CMYK"), "JPEG"),
        "jpeg grey": written(picture.convert("L"), "JPEG"),
        "jpeg described": written(picture, "JPEG", exif=exif, icc_profile=profile, comment=b"hello"),
        "mpo": written(picture, "MPO", save_all=True, append_images=[scenery(96, 64, seed=2)]),
        "webp": written(picture, "WEBP"),
        "webp lossless": written(clear, "WEBP", lossless=True),
        "webp with alpha": written(clear, "WEBP"),
        "webp described": written(picture, "WEBP", exif=exif, icc_profile=profile),
        "apng": animation("PNG"),
        "webp animation": animation("WEBP"),
        "gif": written(picture, "GIF"),
    }


def animation(format: str, frames: int = 3) -> bytes:
    """A film of so many frames."""
    first, *others = (scenery(48, 32, seed=number) for number in range(frames))
    return written(first, format, save_all=True, append_images=others, duration=50)


def harmful() -> Iterator[Case]:
    """Files that must be refused, and for what."""
    yield from _bombs()
    yield from _others()
    yield from _films()
    yield from _liars()


def polyglots() -> Iterator[Case]:
    """Pictures that are something else as well: taken, and only the picture is kept."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("index.html", "<script>alert(1)</script>")
    tails = {"zip": archive.getvalue(), "html": b"<script>alert(2)</script>", "pdf": PDF, "svg": SVG}
    for kind in ("png", "jpeg", "webp"):
        for name, tail in tails.items():
            yield Case(f"{kind} and {name}", real_files()[kind] + tail)
    comment = b"\xff\xfe" + struct.pack(">H", len(PDF) + 2) + PDF
    jpeg = real_files()["jpeg"]
    yield Case("jpeg with a pdf in its comment", jpeg[:2] + comment + jpeg[2:])


def _bombs() -> Iterator[Case]:
    pixels = frozenset({"too_many_pixels"})
    yield Case("400 megapixels in 49 kB", flat_png(20_000, 20_000), reasons=pixels)
    yield Case("51 megapixels", flat_png(7_200, 7_100), reasons=pixels)
    yield Case("one endless row", flat_png(1_000_000, 16), reasons=pixels)
    bomb = frozenset({"bomb", "unreadable"})
    packed = zlib.compress(bytes(60_000_000), 9)
    for kind, start in ((b"zTXt", b"story\0\0"), (b"iTXt", b"story\0\1\0\0\0"), (b"iCCP", b"profile\0\0")):
        yield Case(f"{kind.decode()} of 60 MB", _with_chunks(png_chunk(kind, start + packed)), reasons=bomb)
    yield Case("60,000 chunks", _with_chunks(png_chunk(b"tEXt", b"a\0b") * 60_000), reasons=frozenset({"bomb"}))
    comments = b"\xff\xfe\x00\x03a" * 60_000
    jpeg = real_files()["jpeg"]
    yield Case("60,000 comments", jpeg[:2] + comments + jpeg[2:], reasons=frozenset({"bomb"}))
    much = frozenset({"too_much_metadata"})
    yield Case("5 MiB of text", _with_chunks(png_chunk(b"tEXt", b"a\0" + b"b" * 5_242_880)), reasons=much)
    yield Case("5 MiB of APP13", jpeg[:2] + (b"\xff\xed\xff\xff" + bytes(65_533)) * 80 + jpeg[2:], reasons=much)


def _others() -> Iterator[Case]:
    no_image = frozenset({"not_an_image"})
    contents = {
        "nothing": b"", "one byte": b"\x89", "svg": SVG, "xml svg": b'<?xml version="1.0"?>' + SVG, "eps": EPS,
        "pdf": PDF, "gif": real_files()["gif"], "tiff": written(scenery(), "TIFF"), "bmp": written(scenery(), "BMP"),
        "psd": b"8BPS\0\1" + bytes(200), "heic": b"\0\0\0\x18ftypheic" + bytes(200), "ico": written(scenery(), "ICO"),
        "html": b"<!doctype html><title>Sign in</title>", "wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(200),
        "elf": b"\x7fELF" + bytes(500), "zip": b"PK\3\4" + bytes(500), "gif and jpeg": b"GIF89a" + real_files()["jpeg"],
        "pdf and png": PDF + real_files()["png"], "tga": written(scenery(), "TGA"),
        "jp2": written(scenery(), "JPEG2000"),
    }  # fmt: skip
    for name, content in contents.items():
        for declared in ("", "image/png"):
            yield Case(f"{name} as {declared or 'nothing'}", content, declared, no_image)


def _films() -> Iterator[Case]:
    animated = frozenset({"animated"})
    yield Case("apng", real_files()["apng"], reasons=animated)
    yield Case("webp animation", real_files()["webp animation"], reasons=animated)
    control = struct.pack(">IIIIIHHBB", 0, 96, 64, 0, 0, 1, 10, 0, 0)
    flood = png_chunk(b"acTL", struct.pack(">II", 40_000, 0)) + png_chunk(b"fcTL", control) * 40_000
    yield Case("apng of 40,000 frames", _with_chunks(flood), reasons=animated)
    hidden = png_chunk(b"acTL", struct.pack(">II", 1, 0)) + png_chunk(b"fdAT", bytes(40))
    yield Case("apng that says one frame", _with_chunks(hidden), reasons=animated)


def _liars() -> Iterator[Case]:
    wrong = frozenset({"type_mismatch"})
    for kind, other in (("png", "image/jpeg"), ("jpeg", "image/webp"), ("webp", "image/png"), ("png", "text/html")):
        yield Case(f"{kind} as {other}", real_files()[kind], other, wrong)
    size = frozenset({"too_many_pixels", "unreadable", "truncated", "too_small", "bomb"})
    for stated in ((65_535, 65_535), (4_000, 4_000), (0, 0), (96, 0), (7_000, 7_000)):
        for kind, lie in (("png", _png_saying), ("jpeg", _jpeg_saying), ("webp lossless", _webp_saying)):
            # What a JPEG does not say, its decoder fills with grey.
            if kind == "jpeg" and 0 < stated[0] * stated[1] <= 50_000_000:
                continue
            yield Case(f"{kind} that says {stated}", lie(real_files()[kind], *stated), reasons=size)


def _png_saying(content: bytes, width: int, height: int) -> bytes:
    return content[:8] + png_chunk(b"IHDR", struct.pack(">II", width, height) + content[24:29]) + content[33:]


def _jpeg_saying(content: bytes, width: int, height: int) -> bytes:
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def _webp_saying(content: bytes, width: int, height: int) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    canvas = b"".join(max(side - 1, 0).to_bytes(3, "little") for side in (width, height))
    body = b"WEBP" + extended + canvas + content[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _with_chunks(chunks: bytes) -> bytes:
    """A sound PNG with these between its header and its pixels."""
    content = real_files()["png"]
    return content[:33] + chunks + content[33:]


def _profile() -> bytes:
    return bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def _flip(randomly: random.Random, content: bytearray) -> None:
    for _ in range(randomly.choice((1, 3, 20))):
        content[randomly.randrange(len(content))] ^= 1 << randomly.randrange(8)


def _flip_in_the_header(randomly: random.Random, content: bytearray) -> None:
    for _ in range(randomly.choice((1, 4))):
        content[randomly.randrange(min(80, len(content)))] = randomly.randrange(256)


def _cut(randomly: random.Random, content: bytearray) -> None:
    del content[randomly.randrange(1, len(content) + 1) :]


def _cut_out(randomly: random.Random, content: bytearray) -> None:
    start = randomly.randrange(len(content))
    del content[max(1, start) : start + randomly.choice((1, 4, 64, 1000))]


def _repeat(randomly: random.Random, content: bytearray) -> None:
    start = randomly.randrange(len(content))
    content[start:start] = content[start : start + randomly.choice((12, 100, 1000))] * randomly.choice((1, 5))


def _blank(randomly: random.Random, content: bytearray) -> None:
    start = randomly.randrange(len(content))
    length = len(content[start : start + randomly.choice((4, 32, 500))])
    content[start : start + length] = bytes([randomly.choice((0, 0x7F, 0xFF))]) * length


def _splice(randomly: random.Random, content: bytearray) -> None:
    other = randomly.choice(list(real_files().values()))
    content[randomly.randrange(1, len(content) + 1) :] = other[randomly.randrange(len(other)) :]


def _insert(randomly: random.Random, content: bytearray) -> None:
    start = randomly.randrange(len(content))
    content[start:start] = randomly.randbytes(randomly.choice((1, 8, 300)))


def _state_lengths(randomly: random.Random, content: bytearray) -> None:
    start = randomly.randrange(max(1, len(content) - 4))
    content[start : start + 4] = struct.pack(">I", randomly.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x00FFFF)))


_MUTATIONS: tuple[Callable[[random.Random, bytearray], Any], ...] = (
    _flip, _flip, _flip_in_the_header, _cut, _cut_out, _repeat, _blank, _splice, _insert, _state_lengths,
)  # fmt: skip
