"""All fault tables, in the order in which people read them."""

from tests.generation.vendors.flux_faults import FLUX
from tests.generation.vendors.openai_faults import OPENAI
from tests.generation.vendors.stability_faults import STABILITY, STABILITY_ENGINE
from tests.generation.vendors.table import Fault, Vendor

VENDORS: tuple[Vendor, ...] = (OPENAI, STABILITY, STABILITY_ENGINE, FLUX)
ROWS: tuple[tuple[Vendor, Fault], ...] = tuple((vendor, fault) for vendor in VENDORS for fault in vendor.faults)
