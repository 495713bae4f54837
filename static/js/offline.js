// Says since when our server has not answered; goes away with the next answer.
const notice = document.querySelector("[data-offline] > div");

if (notice) {
  const say = (what) => {
    if (!notice.hidden) return;
    const since = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    notice.querySelector("span").textContent = `${what} since ${since}. What you type stays here; we try again.`;
    notice.hidden = false;
  };
  const answered = () => {
    notice.hidden = true;
  };

  addEventListener("offline", () => say("No connection"));
  addEventListener("online", answered);
  document.body.addEventListener("htmx:sendError", () => say("No connection"));
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) say("Our server has answered with errors");
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) answered();
  });
}
