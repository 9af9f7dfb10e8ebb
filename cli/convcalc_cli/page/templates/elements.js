// Elements of the page, made with their attributes and what is in them; text is always text.
const SVG = "http://www.w3.org/2000/svg";

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const element = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

const shape = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

function button(text, act, attributes = {}) {
  const made = element("button", {type: "button", ...attributes}, text);
  made.addEventListener("click", act);
  return made;
}

// One of many can be reached with the tab key; from there, the arrow keys lead to the others.
function rove(from, to) {
  if (!to) return;
  from.setAttribute("tabindex", "-1");
  to.setAttribute("tabindex", "0");
  to.focus();
}

// What a link leads to, if it is on the page.
function targetOf(address) {
  try {
    return document.getElementById(decodeURIComponent(address.slice(1)));
  } catch {
    return null;
  }
}
