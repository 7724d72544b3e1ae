"""The pages that axe-core judges and the screenshots show; a new page of the site gets a line here."""

from dataclasses import dataclass

from playwright.sync_api import Page

FIRST_ROW = "#result_list tbody a[href*='/change/']"


@dataclass(frozen=True)
class Sight:
    """One page. `follow`: not the page at the path, but the one that the first of these links leads to, and so on.

    `ask`: the page of the plan that this sentence becomes.
    """

    name: str
    path: str
    follow: tuple[str, ...] = ()
    ask: str = ""
    is_public: bool = False

    def open(self, page: Page) -> None:
        """Go there, and return when it has settled."""
        page.goto(self.path)
        if self.ask:
            page.get_by_label("Sentence").fill(self.ask)
            page.get_by_role("button", name="Show what would change").click()
            page.wait_for_url("**/plain-english/*-*/")
        for link in self.follow:
            page.goto(page.locator(link).first.evaluate("link => link.href"))
        page.wait_for_load_state("load")


SIGHTS = (
    Sight("log-in", "/admin/login/", is_public=True),
    Sight("overview", "/admin/"),
    Sight("plain-english", "/admin/plain-english/"),
    Sight("plan", "/admin/plain-english/", ask="Set default image quality to HD for premium users for two days"),
    Sight("analytics", "/admin/analytics/"),
    Sight("promises", "/admin/promises/"),
    Sight("jobs", "/admin/generation/generationjob/"),
    Sight("job", "/admin/generation/generationjob/", (FIRST_ROW,)),
    Sight("assets", "/admin/assets/mediaasset/"),
    Sight("asset", "/admin/assets/mediaasset/", ("#content a[href*='/change/']",)),
    Sight("model", "/admin/providers/providermodel/", (FIRST_ROW,)),
    Sight("model-price", "/admin/providers/providermodel/", (FIRST_ROW, "#content a[href$='/price/']")),
    Sight("circuits", "/admin/generation/circuit/"),
    Sight("custom-model", "/admin/providers/custommodel/add/"),
    Sight("prices", "/admin/billing/priceline/"),
    Sight("plans", "/admin/billing/plan/"),
    Sight("credit-account", "/admin/billing/creditaccount/", (FIRST_ROW,)),
    Sight("credits", "/admin/billing/creditaccount/", (FIRST_ROW, "#content a[href$='/credits/']")),
    Sight("deliveries", "/admin/webhooks/webhookdelivery/"),
    Sight("delivery", "/admin/webhooks/webhookdelivery/", (FIRST_ROW,)),
    Sight("delivery-again", "/admin/webhooks/webhookdelivery/", (FIRST_ROW, "#content a[href$='/replay/']")),
    Sight("keys", "/admin/accounts/apikey/"),
    Sight("new-key", "/admin/accounts/apikey/add/"),
    Sight("media-settings", "/admin/media-settings/"),
    Sight("media-settings-providers", "/admin/media-settings/providers/"),
    Sight("media-settings-storage", "/admin/media-settings/storage/"),
    Sight("media-settings-defaults", "/admin/media-settings/defaults/"),
    Sight("media-settings-quotas", "/admin/media-settings/quotas/"),
    Sight("media-settings-pricing", "/admin/media-settings/pricing/"),
    Sight("media-settings-history", "/admin/media-settings/pricing/history/"),
    Sight("authenticator", "/admin/authenticator/"),
    Sight("audit", "/admin/common/auditentry/"),
)
