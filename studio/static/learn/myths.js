// The chapter myths.
studio.chapters.myths = (element) => {
  studio.follow(() => studio.speak(element));
};
