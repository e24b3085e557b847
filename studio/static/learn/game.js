// The chapter game.
studio.chapters.game = (element) => {
  studio.follow(() => studio.speak(element));
};
