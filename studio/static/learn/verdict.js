// The chapter verdict.
studio.chapters.verdict = (element) => {
  studio.follow(() => studio.speak(element));
};
