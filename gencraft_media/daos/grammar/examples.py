"""Sentences of the language, for people to begin with; by the name of the action that they ask for."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "media.enable": (
        "Enable AI image generation for all projects",
        "Pause image generation for free users",
        "Do not let free users generate images",
    ),
    "media.quality": (
        "Set default image quality to HD for premium users",
        "Give pro users HD images by default",
        "Use standard quality by default",
    ),
    "media.format": (
        "Set the default format to AVIF",
        "Deliver images as WebP",
        "Use PNG as the default format for pro users",
    ),
    "media.compression": (
        "Set compression to 75",
        "Compress images to 80",
        "Use a compression level of 70 for free users",
    ),
    "media.resolution": (
        "Limit the resolution to 1024 pixels for free users",
        "Set the maximum image size to 2048x2048",
        "No images larger than 1536 pixels",
    ),
    "media.model": (
        "Set the default model to flux-2-pro",
        "Use gpt-image-2 as the default model for pro users",
        "Make FLUX.2 Pro the default model",
    ),
    "media.retention": (
        "Keep images for 90 days for free users",
        "Set the retention time to 30 days",
        "Never expire images",
    ),
    "provider.enable": ("Disable flux for two days", "Turn OpenAI on", "Take Stability AI offline"),
    "model.enable": ("Disable dall-e-2", "Turn the model flux-dev off", "Enable flux-2-pro and flux-2-max"),
    "pricing.batch_discount": (
        "Enable 5% discount for batch image generation",
        "Set the batch discount to 10 %",
        "Remove the batch discount",
    ),
    "pricing.batch_discount_cap": (
        "Cap the batch discount at 25 %",
        "Set the maximum batch discount to 20 %",
        "Set the batch discount limit to 30 percent",
    ),
    "pricing.markup": ("Set the markup to 20 %", "Add a 15 % markup", "Remove the markup"),
    "pricing.price": (
        "Set the price of flux-2-pro to $0.04 from 1 December",
        "From tomorrow, gpt-image-2 costs 5 cents",
        "Price dall-e-3 at $0.04",
    ),
    "quota.user": (
        "Limit each user to 100 images a day",
        "Set the monthly quota to 2,000",
        "Remove the daily quota",
    ),
    "quota.plan": (
        "Give pro users 2,000 images a month",
        "Set the quota of the free plan to 20",
        "Unlimited images for enterprise users",
    ),
    "routing.strategy": (
        "Set the routing strategy to cheapest",
        "Prefer the fastest models for pro users",
        "Route by quality",
    ),
    "routing.allow": ("Use only flux and openai", "Allow only stability for free users", "Restrict routing to openai"),
    "routing.deny": ("Never use dall-e-2", "Deny flux for free users", "Take flux off the deny list"),
    "spend.cap": (
        "Cap spending at 5,000 credits a day",
        "Set the monthly spend cap to $500 for free users",
        "Remove the daily spend cap",
    ),
    "webhooks.pause": ("Pause all webhooks for 2 hours", "Resume webhooks", "Do not send webhooks until tomorrow"),
}
