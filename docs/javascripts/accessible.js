// What the theme leaves without a name, or out of reach of the keyboard.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  const scrolling = ".md-typeset__scrollwrap, .md-typeset pre > code";
  for (const element of document.querySelectorAll(scrolling))
    element.setAttribute("tabindex", "0");
});
