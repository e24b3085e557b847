// The training as a film: all frames are here already, so that the slider and the play button ask no server.
studio.film = (element, props, watch) => {
  const PACE = 450; // milliseconds a frame
  const place = element.querySelector(".film");
  const show = studio.frame(element.querySelector("figure"));
  const [play, slider, says, curves] = ["play", "moment", "says", "losses"].map((name) => place.querySelector(`.${name}`));
  let frames = [];
  let urls = [];
  let timer = null;

  function mark(images) {
    const plot = curves.querySelector("svg");
    const cursor = plot?.querySelector(".cursor");
    if (!cursor) return;
    const [left, width, last] = ["left", "width", "last"].map((name) => Number(plot.dataset[name]));
    const x = left + width * Math.min(1, images / last);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
  }

  function turn() {
    const frame = frames[slider.value];
    if (!frame) return;
    const moment = frame.moments[0];
    show(frame, urls[slider.value]);
    says.textContent = studio.moment(moment);
    slider.setAttribute("aria-valuetext", studio.moment(moment));
    slider.style.setProperty("--done", `${(100 * slider.value) / Math.max(1, frames.length - 1)}%`);
    mark(moment.images);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = studio.word("play");
  }

  function start() {
    if (Number(slider.value) === frames.length - 1) slider.value = 0;
    turn();
    play.textContent = studio.word("pause");
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      turn();
      if (Number(slider.value) === frames.length - 1) stop();
    }, PACE);
  }

  function draw() {
    const { curves: plot, reason = "no_history", detail = "" } = props.value ?? {};
    if (plot) curves.innerHTML = studio.fill(plot, WORDS[studio.language()]);
    else curves.textContent = `${studio.word(reason)} ${detail}`.trim();
    place.querySelector(".legend").hidden = !plot;
    curves.querySelector("svg")?.setAttribute("aria-label", studio.word("alt_curves"));
    studio.speak(element);
    play.textContent = studio.word(timer ? "pause" : "play");
    turn();
  }

  function render() {
    stop();
    urls.forEach((url) => URL.revokeObjectURL(url));
    frames = props.value?.frames ?? [];
    place.hidden = !frames.length;
    urls = frames.map((frame) => studio.png(frame.png));
    urls.forEach((url) => { new Image().src = url; }); // decoded ahead, so that the film doesn't flicker
    slider.max = Math.max(0, frames.length - 1);
    slider.value = slider.max;
    draw();
  }

  play.onclick = () => (timer ? stop() : start());
  slider.oninput = () => { if (timer) stop(); turn(); };
  watch("value", render);
  render();
  studio.follow(draw);
};
