// Names, for who hears a page, of what the admin's widgets leave without one. Without this script they work as ever.
"use strict";

// Select2 hides a list of choices behind a box that is named by its choice alone, and by nothing where there is none.
function nameCombobox(box) {
  const list = box.closest(".select2-container").previousElementSibling;
  const choice = box.querySelector(".select2-selection__rendered");
  const label = list && list.labels && list.labels[0];
  if (!label || !choice) return;
  label.id ||= `${list.id}-label`;
  choice.setAttribute("aria-labelledby", label.id);
  box.setAttribute("aria-labelledby", `${label.id} ${choice.id}`);
}

// In a row of a table the column's heading stands for a label.
function nameByColumn(field) {
  if (field.labels && field.labels.length === 0 && !field.hasAttribute("aria-label")) {
    field.setAttribute("aria-label", field.closest("td[data-label]").dataset.label);
  }
}

function giveNames() {
  document.querySelectorAll("td[data-label] :is(select, input:not([type=hidden]), textarea)").forEach(nameByColumn);
  document.querySelectorAll(".select2-selection[role=combobox]").forEach(nameCombobox);
  document.querySelectorAll(".help-tooltip[aria-label]").forEach((sign) => sign.setAttribute("role", "img"));
}

// Django's own scripts make their widgets at this moment, some of them after this one has heard of it.
window.addEventListener("load", () => setTimeout(giveNames));
document.addEventListener("formset:added", () => setTimeout(giveNames));
