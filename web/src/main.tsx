/** The composition root: opens the session and shows the page. */
import { render } from "solid-js/web";
import { App } from "./routes/app.tsx";
import { openSession } from "./session/browser.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/standalone.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

const session = openSession();
render(() => <App session={session} />, root);
