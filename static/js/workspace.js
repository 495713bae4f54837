// The workspace: editors in place of text areas, saving by itself, running without leaving the page.
// Without this file it is a plain form. Nothing typed is lost: what the server has not taken stays in this browser.
const form = document.querySelector("[data-workspace]");

if (form) {
  const status = document.querySelector("[data-saved]");
  const list = form.querySelector("[data-cells]");
  const base = form.elements.base;
  const drafts = `pathway-draft:${form.dataset.owner}:${location.pathname}:${form.elements.file.value}:`;
  const kept = drafts + form.elements.window.value;
  const editors = new Map();
  const SAVE_AFTER = 1500;
  const TRY_AGAIN_AFTER = 4000;
  let dirty = false;
  let timer = 0;
  let saving = null;
  let stopped = false; // by a conflict, until somebody decides

  const rows = () => [...list.querySelectorAll("[data-cell]")];
  const area = (row) => row.querySelector("textarea");
  const head = (row) => row.querySelector("input[name=cell]");
  const id = (row) => head(row).value.split(" ")[1];
  const isCode = (row) => head(row).value.startsWith("code ");
  const clock = () => new Date().toLocaleTimeString("en-GB");
  const here = () => rows().map((row) => [head(row).value, area(row).value]);

  function say(words, tone = "") {
    if (status.textContent === words) return;
    status.textContent = words;
    status.className = `st ${tone}`;
  }

  // Keeping

  function remember() {
    try {
      localStorage.setItem(kept, JSON.stringify({ base: base.value, cells: here(), when: Date.now() }));
    } catch {
      // Private windows and full disks keep nothing; the server still does.
    }
  }

  function changed(row) {
    if (row) mark(row);
    dirty = true;
    remember();
    if (!stopped) say("Not saved yet");
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }

  function mark(row) {
    const note = row.querySelector("[data-note]");
    if (note?.textContent && !note.textContent.includes("before your last edit")) note.textContent += ", ran before your last edit";
  }

  async function send(address, extra = {}) {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(extra)) body.set(name, value);
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.status === 403 || answer.type === "opaqueredirect") throw new Error("You are signed out");
    if (answer.status === 413) throw new Error("This is more than the server takes");
    if (![200, 409, 422].includes(answer.status)) throw new Error(`Our server has answered with an error (${answer.status})`);
    return [answer.status, await answer.json()];
  }

  // One request at a time; what is typed meanwhile is sent after it.
  function save() {
    saving = (saving ?? Promise.resolve()).then(() => (dirty && !stopped ? sendDraft(form.action) : null));
    return saving;
  }

  async function sendDraft(address, extra) {
    clearTimeout(timer);
    dirty = false;
    try {
      const [code, told] = await send(address, extra);
      if (code === 200) took(told);
      else if (code === 409) conflict(told);
      else {
        dirty = true;
        say(`Not saved: ${told.refused}`, "no");
      }
      return code === 200 ? told : null;
    } catch (error) {
      dirty = true;
      const why = error instanceof TypeError ? "No connection" : error.message;
      say(`${why}: what you type is kept in this browser, and saved as soon as that is possible`, "warn");
      timer = setTimeout(save, TRY_AGAIN_AFTER);
      return null;
    }
  }

  function took(told) {
    base.value = told.digest;
    document.querySelectorAll("[data-needs-draft]").forEach((button) => (button.disabled = false));
    if (dirty) return remember();
    localStorage.removeItem(kept);
    say(`Saved ${told.saved}`, "ok");
  }

  function conflict(told) {
    stopped = true;
    dirty = true;
    const place = document.querySelector("[data-conflict]");
    place.innerHTML = told.conflict;
    place.querySelector("[data-mine]").addEventListener("click", () => {
      base.value = told.digest;
      stopped = false;
      place.replaceChildren();
      save();
      focusOn(rows()[0]);
    });
    place.querySelector("[data-theirs]").addEventListener("click", () => {
      localStorage.removeItem(kept);
      dirty = false;
      location.reload();
    });
    place.querySelector("h2").focus();
    say(`Kept aside ${clock()}`, "warn");
  }

  // What an earlier page of this browser could not send is put back; the server says whether it still fits. What a
  // page that is still open has typed is its own: each holds a lock of the name under which it keeps things.
  async function recover() {
    navigator.locks?.request(kept, () => new Promise(() => {}));
    const open = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
    const left = Object.keys(localStorage)
      .filter((name) => name.startsWith(drafts) && name !== kept && !open.has(name))
      .map((name) => ({ name, ...JSON.parse(localStorage.getItem(name)) }))
      .sort((a, b) => b.when - a.when);
    const same = ({ cells }) => JSON.stringify(cells) === JSON.stringify(here());
    left.filter(same).forEach(({ name }) => localStorage.removeItem(name));
    const last = left.find((each) => !same(each));
    if (!last || dirty) return;
    rows().forEach((row) => remove(row, false));
    for (const [name, text] of last.cells) add(name.split(" ")[0], null, { name: name.split(" ")[1], text });
    base.value = last.base;
    dirty = true;
    remember();
    localStorage.removeItem(last.name);
    say(`Put back what was typed here until ${new Date(last.when).toLocaleTimeString("en-GB")}`, "warn");
    save();
  }

  // Cells

  function upgrade(row) {
    const box = area(row);
    const number = rows().indexOf(row) + 1;
    const root = document.createElement("div");
    root.className = "ed";
    box.after(root);
    box.hidden = true;
    const label = isCode(row) ? `Code of cell ${number}` : `Text of cell ${number}`;
    editors.set(
      row,
      editor.edit(box, {
        label: form.dataset.notebook === "yes" ? label : form.elements.file.value,
        code: isCode(row) && (form.dataset.notebook === "yes" || form.elements.file.value.endsWith(".py")),
        numbers: form.dataset.notebook !== "yes",
        root,
        changed: () => changed(row),
        keys: [
          { key: "Mod-Enter", run: () => runUntil(row) },
          { key: "Shift-Enter", run: () => runUntil(row) && (focusOn(rows()[rows().indexOf(row) + 1]), true) },
          { key: "Mod-s", run: () => (save(), true) },
          { key: "Alt-ArrowDown", run: () => (focusOn(rows()[rows().indexOf(row) + 1]), true) },
          { key: "Alt-ArrowUp", run: () => (focusOn(rows()[rows().indexOf(row) - 1]), true) },
        ],
      }),
    );
  }

  function focusOn(row, line) {
    if (row) editors.get(row)?.focus(line);
  }

  function add(kind, after, { name = `c${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`, text = "" } = {}) {
    const row = document.querySelector(`template[data-new=${kind === "code" ? "code" : "text"}]`).content.firstElementChild.cloneNode(true);
    head(row).value = `${kind} ${name}`;
    area(row).value = text;
    const output = row.querySelector("[data-output]");
    if (output) output.id = `out-${name}`;
    if (after) after.after(row);
    else list.append(row);
    upgrade(row);
    number();
    return row;
  }

  function remove(row, undo = true) {
    const place = document.createElement("p");
    const spared = { kind: head(row).value.split(" ")[0], name: id(row), text: area(row).value };
    editors.get(row)?.remove();
    editors.delete(row);
    if (undo) {
      place.className = "small soft undo";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "linkish";
      button.textContent = "Put it back";
      button.addEventListener("click", () => {
        const back = add(spared.kind, null, spared);
        place.replaceWith(back);
        number();
        changed();
        focusOn(back);
      });
      place.append("A cell was taken out. ", button);
      row.replaceWith(place);
      button.focus();
    } else row.remove();
    number();
  }

  function number() {
    rows().forEach((row, index) => {
      row.querySelector("[data-number]").textContent = index + 1;
      row.setAttribute("aria-label", `Cell ${index + 1}`);
    });
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-cell]");
    const all = rows();
    const at = all.indexOf(row);
    switch (button.dataset.do) {
      case "run":
        runUntil(row);
        break;
      case "up":
        if (at > 0) all[at - 1].before(row);
        break;
      case "down":
        if (at < all.length - 1) all[at + 1].after(row);
        break;
      case "remove":
        remove(row);
        break;
      case "code":
      case "text":
        focusOn(add(button.dataset.do === "code" ? "code" : "markdown", row));
        break;
    }
    if (button.dataset.do === "run") return;
    number();
    changed();
    if (["up", "down"].includes(button.dataset.do)) button.focus();
  });

  // Running

  function runUntil(row) {
    const code = row && rows().slice(0, rows().indexOf(row) + 1).reverse().find(isCode);
    if (row && !code) return true;
    start(code ? id(code) : "");
    return true;
  }

  async function start(until) {
    if (stopped) return;
    await save();
    if (dirty) await save();
    if (stopped || document.querySelector("#ran[hx-trigger]")) return;
    const told = await sendDraft(form.dataset.run, { until });
    if (told?.not_run) say(told.not_run, "warn");
    if (told?.ran) htmx.swap("#ran", told.ran, { swapStyle: "outerHTML" });
  }

  document.querySelector("[data-run-all]")?.addEventListener("click", (event) => {
    event.preventDefault();
    start("");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.matches("[data-stop]")) {
      event.submitter.disabled = true;
      fetch(event.submitter.formAction, { method: "POST", body: new FormData(form), redirect: "manual" });
      return;
    }
    dirty = true;
    save();
  });

  // Checks run on the draft as the server has it: first it gets what was typed.
  document.addEventListener(
    "submit",
    async (event) => {
      if (!event.target.matches("[data-after-saving]") || !dirty) return;
      event.preventDefault();
      event.stopPropagation();
      await save();
      if (!dirty) event.target.requestSubmit(event.submitter);
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-cell-line]");
    if (!link) return;
    const row = rows().find((each) => id(each) === link.dataset.cellLine);
    if (row) {
      event.preventDefault();
      focusOn(row, Number(link.dataset.line));
    }
  });

  addEventListener("online", save);
  addEventListener("pagehide", () => {
    if (dirty) remember();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty) save();
  });

  rows().forEach(upgrade);
  form.classList.add("live");
  recover();
}
