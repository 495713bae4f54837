// The marking desk by keyboard. The key is the first digit of the mark: 6 gives 65, again 68, again 62.
// Without this file the rubric is a plain form.
const form = document.querySelector("[data-rubric]");

if (form) {
  const criteria = [...form.querySelectorAll("[data-criterion]")];
  const save = document.querySelector("[data-save]");
  const saveWords = save?.textContent;
  const radios = (criterion) => [...criterion.querySelectorAll("input[type=radio]")];
  const chosen = (criterion) => radios(criterion).find((radio) => radio.checked);
  const feedback = (criterion) => criterion.querySelector("[data-feedback]");
  const isOpen = (criterion) => !chosen(criterion) || !feedback(criterion).value.trim();
  let current = criteria.find(isOpen) ?? criteria[0];
  let changed = false;

  function show() {
    let total = 0;
    let weight = 0;
    for (const criterion of criteria) {
      const radio = chosen(criterion);
      criterion.classList.toggle("on", criterion === current);
      criterion.querySelector(".hd [data-level]").textContent = radio ? radio.value : "–";
      if (radio) {
        weight += Number(criterion.dataset.weight);
        total += Number(criterion.dataset.weight) * Number(radio.value);
      }
    }
    document.querySelector("[data-chosen]").textContent = criteria.filter(chosen).length;
    // Half up, as the server does: whole levels times whole weights are exact.
    document.querySelector("[data-total]").textContent = weight ? (Math.round((total * 100) / weight) / 100).toFixed(2) : "–";
    const missing = criteria.find(isOpen);
    if (save) {
      save.disabled = Boolean(missing);
      save.textContent = missing ? `${saveWords}: ${missing.dataset.title} is open` : saveWords;
    }
  }

  function go(criterion) {
    current = criterion;
    show();
    (chosen(criterion) ?? radios(criterion)[0]).focus();
    criterion.scrollIntoView({ block: "nearest" });
  }

  function choose(digit) {
    const group = radios(current).filter((radio) => radio.value.startsWith(digit));
    if (!group.length) return;
    // The middle one first, then the highest, then down.
    const main = group.find((radio) => "main" in radio.dataset);
    const cycle = [main, ...group.filter((radio) => radio !== main).reverse()];
    const next = cycle[(cycle.indexOf(chosen(current)) + 1) % cycle.length];
    next.checked = true;
    next.focus();
    changed = true;
    show();
  }

  function enter(event) {
    const here = event.target.closest("[data-criterion]");
    if (!here) return;
    event.preventDefault();
    if (event.target.type === "radio") {
      feedback(here).focus();
      return;
    }
    const after = criteria.slice(criteria.indexOf(here) + 1);
    const open = after.find(isOpen) ?? criteria.find(isOpen);
    if (open && open !== here) go(open);
    else if (open) (chosen(here) ? feedback(here) : radios(here)[0]).focus();
    else form.requestSubmit();
  }

  form.addEventListener("focusin", (event) => {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion && criterion !== current) {
      current = criterion;
      show();
    }
  });
  form.addEventListener("input", () => {
    changed = true;
    show();
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && event.ctrlKey && !criteria.some(isOpen)) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (event.ctrlKey) return;
    const typing = event.target.matches("textarea, input:not([type=radio]), select");
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("[data-criterion]")) enter(event);
    if (typing) {
      if (event.key === "Escape") go(current);
      return;
    }
    if (/^[1-9]$/.test(event.key)) {
      event.preventDefault();
      choose(event.key);
    }
    const step = { j: 1, k: -1 }[event.key];
    const other = step && criteria[criteria.indexOf(current) + step];
    if (other) go(other);
  });

  document.querySelector("[data-hints]")?.removeAttribute("hidden");
  show();
  // After "Save and next" the hands stay on the keyboard. Where the panes lie below each other, the work comes first.
  if (isOpen(current) && matchMedia("(min-width: 60rem)").matches) go(current);
}
