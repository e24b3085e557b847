// The report on an upload: number, sizes, colour, unusable files with reasons, duplicates, and whether there are enough
// pictures.
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";

export const uploadReport = (place, seen) => {
  const { word } = studio;
  const part = (name) => place.querySelector(`.upload-${name}`);
  const size = ([width, height]) => `${width} × ${height}`;
  const listed = (facts) => facts.join(studio.language() === "zh" ? "，" : ", ");
  const joined = (sentences) => sentences.join(studio.language() === "zh" ? "" : " ");

  function sized({ smallest, largest }) {
    const [small, large] = [size(smallest), size(largest)];
    return small === large ? word("upload_size", { small }) : word("upload_sizes", { small, large });
  }

  function facts({ usable, sizes, grey, colour }) {
    const num = usable === 1 ? word("upload_num_one") : word("upload_num", { num: usable });
    const tone = grey && colour ? word("upload_mixed", { grey, colour }) : grey ? word("upload_all_grey") : word("upload_all_colour");
    const all = listed([num, sized(sizes), tone]) + (studio.language() === "zh" ? "。" : ".");
    return seen.channels === 1 && colour ? joined([all, word("upload_to_grey")]) : all;
  }

  function line(name, num, text) {
    part(name).hidden = !num;
    (part(name).firstElementChild ?? part(name)).textContent = num ? text : "";
  }

  function broken(files) {
    part("broken").hidden = !files.length;
    part("broken").firstElementChild.textContent = word("upload_broken", { num: files.length });
    const colon = studio.language() === "zh" ? "：" : ": ";
    part("broken").lastElementChild.replaceChildren(...files.map(({ name, reason }) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("b"), { textContent: name }), colon, word(reason.say, reason));
      return item;
    }));
  }

  const report = seen?.report;
  place.hidden = !report || !(report.usable || report.broken.length);
  if (place.hidden) return;
  const { usable, exact, near, enlarged, fewest, different, enough } = report;
  part("facts").textContent = usable ? facts(report) : "";
  const [height, width] = heightWidth(seen.size);
  line("enlarged", enlarged, word("upload_enlarged", { num: enlarged, width, height }));
  part("told").replaceChildren(...report.told.map((one) => Object.assign(document.createElement("p"), {
    className: "upload-line", textContent: word(one.say, one),
  })));
  line("frames", report.frames, word("upload_take_frames", { num: report.frames }));
  line("exact", exact, word("upload_exact", { num: exact }));
  line("near", near, word("upload_near", { num: near }));
  broken(report.broken);
  const says = { too_few: "upload_too_few", few: "upload_few", enough: "upload_enough" };
  part("enough").textContent = word(says[enough], { fewest, different });
  part("enough").dataset.enough = enough;
};
