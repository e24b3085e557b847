// The chapter lesson.
studio.chapters.lesson = (element) => {
  studio.follow(() => studio.speak(element));
};
