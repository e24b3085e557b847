// Publishes the displayed training, or else the selected run, to the visitor's account on the Hub.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { visitor } from "../page/visitor.js";
import { account } from "./account.js";
import { training } from "./training.js";

export const publish = (element, server) => {
  const { word } = studio;
  const part = (name) => element.querySelector(`.publish-${name}`);
  const room = element.querySelector("details");
  const [title, signIn, owner, form, bar, line, command] = ["title", "sign-in", "owner", "form", "progress", "told", "command"].map(part);
  const { name, token, private: hidden } = form.elements;
  const SOON = 1000; // milliseconds between polls of an upload
  const ENDED = ["finished", "stopped", "failed", "paused", "interrupted"];
  let way = null; // the server's answer: { way, owner }
  let run = null; // { run, title } of the run to publish
  let busy = false;
  let message = null; // the key of the message, its values, and a link

  // One question to the server. Rejects with an Error whose message is a sentence.
  async function ask(question) {
    const answer = await server.publish(question);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  function say(key, values = {}, address = null) {
    message = key ? { key, values, address } : null;
    const link = Object.assign(document.createElement("a"), { href: address, textContent: address, target: "_blank", rel: "noopener" });
    line.replaceChildren(...(message ? [word(key, values)] : []), ...(address ? [" ", link] : []));
  }

  function candidate() {
    const { job, jobs } = training.state();
    if (job) return job.mine && ENDED.includes(job.state) && job.grid != null ? { run: `~${job.id}`, title: job.title } : null;
    const chosen = engine.run();
    const own = !chosen?.run.startsWith("~") || jobs.some(({ run: made }) => chosen.run === made || chosen.run.startsWith(`${made}.`));
    return chosen && own ? { run: chosen.run, title: chosen.title ?? chosen.run } : null;
  }

  function suggest() {
    const wished = account.suggest(name, way?.owner, run.title);
    command.textContent = `python -m ganlib.hub push FOLDER ${name.value.trim() || wished}`;
  }

  function show() {
    const was = run?.run;
    if (!busy) run = candidate();
    room.hidden = !run;
    if (!run) return;
    if (was !== run.run) say(null);
    title.textContent = word("publish", { run: run.title });
    part("off").hidden = way?.way !== "off";
    part("lasts").hidden = !training.state().options?.fleeting;
    signIn.hidden = way?.way !== "account" || way.owner !== null;
    owner.hidden = !way?.owner;
    owner.querySelector("span").textContent = way?.owner ? word("publish_owner", { owner: way.owner }) : "";
    form.hidden = !(way?.way === "token" || way?.owner);
    element.querySelectorAll(".publish-token").forEach((node) => { node.hidden = way?.way !== "token"; });
    token.required = way?.way === "token";
    form.querySelector("button").disabled = busy;
    bar.hidden = !busy;
    suggest();
  }

  async function look() {
    try {
      way = await ask({ what: "way" });
    } catch ({ message }) {
      say("publish_failed", { reason: message });
    }
    show();
  }

  const pause = () => new Promise((resolve) => { setTimeout(resolve, SOON); });

  async function sent(publication) {
    for (;;) {
      const { address, bytes, seconds } = await ask({ what: "publication", publication });
      if (address) return address;
      say("publish_sending", { size: (bytes / 2 ** 20).toFixed(1), seconds: Math.round(seconds) });
      await pause();
    }
  }

  async function publish() {
    const question = { what: "publish", visitor: visitor(), run: run.run, name: name.value.trim(), private: hidden.checked };
    if (way.way === "token") question.token = token.value;
    token.value = "";
    busy = true;
    show();
    try {
      const { publication } = await ask(question);
      const address = await sent(publication);
      say(hidden.checked ? "publish_done_private" : "publish_done", {}, address);
    } catch ({ message }) {
      say("publish_failed", { reason: message });
    } finally {
      busy = false;
      show();
    }
  }

  form.onsubmit = (event) => { event.preventDefault(); if (!busy) publish(); };
  name.oninput = suggest;
  room.ontoggle = () => { if (room.open) look(); };
  account.doors(element);
  training.follow(show);
  engine.follow(show);
  studio.follow(() => {
    studio.speak(element);
    show();
    if (message) say(message.key, message.values, message.address);
  });
};
