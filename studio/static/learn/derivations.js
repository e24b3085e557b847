// The chapter derivations.
studio.chapters.derivations = (element) => {
  studio.follow(() => studio.speak(element));
};
