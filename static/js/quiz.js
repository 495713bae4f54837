// Questions: how much time is left, and items of an ordering that can be dragged by a handle. Without this file the page
// says when a sitting ends, and each item has a place to choose.
const time = document.querySelector("[data-seconds]");

if (time) {
  const begun = performance.now();
  const words = time.querySelector("[data-left]");
  const tick = () => {
    const left = Math.ceil(Number(time.dataset.seconds) - (performance.now() - begun) / 1000);
    if (left <= 0) {
      location.reload();
      return;
    }
    if (left <= 3600) words.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left.`;
    setTimeout(tick, 1000);
  };
  tick();
}

function prepare(list) {
  if (list.classList.contains("drags")) return;
  list.classList.add("drags");
  const selects = [...list.querySelectorAll("select")];
  // What is sent goes by the order in which the server made the list, whichever way the items lie now.
  const sent = selects.map((select) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: select.name, value: select.value });
    select.removeAttribute("name");
    list.after(field);
    return field;
  });
  sent.forEach((field) => list.parentElement.append(field));
  const send = () => selects.forEach((select, number) => (sent[number].value = select.value));
  let held = null;

  for (const item of list.children) {
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.setAttribute("aria-hidden", "true");
    handle.textContent = "⠿";
    item.append(handle);
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      held = item;
      item.classList.add("held");
      list.setPointerCapture(event.pointerId);
    });
  }
  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    const below = [...list.children].find((item) => {
      const box = item.getBoundingClientRect();
      return item !== held && event.clientY < box.top + box.height / 2;
    });
    if ((below ?? null) !== held.nextElementSibling) list.insertBefore(held, below ?? null);
  });
  const drop = () => {
    if (!held) return;
    held.classList.remove("held");
    held = null;
    [...list.children].forEach((item, place) => {
      item.querySelector("select").value = String(place);
    });
    selects[0].dispatchEvent(new Event("change", { bubbles: true }));
  };
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
  list.addEventListener("change", send);
}

const prepareAll = (root) => root.querySelectorAll("[data-ordering]").forEach(prepare);
prepareAll(document);
document.addEventListener("htmx:load", (event) => prepareAll(event.detail.elt));
