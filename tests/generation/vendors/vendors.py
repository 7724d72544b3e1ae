"""All fault tables, in the order in which people read them."""

from tests.generation.vendors.flux_faults import FLUX, FLUX_CALLBACKS
from tests.generation.vendors.openai_faults import OPENAI, OPENAI_EDITS
from tests.generation.vendors.stability_faults import STABILITY, STABILITY_ENGINE, STABILITY_LATER
from tests.generation.vendors.table import Fault, Vendor

VENDORS: tuple[Vendor, ...] = (OPENAI, OPENAI_EDITS, STABILITY, STABILITY_ENGINE, STABILITY_LATER, FLUX, FLUX_CALLBACKS)
ROWS: tuple[tuple[Vendor, Fault], ...] = tuple((vendor, fault) for vendor in VENDORS for fault in vendor.faults)
