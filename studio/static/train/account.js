// What the panels for an account on the Hub share: signing in and out, and names of repositories.
import { link } from "../page/link.js";
import { studio } from "../page/studio.js";

export const account = (() => {
  // The sign-in returns to this view in the same window, since another may not know this visitor's trainings.
  const doors = (element) => element.querySelectorAll(".account-door").forEach((door) => {
    door.onclick = (event) => {
      event.preventDefault();
      const { pathname, search, hash } = new URL(link.url());
      const back = encodeURIComponent(`${pathname}${search}${hash}`);
      location.assign(`${studio.address(door.getAttribute("href"))}?_target_url=${back}`);
    };
  });

  // A valid repository name from this title.
  const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "gan";

  // Suggests OWNER/NAME in a field, unless another name was typed there.
  function suggest(field, owner, title) {
    const [typed, wished] = [field.value.trim(), `${owner ?? "OWNER"}/${slug(title)}`];
    field.placeholder = wished;
    if (owner && (!typed || typed === field.dataset.suggested)) field.value = field.dataset.suggested = wished;
    return wished;
  }

  return { doors, suggest };
})();
