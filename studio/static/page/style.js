// Adds a style sheet to the page as Gradio does with the one that it is launched with: each rule once as it is, and once for what
// is in the page, so that it outweighs those of Gradio's components; a rule for narrow screens only so.
const DARK = ".dark";

const inPage = (rule, page) => {
  const dark = rule.selectorText.includes(DARK);
  const parts = rule.selectorText.replace(DARK, "").split(",");
  return `${parts.map((part) => `${dark ? DARK : ""} ${page} ${part}`).join(",")} { ${rule.style.cssText} }`;
};

export const addStyle = (text) => {
  const container = document.querySelector(".gradio-container");
  const version = [...container.classList].find((name) => name.startsWith("gradio-container-"));
  const page = `.gradio-container.${version} .contain`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const rules = [...sheet.cssRules].map((rule) => {
    if (rule instanceof CSSStyleRule) return `${rule.cssText} ${inPage(rule, page)}`;
    if (!(rule instanceof CSSMediaRule)) return rule.cssText;
    return `@media ${rule.media.mediaText} { ${[...rule.cssRules].map((inner) => inPage(inner, page)).join(" ")} }`;
  });
  document.head.append(Object.assign(document.createElement("style"), { textContent: rules.join("\n") }));
};
