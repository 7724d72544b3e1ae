"""What plans need beside their confirmation, as a form. A key goes in and never comes out."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget

from gencraft_media.common.egress import EgressRefused, configured_policy
from gencraft_media.common.settings_changes import newest_settings
from gencraft_media.daos.models import PlanPolicy


class PlanPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The policy, with the language model's key write-only."""

    new_key = forms.CharField(
        label="Key of the language model",
        required=False,
        strip=True,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Sealed and never shown again. Empty: the key there is. It goes when the address is emptied.",
    )

    class Meta:
        model = PlanPolicy
        # Never `language_model_key`: what a form carries, a page shows. The admin, which says what an address without
        # a scheme means, adds `language_model_url`.
        fields: ClassVar[list[str]] = ["second_person_above", "language_model", "reason"]
        labels: ClassVar[dict[str, str]] = {
            "second_person_above": "Second person above, US dollars",
            "language_model_url": "Address of the language model",
            "language_model": "Its name",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "second_person_above": "A plan whose replay changes costs or revenue of 30 days by more is approved by "
            "somebody else than who proposed it. Empty: none is.",
            "language_model_url": "An OpenAI-compatible chat endpoint, such as https://example.com/v1, that may "
            "propose plans, and nothing more. Empty: none.",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        url = values.get("language_model_url") or ""
        if url:
            try:
                configured_policy().target_of(url)
            except EgressRefused as error:
                self.add_error("language_model_url", error.message)
            if not values.get("language_model"):
                self.add_error("language_model", "Which model shall be asked there?")
        before = newest_settings(PlanPolicy)
        # A key belongs to its address: another one must not be sent it.
        kept = before.language_model_key if url == before.language_model_url else ""
        values["language_model_key"] = (values.get("new_key") or kept) if url else ""
        self.instance.language_model_key = values["language_model_key"]
        return values
