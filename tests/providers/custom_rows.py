"""Models of an operator's own servers, as rows: for tests of the three kinds and of whatever uses them."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.models import PriceLine
from billing.pricelist import forget_prices
from gencraft_media.common.remembered import forget_remembered
from providers.kind_limits import default_limits
from providers.kinds import AUTOMATIC1111, COMFYUI, KINDS, OPENAI_COMPATIBLE
from providers.models import Provider, ProviderAccount, ProviderModel

_numbers = itertools.count(1)

# A workflow in ComfyUI's API format that draws from text.
TEXT_WORKFLOW: Mapping[str, Any] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            **{"seed": 1, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0},
            **{"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "house.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "gencraft", "images": ["8", 0]}},
}
TEXT_INPUTS: Mapping[str, Any] = {
    **{"prompt": "6.inputs.text", "negativePrompt": "7.inputs.text", "seed": "3.inputs.seed"},
    **{"width": "5.inputs.width", "height": "5.inputs.height", "steps": "3.inputs.steps"},
    **{"cfgScale": "3.inputs.cfg", "sampler": "3.inputs.sampler_name"},
}
# One that paints a picture over where a mask is white.
INPAINT_WORKFLOW: Mapping[str, Any] = {
    **{number: node for number, node in TEXT_WORKFLOW.items() if number != "5"},
    "3": {
        "class_type": "KSampler",
        "inputs": {**TEXT_WORKFLOW["3"]["inputs"], "latent_image": ["12", 0], "denoise": 0.8},
    },
    "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
    "11": {"class_type": "LoadImageMask", "inputs": {"image": "example.png", "channel": "red"}},
    "12": {
        "class_type": "VAEEncodeForInpaint",
        "inputs": {"pixels": ["10", 0], "vae": ["4", 2], "mask": ["11", 0], "grow_mask_by": 6},
    },
}
INPAINT_INPUTS: Mapping[str, Any] = {
    **{"prompt": "6.inputs.text", "seed": "3.inputs.seed", "strength": "3.inputs.denoise"},
    **{"image": "10.inputs.image", "mask": "11.inputs.image"},
}
WIRINGS: Mapping[str, Mapping[str, Any]] = {
    OPENAI_COMPATIBLE: {
        "model": "house-model",
        "extra": {"mode": 1},
        "fields": {"seed": "seed", "negativePrompt": "negative_prompt", "steps": "num_inference_steps"},
    },
    AUTOMATIC1111: {
        "checkpoint": "house.safetensors",
        "loras": [{"name": "house-style", "weight": 0.8}],
        "triggerWords": ["hsstyle"],
        "negative": "watermark",
        "steps": 28,
        "sampler": "DPM++ 2M",
    },
    COMFYUI: {"workflow": TEXT_WORKFLOW, "inputs": TEXT_INPUTS, "output": "9"},
}


def make_custom_model(
    kind: str,
    base_url: str,
    *,
    provider: str = "",
    name: str = "house-model",
    wiring: Mapping[str, Any] | None = None,
    operations: Iterable[str] = ("text-to-image",),
    limits: Mapping[str, Any] | None = None,
    price: str = "0.01",
    api_key: str = "",
    **account: Any,
) -> ProviderModel:
    """A model at an operator's server at `base_url`, with its account and its price in US dollars a picture.

    What is left out is as usual: `wiring` of `WIRINGS`, `limits` of the kind's. A provider that is there already
    (`provider` names it) gets one more model, at the account that it has. `account` are fields of `ProviderAccount`.
    """
    wired = dict(WIRINGS[kind] if wiring is None else wiring)
    key, operations = provider or f"{kind}-{next(_numbers)}", list(operations)
    owner, is_new = Provider.objects.get_or_create(
        key=key, defaults={"label": f"House {kind}", "kind": kind, "needs_key": False, "default_model": name}
    )
    if is_new:
        account = {"concurrent_requests": KINDS[kind].concurrent_requests, **account}
        ProviderAccount.objects.create(provider=owner, base_url=base_url, api_key=api_key, **account)
    model = ProviderModel.objects.create(
        provider=owner,
        name=name,
        label=name,
        operations=operations,
        limits={**default_limits(kind, operations, wired), **(limits or {})},
        wiring=wired,
    )
    PriceLine.objects.create(
        provider=key,
        model=name,
        operation="*",
        amount=Decimal(price),
        hd_multiplier=1,
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        source="The operator's own server",
    )
    forget_remembered()
    forget_prices()
    return model
