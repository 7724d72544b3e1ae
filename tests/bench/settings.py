"""The engine's own settings, and the bare view beside its addresses."""

from gencraft_media.settings import *  # noqa: F403

SIM_ENABLED = True
ROOT_URLCONF = "tests.bench.bare"
