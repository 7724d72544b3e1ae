// The welcome page's two movements: a placeholder that fades into its picture, and buttons that copy.
"use strict";

async function fadeIn(frame) {
  const picture = frame.querySelector("img");
  if (!picture || !frame.dataset.thumbhash) return;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  thumbhash.draw(frame.dataset.thumbhash, canvas);
  frame.prepend(canvas);
  frame.classList.add("waiting");
  try {
    await picture.decode();
  } finally {
    // Two frames, so that the placeholder is painted even when the picture was there at once.
    requestAnimationFrame(() => requestAnimationFrame(() => frame.classList.remove("waiting")));
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.textContent.trim());
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1600);
}

document.querySelectorAll(".picture").forEach(fadeIn);
// Without a clipboard (an address that is neither https nor this machine) the buttons stay hidden.
if (navigator.clipboard) {
  document.documentElement.classList.add("can-copy");
  document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
}
