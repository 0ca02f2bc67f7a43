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

  // Uploads: dropped files, a look at what was chosen, and how far it is. The answer takes the place of the page's main part.
  const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(Math.floor(bytes / 1e5) / 10).toString().replace(".", ",")} MB`;
  const chosen = (form) => {
    const file = one("input[type=file]", form).files[0];
    const picture = one("[data-preview]", form);
    const said = one("[data-said]", form);
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.hidden = !file || !file.type.startsWith("image/");
    if (!picture.hidden) picture.src = URL.createObjectURL(file);
    const line = one("[data-chosen]", form);
    line.hidden = !file;
    if (file) line.textContent = `${file.name} (${size(file.size)})`;
    said.textContent = file && file.size > Number(form.dataset.most) ? form.dataset.large.replace("…", file.name) : "";
    return said.textContent === "";
  };
  const swap = (html, address) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = one("main", page);
    if (!main) { location.assign(address); return; }
    // What was typed or chosen elsewhere on the page stays.
    all("main textarea[id],main select[id],main input[type=radio][id],main input[type=file][id]").forEach((field) => {
      const next = main.querySelector(`#${CSS.escape(field.id)}`);
      if (!next || field.closest("[data-sent]")) return;
      if (field.type === "file") next.files = field.files;
      else if (field.type === "radio") next.checked = field.checked;
      else if (field.matches("select") || !next.value) next.value = field.value;
      const fold = next.closest("details");
      if (fold && field.closest("details[open]")) fold.open = true;
    });
    one("main").replaceWith(main);
    document.title = page.title;
    history.replaceState(null, "", address);
    uploads();
    imports();
    signatures();
    const news = one("[data-focus]") || one("#kabar") || one("main");
    news.focus();
  };
  const send = (form) => {
    const bar = one("progress", form);
    const said = one("[data-said]", form);
    const call = new XMLHttpRequest();
    const failed = () => { bar.hidden = true; delete form.dataset.sent; said.textContent = form.dataset.offline; };
    call.open("POST", form.action);
    call.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
    call.onload = () => { if (call.responseText) swap(call.responseText, call.responseURL); else failed(); };
    call.onerror = failed;
    bar.hidden = false;
    bar.value = 0;
    said.textContent = form.dataset.sending;
    form.dataset.sent = "yes";
    call.send(new FormData(form));
  };
  const uploads = () => all("form[data-upload]").forEach((form) => {
    const field = one("input[type=file]", form);
    const zone = one("[data-drop]", form);
    one("[data-drop-here]", form).hidden = !matchMedia("(hover: hover)").matches;
    field.addEventListener("change", () => chosen(form));
    if (field.files.length) chosen(form);
    ["dragover", "dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) { field.files = event.dataTransfer.files; chosen(form); }
    }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.dataset.sent && chosen(form)) send(form);
    });
  });
  uploads();

  // A file of the registry is read while it is sent: how much of it went is how much was read. Then it is compared, which takes as
  // long as it takes.
  const imports = () => all("form[data-import]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      const field = one("input[type=file]", form);
      if (!field.files.length) return;
      event.preventDefault();
      if (form.dataset.sent) return;
      const bar = one("progress", form);
      const said = one("[data-said]", form);
      const call = new XMLHttpRequest();
      const stays = (leaving) => leaving.preventDefault();
      const over = () => removeEventListener("beforeunload", stays);
      const failed = () => { over(); bar.hidden = true; delete form.dataset.sent; said.textContent = form.dataset.broken; };
      call.open("POST", form.action);
      call.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
      call.upload.onload = () => { bar.removeAttribute("value"); said.textContent = form.dataset.comparing; };
      call.onload = () => {
        if (!call.responseText) { failed(); return; }
        over();
        const files = field.files;
        swap(call.responseText, call.responseURL);
        // What was right may be sent once more to be kept; what was wrong is another file by then.
        const next = one("form[data-import] input[type=file]");
        if (next && call.status === 200) next.files = files;
      };
      call.onerror = failed;
      addEventListener("beforeunload", stays);
      bar.hidden = false;
      bar.value = 0;
      said.textContent = form.dataset.reading;
      form.dataset.sent = "yes";
      call.send(new FormData(form));
    });
  });
  imports();

  // A signature: strokes on a sheet of 600 by 240, kept as text in a field. No picture is made or sent.
  const signatures = () => all("form[data-sign]").forEach((form) => {
    const sheet = one("canvas", form);
    const field = one("[name=goresan]", form);
    const said = one("[data-said]", form);
    const pen = sheet.getContext("2d");
    const most = { strokes: 100, points: 3000 };
    let strokes = field.value.split(";").filter(Boolean).map((stroke) => stroke.split(" ").map((at) => at.split(",").map(Number)));
    let drawing = null;
    const count = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    const show = () => {
      pen.setTransform(2, 0, 0, 2, 0, 0);
      pen.clearRect(0, 0, 600, 240);
      Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#1a1a1a" });
      strokes.forEach((stroke) => {
        pen.beginPath();
        stroke.forEach(([x, y]) => pen.lineTo(x, y));
        pen.lineTo(...stroke[0].map((value, i) => stroke.length === 1 ? value : stroke.at(-1)[i]));
        pen.stroke();
      });
    };
    const keep = () => { field.value = strokes.map((stroke) => stroke.map((at) => at.join(",")).join(" ")).join(";"); };
    const put = (event) => {
      const box = sheet.getBoundingClientRect();
      const on = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
      const at = [on((event.clientX - box.left) * 600 / box.width, 600), on((event.clientY - box.top) * 240 / box.height, 240)];
      const last = drawing.at(-1);
      if (last && Math.abs(last[0] - at[0]) + Math.abs(last[1] - at[1]) < 3) return;
      if (count() >= most.points) { said.textContent = form.dataset.much; return; }
      drawing.push(at);
    };
    sheet.addEventListener("pointerdown", (event) => {
      if (drawing || event.button !== 0) return;
      event.preventDefault();
      if (strokes.length >= most.strokes) { said.textContent = form.dataset.much; return; }
      sheet.setPointerCapture(event.pointerId);
      drawing = [];
      put(event);
      if (drawing.length) strokes.push(drawing); else drawing = null;
      show();
    });
    sheet.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      const way = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (way.length ? way : [event]).forEach(put);
      show();
    });
    ["pointerup", "pointercancel"].forEach((end) => sheet.addEventListener(end, () => { drawing = null; keep(); }));
    one("[data-clear]", form).addEventListener("click", () => { strokes = []; drawing = null; said.textContent = ""; keep(); show(); });
    form.hidden = false;
    show();
  });
  signatures();

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
    // 1 to 3 answer the current item of a checklist.
    const answers = all("[data-row][data-current] input[type=radio]");
    if (answers.length && /^[1-9]$/.test(event.key)) {
      const answer = answers[Number(event.key) - 1];
      if (answer) { event.preventDefault(); answer.click(); }
      return;
    }
    // `x` ticks the box of the row.
    const box = event.key === "x" && one("[data-row][data-current] input[type=checkbox]");
    if (box) { event.preventDefault(); box.click(); return; }
    // Anything with `data-key` is pressed, followed or focused by its key.
    const target = all("[data-key]").find((thing) => thing.dataset.key === event.key);
    if (!target || target.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    if (target.matches("input,select,textarea")) { target.focus(); if (target.select) target.select(); } else target.click();
  });

  // Takes one part of the page anew and leaves the rest as it is, so that nothing typed elsewhere is lost. Whatever is
  // not as expected happens as it would without script.
  const wanted = {};
  const renew = async (id, url, options) => {
    const turn = wanted[id] = (wanted[id] || 0) + 1;
    const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" }, ...options });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    const old = document.getElementById(id);
    if (!fresh || !old) throw new Error(id);
    // Of two presses in a row the last one counts.
    if (turn !== wanted[id]) return;
    const at = rows().indexOf(document.activeElement.closest("[data-row]"));
    const field = document.activeElement;
    const again = old.contains(field) && field.name ? [field.name, field.value] : null;
    old.replaceWith(fresh);
    if (at >= 0 && rows()[at]) rows()[at].setAttribute("data-current", "");
    const focus = again && all("input", fresh).find((one) => one.name === again[0] && one.value === again[1]);
    if (focus) focus.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    renew(link.dataset.swap, link.href).then(() => {
      history.replaceState(null, "", link.href.split("#")[0]);
    }).catch(() => { location.href = link.href; });
  });
  // A checklist keeps each answer at once.
  let line = Promise.resolve();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-swap]");
    if (!form) return;
    const body = new URLSearchParams(new FormData(form));
    line = line.then(() => renew(form.dataset.swap, form.action, { method: "POST", body }))
      .catch(() => { if (form.isConnected) form.submit(); });
  });

  // Copies what the button names.
  all("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
        .then(() => { button.nextElementSibling.textContent = button.dataset.done; }, () => { button.hidden = true; });
    });
  });

  // A paper that is shown is printed at once by the button that would open it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-print]");
    const paper = link && document.getElementById(link.dataset.print);
    if (!paper || event.ctrlKey || event.metaKey) return;
    try { paper.contentWindow.focus(); paper.contentWindow.print(); event.preventDefault(); } catch { /* the link opens it */ }
  });

  // A live part of the page fetches itself when it hears that it changed; without the stream it asks from time to time.
  const live = () => one("[data-live]");
  if (live()) {
    let busy = false, again = false;
    const refresh = () => {
      if (document.hidden) return;
      // What changes while the page fetches itself is fetched after it.
      if (busy) { again = true; return; }
      busy = true;
      const open = all("details", live()).map((fold) => fold.open);
      renew(live().id, location.href, { headers: { Accept: "text/html", "X-By-Itself": "1" } })
        .then(() => all("details", live()).forEach((fold, at) => { fold.open = Boolean(open[at]); }))
        // The session is over, or the page is another one: what the browser sees then is said there.
        .catch((error) => { if (live() && error.message === live().id) location.reload(); })
        .finally(() => {
          busy = false;
          if (again) { again = false; refresh(); }
        });
    };
    let asking = 0;
    const ask = () => { if (!asking) asking = setInterval(refresh, 30000); };
    document.addEventListener("visibilitychange", refresh);
    if (window.EventSource) {
      const news = new EventSource(live().dataset.live);
      news.addEventListener("changed", refresh);
      // The stream tells of what comes from now on: what was before is fetched.
      news.addEventListener("open", () => { clearInterval(asking); asking = 0; refresh(); });
      news.addEventListener("error", ask);
    } else ask();
  }

  // Who else has the page open, and whether it has changed since.
  const here = one("[data-poll]");
  if (here) {
    const ask = () => {
      if (document.hidden) return;
      fetch(here.dataset.poll, { credentials: "same-origin" }).then((answer) => answer.ok && answer.json()).then((seen) => {
        if (!seen) return;
        const text = String(seen.version) === here.dataset.version ? seen.text : here.dataset.changed;
        if (here.textContent.trim() !== text) here.textContent = text;
      }).catch(() => {});
    };
    setInterval(ask, 45000);
    document.addEventListener("visibilitychange", ask);
  }
})();
