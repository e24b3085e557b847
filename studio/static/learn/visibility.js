// Functions shared by the chapters of the Learn tab.
export const visibility = {
  // Runs `begin` once, when `place` first comes near the screen, so that an unseen chapter loads nothing.
  near(place, begin) {
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watcher.disconnect();
      begin();
    }, { rootMargin: "600px" });
    watcher.observe(place);
  },

  // Calls `seen(true)` while `place` is on the screen and `seen(false)` when it isn't, so that animations pause there.
  onScreen(place, seen) {
    new IntersectionObserver((entries) => seen(entries.at(-1).isIntersecting)).observe(place);
  },
};
