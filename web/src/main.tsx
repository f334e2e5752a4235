import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app/app";
import { initialLang, loadCatalogue } from "@/i18n/i18n";
import { registerOffline } from "@/lib/offline";
import "./index.css";

const root = document.getElementById("root");
const lang = initialLang();
void loadCatalogue(lang).then((catalogue) => {
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <App lang={lang} catalogue={catalogue} />
    </StrictMode>,
  );
});
registerOffline();
