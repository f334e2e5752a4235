// Runs before the first paint, so that a chosen theme or language never flashes.
try {
  var theme = localStorage.getItem("tickets.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  var lang = localStorage.getItem("tickets.lang") || navigator.language.slice(0, 2);
  document.documentElement.lang = lang === "ko" ? "ko" : "en";
} catch {
  // Storage may be forbidden; the system's theme then holds.
}
