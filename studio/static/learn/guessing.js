// The game against D: is a picture real or generated? `deal()` returns a new deck: { run, judged } with as many
// pictures of either kind. The score is kept for each run.
import { engine } from "../page/engine.js";
import { longer, setSides, sizeOf } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { discriminator } from "./discriminator.js";

export const createGuessing = (section, deal) => {
  const SIDE = 224; // px of a longer side at most
  const part = (name) => section.querySelector(`.guess-${name}`);
  const [table, card, canvas, past] = [part("table"), part("card"), part("card").firstElementChild, part("past")];
  const buttons = { real: part("real"), fake: part("fake") };
  const next = part("next");
  let run = null;
  let judged = null;
  let deck = [];
  let at = 0;
  let guesses = []; // "real" or "fake" of each card so far

  // ------------------------------------------------------------------------------------------------- the score

  const NONE = { you: 0, d: 0, of: 0 };
  const place = () => `studio-guess-${run}`;
  function score() {
    try {
      const kept = JSON.parse(studio.stored(place()));
      return [kept.you, kept.d, kept.of].every((value) => Number.isInteger(value) && value >= 0) && Math.max(kept.you, kept.d) <= kept.of ? kept : NONE;
    } catch { return NONE; } // no stored score, or an invalid one
  }

  function count(mine, ds) {
    const { you, d, of } = score();
    studio.store(place(), JSON.stringify({ you: you + mine, d: d + ds, of: of + 1 }));
  }

  function showScore() {
    const { you, d, of } = score();
    [["you", you], ["d", d]].forEach(([name, right]) => {
      part(name).querySelector("b").style.width = `${of ? (100 * right) / of : 0}%`;
      part(name).querySelector("output").textContent = of ? studio.word("guess_of", { right, of, percent: discriminator.percent(right / of) }) : "–";
    });
    part("reset").hidden = !of;
  }

  part("reset").onclick = () => {
    studio.store(place(), null);
    showScore();
  };

  // ------------------------------------------------------------------------------------------------- the deck

  function shuffled(cards) {
    const mixed = [...cards];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
    }
    return mixed;
  }

  async function begin() {
    const dealt = await deal();
    if (!dealt) return;
    ({ run, judged } = dealt);
    deck = shuffled(judged.cards);
    guesses = [];
    at = 0;
    table.hidden = false;
    past.replaceChildren();
    lay();
  }

  function lay() {
    const { image } = deck[at];
    engine.picture(canvas, image);
    setSides(card, sizeOf(image), Math.max(1, Math.floor(SIDE / longer(sizeOf(image)))));
    speak();
  }

  const takes = ({ logit }) => (logit > judged.boundary ? "real" : "fake");

  function guess(kind) {
    if (guesses.length > at) return;
    guesses.push(kind);
    const { kind: truth } = deck[at];
    count(kind === truth ? 1 : 0, takes(deck[at]) === truth ? 1 : 0);
    remember(deck[at], kind);
    const inside = table.contains(document.activeElement);
    speak();
    if (inside) next.focus();
  }

  // A guessed card, small: its frame shows its kind, the marks below who was right.
  function remember(shown, kind) {
    const item = document.createElement("li");
    item.dataset.kind = shown.kind;
    const marks = [["you", kind], ["d", takes(shown)]].map(([who, said]) => {
      const mark = document.createElement("span");
      mark.className = who;
      mark.textContent = said === shown.kind ? "✓" : "✗";
      return mark;
    });
    const frame = document.createElement("i");
    frame.append(engine.picture(null, shown.image));
    item.append(frame, ...marks);
    past.append(item);
    past.scrollLeft = past.scrollWidth;
  }

  function advance() {
    if (guesses.length <= at) return;
    at += 1;
    if (at === deck.length) return begin();
    lay();
    buttons.fake.focus();
  }

  // ------------------------------------------------------------------------------------------------- words

  function speak() {
    if (!deck.length) return;
    const done = guesses.length > at;
    const { kind, logit, label } = deck[at];
    const name = label === null ? "" : studio.word("guess_label", { label: engine.run()?.classes[label] ?? label });
    part("count").textContent = studio.word("guess_count", { number: at + 1, num: deck.length }) + name;
    card.dataset.kind = done ? kind : "";
    canvas.ariaLabel = studio.word("guess_card", { number: at + 1 });
    Object.values(buttons).forEach((button) => { button.hidden = done; });
    next.hidden = !done;
    next.textContent = at + 1 < deck.length ? studio.word("guess_next") : studio.word("guess_deck");
    part("says").textContent = done ? discriminator.sentences(outcome(kind, logit), at + 1 < deck.length ? "" : summary()) : "";
    [...past.children].forEach((item, i) => {
      const [mine, ds] = [guesses[i], takes(deck[i])].map((said) => said === deck[i].kind);
      item.ariaLabel = [studio.word(deck[i].kind === "real" ? "verdict_real" : "verdict_fake"),
        `${studio.word("guess_you")} ${mine ? "✓" : "✗"}`, `${studio.word("guess_d")} ${ds ? "✓" : "✗"}`].join(", ");
    });
    showScore();
  }

  function outcome(kind, logit) {
    const mine = guesses[at] === kind;
    const ds = takes(deck[at]) === kind;
    const truth = studio.word(kind === "real" ? "guess_was_real" : "guess_was_fake");
    const values = { logit: discriminator.signed(logit) };
    const both = ds ? studio.word("guess_both", values) : studio.word("guess_you_alone", values);
    const none = ds ? studio.word("guess_d_alone", values) : studio.word("guess_neither", values);
    return discriminator.sentences(truth, mine ? both : none);
  }

  function summary() {
    const right = guesses.filter((said, i) => said === deck[i].kind).length;
    const ds = deck.filter((shown) => takes(shown) === shown.kind).length;
    return studio.word("guess_summed", { right, ds, num: deck.length });
  }

  buttons.real.onclick = () => guess("real");
  buttons.fake.onclick = () => guess("fake");
  next.onclick = advance;
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const kind = { ArrowLeft: "fake", g: "fake", ArrowRight: "real", r: "real" }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!kind || guesses.length > at) return;
    event.preventDefault();
    guess(kind);
  });

  // Removes the cards and shows the reason, if any.
  function close(reason) {
    table.hidden = true;
    deck = [];
    part("away").hidden = !reason;
    part("away").textContent = reason ?? "";
  }

  studio.follow(speak);
  return { begin, close };
};
