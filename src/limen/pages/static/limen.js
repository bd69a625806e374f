// Comforts of the pages. Everything works without them.

// A form goes once; its button says so. Coming back with the Back button makes it ready again.
for (const form of document.forms) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    button.dataset.text = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    sent = false;
    for (const button of form.querySelectorAll("[aria-busy]")) {
      button.textContent = button.dataset.text;
      button.removeAttribute("aria-busy");
    }
  });
}

// Show or hide a password.
for (const button of document.querySelectorAll("[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const turn = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.setAttribute("aria-label", button.dataset.label);
  button.addEventListener("click", () => turn(input.type === "password"));
  input.form.addEventListener("submit", () => turn(false));
  turn(false);
  button.hidden = false;
}

// After too many tries, count down on the button.
for (const button of document.querySelectorAll("[data-wait]")) {
  const text = button.textContent;
  const until = Date.now() + button.dataset.wait * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${text} (${left})` : text;
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = button.dataset.done;
  });
}

// Go on when the applications were told of the sign-out, or after five seconds.
const onward = document.querySelector("[data-waits-for]");
if (onward) {
  const frames = [...document.querySelectorAll("iframe")];
  const loaded = frames.map((frame) => new Promise((done) => frame.addEventListener("load", done)));
  const late = new Promise((done) => setTimeout(done, frames.length ? 5000 : 0));
  Promise.race([Promise.all(loaded), late]).then(() => location.replace(onward.href));
}
