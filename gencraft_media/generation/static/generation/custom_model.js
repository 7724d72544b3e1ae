"use strict";
// The form of custom models: fields of the other kinds are hidden, and a server can be asked before anything is saved.
document.addEventListener("DOMContentLoaded", () => {
  const checking = document.getElementById("custom-model-check");
  const suggesting = document.getElementById("custom-model-suggest");
  if (!checking) return;
  const form = checking.closest("form");
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const kind = field("kind");
  const wanted = { "openai-compatible": "server_model", automatic1111: "checkpoint" };

  function showKind() {
    for (const part of form.querySelectorAll('[class*="kind-"]')) {
      const kinds = [...part.classList].filter((name) => name.startsWith("kind-"));
      if (kinds.length) part.hidden = !kinds.includes(`kind-${kind.value}`);
    }
  }

  function say(tool, message, ok) {
    const told = tool.querySelector("p");
    const colour = ok === undefined ? "" : ok ? "text-green-700 dark:text-green-400" : "text-red-700 dark:text-red-400";
    told.className = `min-w-0 break-words ${colour}`;
    told.textContent = message;
  }

  async function ask(tool, values) {
    const button = tool.querySelector("button");
    button.disabled = true;
    say(tool, "Asking …");
    try {
      const body = new URLSearchParams({ ...values, csrfmiddlewaretoken: field("csrfmiddlewaretoken").value });
      const answer = await fetch(tool.dataset.address, { method: "POST", body, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return await answer.json();
    } catch (error) {
      say(tool, `The engine did not answer (${error.message}).`, false);
      return null;
    } finally {
      button.disabled = false;
    }
  }

  checking.querySelector("button").addEventListener("click", async () => {
    const model = field(wanted[kind.value]);
    const found = await ask(checking, {
      kind: kind.value,
      base_url: field("base_url").value,
      new_key: field("new_key").value,
      wanted: model ? model.value.trim() : "",
      row: checking.dataset.row,
    });
    if (found) say(checking, found.message, found.ok);
  });

  suggesting.querySelector("button").addEventListener("click", async () => {
    const found = await ask(suggesting, { workflow: field("workflow").value });
    if (!found) return;
    const lines = Object.entries(found.inputs).map(([name, path]) => `${name}: ${path}`);
    if (lines.length) field("inputs").value = lines.join("\n");
    say(suggesting, found.message || "Found, and written into Inputs. Look them through.", !found.message);
  });

  // Each beside what it is about.
  form.querySelector("fieldset").after(checking);
  form.querySelector("fieldset.kind-comfyui").after(suggesting);
  kind.addEventListener("change", showKind);
  showKind();
});
