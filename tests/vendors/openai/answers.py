"""What the loopback OpenAI answers when it draws: whole answers and streams, and how the faults spoil them."""

import base64
import io
import json
import time
from collections.abc import Iterator
from typing import Any

from PIL import Image

from tests.vendors.openai.edits import Wish, edited, round_mask
from tests.vendors.openai.faults import STREAM_ERRORS
from tests.vendors.openai.limits import size_of
from tests.vendors.openai.tokens import PARTIAL_IMAGE_TOKENS, image_tokens, input_tokens
from tests.vendors.pictures import picture, preview

_CHARACTERS_PER_TOKEN = 4


def whole_answer(wish: Wish, fault: str) -> dict[str, Any]:
    """All pictures of a request at once."""
    count = wish.document.get("n", 1)
    delivered = {"fewer": count - 1, "none": 0}.get(fault, count)
    pictures = [_encoded(wish, index, fault) for index in range(delivered)]
    answer = {**_facts(wish), "created": int(time.time()), "data": [{"b64_json": one} for one in pictures]}
    return answer if fault == "no-usage" else {**answer, "usage": _usage(wish, count, partials=0)}


def events_of(wish: Wish, fault: str) -> Iterator[bytes]:
    """The partial images, each nearer to the picture, then the picture; faults come after the first partial image."""
    facts = {**_facts(wish), "created_at": int(time.time())}
    partials = wish.document.get("partial_images", 0)
    if fault == "stream-keepalive":
        yield b": keepalive\n\n"
        yield _event(f"{wish.events}.in_progress", {})
    for index in range(partials):
        partial = {**facts, "b64_json": _encoded_preview(wish, index), "partial_image_index": index}
        yield _event(f"{wish.events}.partial_image", partial)
        if fault in STREAM_ERRORS:
            yield _event("error", {"error": STREAM_ERRORS[fault]})
            return
        if fault in ("cut", "stream-unfinished"):
            return
    completed = {**facts, "b64_json": _encoded(wish, 0, fault), "usage": _usage(wish, 1, partials=partials)}
    yield _event(f"{wish.events}.completed", completed)


def _event(name: str, document: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **document})}\n\n".encode()


def _facts(wish: Wish) -> dict[str, Any]:
    width, height = size_of(wish.document)
    quality, background = wish.document.get("quality", "auto"), wish.document.get("background", "auto")
    return {
        "background": "opaque" if background == "auto" else background,
        "output_format": wish.document.get("output_format", "png"),
        "quality": "medium" if quality == "auto" else quality,
        "size": f"{width}x{height}",
    }


def _encoded(wish: Wish, index: int, fault: str) -> str:
    if fault == "not-base64":
        return "%%%"
    size = (512, 512) if fault == "wrong-size" else size_of(wish.document)
    if wish.images:
        return base64.b64encode(_file(edited(wish, size, index), wish)).decode()
    if wish.document.get("background") == "transparent":
        with Image.open(io.BytesIO(picture(*size, index))) as opened:
            cut_out = opened.convert("RGBA")
        cut_out.putalpha(round_mask(size))
        return base64.b64encode(_file(cut_out, wish)).decode()
    return base64.b64encode(picture(*size, index, _kind(wish))).decode()


def _encoded_preview(wish: Wish, index: int) -> str:
    size = size_of(wish.document)
    if not wish.images:
        return base64.b64encode(preview(*size, index, _kind(wish))).decode()
    grain = 8 << index
    coarse = edited(wish, size, 0).resize((grain, grain)).resize(size, Image.Resampling.NEAREST)
    return base64.b64encode(_file(coarse, wish)).decode()


def _file(image: Image.Image, wish: Wish) -> bytes:
    file = io.BytesIO()
    opaque = wish.document.get("background") != "transparent"
    (image.convert("RGB") if opaque else image).save(file, _kind(wish))
    return file.getvalue()


def _kind(wish: Wish) -> str:
    return str(wish.document.get("output_format", "png")).upper()


def _usage(wish: Wish, count: int, *, partials: int) -> dict[str, Any]:
    width, height = size_of(wish.document)
    model = wish.document["model"]
    text = -(-len(wish.document["prompt"]) // _CHARACTERS_PER_TOKEN)
    # Several results of one edit are counted like as many calls.
    sent = sum(input_tokens(model, *image.size) for image in wish.images) * count
    one = image_tokens(model, wish.document.get("quality", "auto"), width, height)
    drawn = one * count + PARTIAL_IMAGE_TOKENS * partials
    return {
        "input_tokens": text + sent,
        "input_tokens_details": {"text_tokens": text, "image_tokens": sent},
        "output_tokens": drawn,
        "output_tokens_details": {"image_tokens": drawn, "text_tokens": 0},
        "total_tokens": text + sent + drawn,
    }
