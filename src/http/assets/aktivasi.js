// Saves keystrokes. Every page works without it: nothing here is the only way to do anything.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Faults and news come first.
  const first = one("[data-focus]") || one("#kabar");
  if (first) first.focus();

  // A second press of the same button sends nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  // A page that comes back from the history may be sent again.
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // Menus close with Escape and with a press elsewhere.
  const menus = () => all("details.ak-me[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // Keys of the office. They act only when no field has the focus, and can be switched off.
  const help = one("#tombol");
  const button = one("[data-keys-help]");
  const on = document.body.dataset.keys === "on";
  if (help && button) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  const busy = (target) => target.closest("input:not([type=checkbox]):not([type=radio]),textarea,select,dialog[open]");
  const rows = () => all("[data-row]");
  const current = () => rows().findIndex((row) => row.hasAttribute("data-current"));
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const at = Math.min(Math.max(current() + step, 0), list.length - 1);
    list.forEach((row) => row.removeAttribute("data-current"));
    list[at].setAttribute("data-current", "");
    (one("[data-open]", list[at]) || one("input", list[at]) || list[at]).focus();
    list[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menus().forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    if (!on || event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) return;
    if (event.key === "?" && help) { event.preventDefault(); help.showModal(); return; }
    if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); return; }
    // Anything with `data-key` is pressed, followed or focused by its key.
    const target = all("[data-key]").find((thing) => thing.dataset.key === event.key);
    if (!target || target.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    if (target.matches("input,select,textarea")) { target.focus(); if (target.select) target.select(); } else target.click();
  });
})();
