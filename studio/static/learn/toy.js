// The chapter toy.
studio.chapters.toy = (element) => {
  studio.follow(() => studio.speak(element));
};
