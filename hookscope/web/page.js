// Keys go to the screen as soon as it is there: nobody has to click on it first.
new MutationObserver((_, observer) => {
  if (document.body.classList.contains("-first-byte")) {
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea")?.focus();
  }
}).observe(document.documentElement, { attributes: true, attributeFilter: ["class"], subtree: true });
