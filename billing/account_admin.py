"""Credit accounts in the admin: whose they are, what is in them and why; credits given with a reason, plans changed."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from billing.accounts import change_plan, thaw
from billing.ledger import grant_credits
from billing.models import CreditAccount, EntryKind, HoldResolution, LedgerEntry, Plan
from gencraft_media.accounts.models import Project, User
from gencraft_media.accounts.reauthentication import requires_recent_login
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.errors import GenCraftError

MAY_CHANGE = "billing.change_creditaccount"
_LINES_A_PAGE = 50
_MOST_HOLDS = 50
_KINDS = [(EntryKind.ADJUST, "A correction: given, or taken back"), (EntryKind.PURCHASE, "A purchase that was paid")]
_MOST_CREDITS = 100_000_000


class GrantForm(forms.Form):
    """Credits into the purse that does not expire, or out of it. `token` makes a form sent twice one entry."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="What it is", choices=_KINDS, widget=UnfoldAdminSelectWidget)
    credits = forms.IntegerField(
        min_value=-_MOST_CREDITS,
        max_value=_MOST_CREDITS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="1 credit is $0.01. Below zero takes back.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Stands in the ledger and in the audit, beside your name.",
    )

    def clean(self) -> dict[str, Any]:
        """No entry of nothing, and nothing bought below zero."""
        said = super().clean() or {}
        credits = said.get("credits")
        if credits == 0:
            self.add_error("credits", "An entry of no credits says nothing.")
        if credits is not None and credits < 0 and said.get("kind") == EntryKind.PURCHASE:
            self.add_error("credits", "A purchase adds credits; take back by a correction.")
        return said


class PlanForm(forms.Form):
    """Another plan for the owner, from now on."""

    plan = forms.ModelChoiceField(queryset=Plan.objects.all(), empty_label=None, widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="A larger monthly grant is topped up at once, a smaller one holds from next month.",
    )


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnlyAdmin):
    """Balances; a frozen account is freed here once it was found right."""

    list_display = ("owner", "plan", "available", "held", "monthly", "purchased", "period_end", "frozen_reason")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    search_fields = ("=owner_id",)
    search_help_text = "An owner's e-mail address or id"
    actions = ("thaw_accounts",)
    ordering = ("-purchased",)
    show_full_result_count = False

    @display(description="owner")
    def owner(self, account: CreditAccount) -> str:
        return getattr(account, "_owner", None) or str(account.owner_id)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CreditAccount], search_term: str
    ) -> tuple[QuerySet[CreditAccount], bool]:
        found, doubled = super().get_search_results(request, queryset, search_term)
        if search_term:
            owners = User.objects.filter(email__icontains=search_term).values("pk")
            found = found | queryset.filter(owner_id__in=owners)
        return found, doubled

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The rows of the page with their owners' names, which are another app's."""
        changes = super().get_changelist_instance(request)
        names = dict(
            User.objects.filter(pk__in=[row.owner_id for row in changes.result_list]).values_list("pk", "email")
        )
        for row in changes.result_list:
            row._owner = names.get(row.owner_id)
        return changes

    @action(description="Allow spending again", permissions=["settle"])
    def thaw_accounts(self, request: HttpRequest, rows: QuerySet[CreditAccount]) -> None:
        for account in rows.exclude(frozen_reason=""):
            thaw(account, actor=request.user, reason="freed in the admin")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The account's page; it changes nothing by itself."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        account = self.get_object(request, object_id)
        if account is None:
            raise Http404
        owner = User.objects.filter(pk=account.owner_id).first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Credits of {owner or account.owner_id}",
            "owner": owner,
            **_account_context(request, account),
        }
        return TemplateResponse(request, "billing/account.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:account_id>/credits/", view(requires_recent_login(grant_view)), name="billing_account_credits"),
            path("<uuid:account_id>/plan/", view(requires_recent_login(plan_view)), name="billing_account_plan"),
            *super().get_urls(),
        ]


def grant_view(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Give credits, or take them back, with a reason; the same form twice is one entry."""
    account = _account(request, account_id)
    form = GrantForm(request.POST or None, initial={"token": uuid.uuid4(), "kind": EntryKind.ADJUST})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            entry = grant_credits(
                owner_id=account.owner_id,
                credits=said["credits"],
                kind=said["kind"],
                idempotency_key=f"admin:{said['token']}",
                reason=said["reason"],
                actor=request.user,
            )
        except GenCraftError as error:
            form.add_error("credits", error.message)
        else:
            messages.success(request, f"In the ledger: {entry.credits:+d} credits.")
            return HttpResponseRedirect(_page_of(account))
    return _form_page(request, account, form, title="Give credits, or take them back", verb="Write into the ledger")


def plan_view(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Put the owner on another plan, with a reason."""
    account = _account(request, account_id)
    form = PlanForm(request.POST or None, initial={"plan": account.plan_id})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        change_plan(account.owner_id, said["plan"].pk, actor=request.user, reason=said["reason"])
        messages.success(request, f"The owner is on the plan {said['plan']} now.")
        return HttpResponseRedirect(_page_of(account))
    return _form_page(request, account, form, title="Change the plan", verb="Change the plan")


def _account(request: HttpRequest, account_id: uuid.UUID) -> CreditAccount:
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    return get_object_or_404(CreditAccount.objects.select_related("plan"), pk=account_id)


def _page_of(account: CreditAccount) -> str:
    return reverse("admin:billing_creditaccount_change", args=[account.pk])


def _form_page(
    request: HttpRequest, account: CreditAccount, form: forms.Form, *, title: str, verb: str
) -> HttpResponse:
    owner = User.objects.filter(pk=account.owner_id).first()
    context = {
        **admin.site.each_context(request),
        "title": title,
        "question": "",
        "verb": verb,
        "form": form,
        "back": _page_of(account),
        "facts": {
            "Owner": owner or account.owner_id,
            "Plan": account.plan,
            "Available": f"{account.available} credits",
            "Held": f"{account.held} credits",
        },
    }
    answer = TemplateResponse(request, "operations/confirm.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _account_context(request: HttpRequest, account: CreditAccount) -> dict[str, Any]:
    resolved = Exists(HoldResolution.objects.filter(hold=OuterRef("pk")))
    entries = Paginator(account.entries.order_by("-created_at", "-pk"), _LINES_A_PAGE)
    shown = entries.get_page(request.GET.get("page"))
    actors = {entry.actor_id for entry in shown if entry.actor_id is not None}
    names = dict(User.objects.filter(pk__in=actors).values_list("pk", "email"))
    return {
        "account": account,
        "projects": Project.objects.filter(owner_id=account.owner_id).order_by("name")[:20],
        "holds": account.holds.filter(~resolved).order_by("-created_at")[:_MOST_HOLDS],
        "entries": shown,
        "lines": [(entry, names.get(entry.actor_id, "") if entry.actor_id else "") for entry in shown],
        "may_see_ledger": request.user.has_perm("billing.view_ledgerentry"),
        "may_change": request.user.has_perm(MAY_CHANGE),
        "kinds": dict(LedgerEntry._meta.get_field("kind").choices or ()),
    }
