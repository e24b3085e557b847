// The chapter report.
studio.chapters.report = (element) => {
  studio.follow(() => studio.speak(element));
};
