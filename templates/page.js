"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search"), found = byId("found"), ticked = byId("ticked"), reset = byId("reset");
  const steps = [...document.querySelectorAll(".group .step")];
  const groups = [...document.querySelectorAll(".group")];
  const boxes = [...document.querySelectorAll("input[data-step]")];
  const key = document.body.dataset.key;
  document.querySelector(".tools").hidden = false;

  // Ticks: kept in the browser where it lets us, else for as long as the page is open.
  let kept = true;
  const read = () => {
    try {
      const list = JSON.parse(localStorage.getItem(key) || "[]");
      return Array.isArray(list) ? list : [];
    } catch {
      return [];
    }
  };
  const write = () => {
    try {
      localStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.dataset.step)));
    } catch {
      kept = false;
    }
  };
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    ticked.textContent = `${count} of ${boxes.length} ticked` + (kept ? "" : " (not kept: this browser blocks storage)");
    reset.disabled = count === 0 && before === null;
  };
  const show = (list) => {
    const set = new Set(list);
    for (const box of boxes) box.checked = set.has(box.dataset.step);
  };
  // What "Clear all ticks" took away, until the next tick.
  let before = null;
  const forget = () => {
    before = null;
    reset.textContent = "Clear all ticks";
  };
  try {
    const probe = `${key} probe`;
    localStorage.setItem(probe, "");
    localStorage.removeItem(probe);
  } catch {
    kept = false;
  }
  show(read());
  tell();
  for (const box of boxes) {
    box.addEventListener("change", () => {
      forget();
      write();
      tell();
    });
  }
  reset.addEventListener("click", () => {
    if (before === null) {
      before = boxes.filter((box) => box.checked).map((box) => box.dataset.step);
      show([]);
      reset.textContent = "Bring the ticks back";
    } else {
      show(before);
      forget();
    }
    write();
    tell();
  });
  window.addEventListener("storage", (event) => {
    if (event.key === key) {
      forget();
      show(read());
      tell();
    }
  });

  // Search: every word must be somewhere in the step.
  const texts = steps.map((step) => step.textContent.toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    steps.forEach((step, index) => {
      step.hidden = !words.every((word) => texts[index].includes(word));
      if (!step.hidden) count += 1;
    });
    for (const group of groups) group.hidden = !group.querySelector(".step:not([hidden])");
    if (words.length === 0) found.textContent = "";
    else if (count === 0) found.textContent = "No step found";
    else found.textContent = `${count} of ${steps.length} steps found`;
  };
  const clear = () => {
    search.value = "";
    filter();
  };
  search.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && search.value !== "") {
      event.preventDefault();
      clear();
    }
  });
  // A link to a step that the search hides shows it.
  const reveal = () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) {
      clear();
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", reveal);
  // Browsers bring the text of a field back when one goes back to a page.
  window.addEventListener("pageshow", filter);
})();
