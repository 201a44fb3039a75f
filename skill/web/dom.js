// Making elements. Text is always set as text, so nothing that a Topic or a person says becomes markup.

export function element(name, className = "", text = "") {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export function button(text, onClick, className = "") {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

export function list(items, className = "", ordered = false) {
  const node = element(ordered ? "ol" : "ul", className);
  for (const item of items) {
    const line = element("li");
    line.append(item);
    node.append(line);
  }
  return node;
}
