// Trains what the form asks for on a machine of the Hub, in the visitor's account, and shows the trainings there.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { visitor } from "../page/visitor.js";
import { account } from "./account.js";
import { formState } from "./form_state.js";
import { format } from "./format.js";
import { rented } from "./rented.js";
import { training } from "./training.js";

export const rent = (element, server) => {
  const { word } = studio;
  const part = (name) => element.querySelector(`.rent-${name}`);
  const room = element.querySelector("details");
  const [signIn, owner, form, what, price, line, list] = ["sign-in", "owner", "form", "what", "price", "told", "trainings"].map(part);
  const { flavor, minutes, name, private: hidden } = form.elements;
  const SOON = 2000; // milliseconds between two looks at the trainings
  const known = new Map(); // the trainings that are shown, by id
  let way = null; // the server's answers: { way, signed_in },
  let offer = null; // and with an account { owner, machines, default, minutes }
  let busy = false;

  // One question to the server. Rejects with an Error whose message is a sentence.
  async function ask(what, question = {}) {
    const answer = await server.rent({ what: `rent_${what}`, visitor: visitor(), ...question });
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  const say = (sentence) => { line.textContent = sentence ?? ""; };
  const dollars = (value) => `$${value.toFixed(2)}`;
  const machine = () => offer.machines.find((one) => one.name === flavor.value);

  function title() {
    const { run, recipe, kind, set, classes } = formState.get();
    const begun = run === null ? recipe : training.state().options?.runs.find((one) => one.run === run)?.title ?? run;
    return [begun, ...(kind === "upload" ? [word("rent_pictures")] : [set, ...classes])].join(" ");
  }

  function showPrice() {
    const [one, hours] = [machine(), minutes.valueAsNumber / 60];
    const most = one && hours > 0 ? dollars(one.per_hour * hours) : "–";
    price.textContent = one ? word("rent_price", { hour: dollars(one.per_hour), most, owner: offer.owner }) : "";
  }

  function fill() {
    if (!offer) return;
    const chosen = flavor.value || offer.default;
    flavor.replaceChildren(...offer.machines.map((one) => (
      new Option(word("rent_option", { name: one.name, described: one.described, hour: dollars(one.per_hour) }), one.name))));
    flavor.value = machine() ? chosen : offer.machines[0]?.name;
    if (offer.machines.some((one) => one.name === chosen)) flavor.value = chosen;
    [minutes.min, minutes.max] = offer.minutes;
  }

  function show() {
    room.hidden = !way || way.way === "off";
    if (room.hidden) return;
    signIn.hidden = way.signed_in;
    form.hidden = owner.hidden = !offer;
    part("sign-out").hidden = way.way !== "account";
    if (!offer) return;
    owner.firstElementChild.textContent = word(way.way === "account" ? "publish_owner" : "rent_machine_owner", { owner: offer.owner });
    form.querySelector("button").disabled = busy || (formState.get().kind === "upload" && !view.get().upload?.usable);
    account.suggest(name, offer.owner, title());
    const { unit, length, kind } = formState.get();
    const told = [word(unit === "length" ? "rent_until_images" : "rent_until_recipe", { images: format.number(length) })];
    if (kind === "upload") told.push(word("rent_uploads"));
    what.textContent = told.join(studio.language() === "zh" ? "" : " ");
    showPrice();
  }

  function add(id) {
    if (known.has(id)) return known.get(id);
    known.set(id, rented(id, ask, say));
    list.prepend(known.get(id).element);
    return known.get(id);
  }

  // Looks at the trainings while the panel is open.
  const look = engine.newest(async () => {
    if (!room.open || view.get().tab !== "train" || document.hidden) return;
    for (const one of known.values()) {
      if (!one.over()) await one.update().catch(({ message }) => say(message));
    }
  });

  // Whether the panel is offered here; asked once the tab is open.
  const meet = engine.newest(async () => {
    if (way || view.get().tab !== "train") return;
    way = await ask("way").catch(() => null); // asked again when the tab is opened again
    show();
  });

  async function open() {
    say(null);
    try {
      if (!way.signed_in) return;
      offer = await ask("offer");
      fill();
      show();
      const { trainings } = await ask("jobs");
      trainings.reverse().forEach(({ id }) => add(id));
      await look();
    } catch ({ message }) {
      say(message);
    }
  }

  async function begin() {
    busy = true;
    say(null);
    show();
    try {
      const request = formState.request();
      delete request.minutes; // the job's own limit
      const { id } = await ask("start", { request, flavor: flavor.value, minutes: minutes.valueAsNumber, name: name.value.trim(), private: hidden.checked });
      await add(id).update();
    } catch ({ message }) {
      say(message);
    } finally {
      busy = false;
      show();
    }
  }

  form.onsubmit = (event) => { event.preventDefault(); if (!busy) begin(); };
  flavor.onchange = minutes.oninput = showPrice;
  room.ontoggle = () => { if (room.open) open(); };
  account.doors(element);
  setInterval(() => look(), SOON);
  training.follow(show);
  formState.follow(show);
  view.follow((_, changed) => {
    if (changed.has("upload")) show();
    if (changed.has("tab")) meet();
  });
  meet();
  studio.follow(() => {
    studio.speak(element);
    fill();
    show();
    known.forEach((one) => one.show());
  });
};
