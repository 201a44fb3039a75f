// An answer as it is shown: each sentence with its proof, offers as cards, candidates to pick from.

import { button, element } from "./dom.js";

let proofs = 0;

function place(evidence, body) {
  const quote = body.quotes.find((one) => one.id === evidence);
  if (quote) {
    const [from, to] = quote.lines;
    const lines = from === to ? `line ${from}` : `lines ${from} to ${to}`;
    return { head: `${quote.topic}.md, ${lines}`, text: `${quote.heading} · ${quote.label}` };
  }
  const fact = body.facts.find((one) => one.id === evidence);
  if (!fact) return null;
  const when = fact.as_of ? `, as of ${fact.as_of.slice(0, 16).replace("T", " ")} UTC` : "";
  return { head: `${fact.name}: ${fact.value}`, text: `from ${fact.source}${when}` };
}

// A mark behind a sentence: hovering shows where it comes from, a tap or Enter keeps it shown.
function proof(evidence, body, number) {
  const found = place(evidence, body);
  if (!found) return null;
  const id = `proof-${(proofs += 1)}`;
  const wrap = element("span", "proof");
  const mark = button(String(number), () => {
    const open = mark.getAttribute("aria-expanded") === "true";
    mark.setAttribute("aria-expanded", String(!open));
  });
  mark.className = "mark";
  mark.setAttribute("aria-expanded", "false");
  mark.setAttribute("aria-controls", id);
  mark.setAttribute("aria-label", `Source ${number}: ${found.head}`);
  mark.addEventListener("keydown", (event) => {
    if (event.key === "Escape") mark.setAttribute("aria-expanded", "false");
  });
  const tip = element("span", "tip");
  tip.id = id;
  tip.append(element("strong", "", found.head), element("span", "", found.text));
  wrap.append(mark, tip);
  return wrap;
}

function withProofs(node, evidence, body, numbers) {
  for (const each of evidence) {
    if (!numbers.has(each)) numbers.set(each, numbers.size + 1);
    const mark = proof(each, body, numbers.get(each));
    if (mark) node.append(" ", mark);
  }
  return node;
}

function price(offer) {
  if (!offer.price) return null;
  if (offer.price.text) return offer.price.text;
  const from = offer.price.from ? "from " : "";
  const per = offer.price.per ? ` per ${offer.price.per}` : "";
  const period = offer.price.period ? ` per ${offer.price.period}` : "";
  return `${from}${offer.price.currency} ${offer.price.amount}${per}${period}`;
}

function action(offer, say) {
  const { kind, href, label, allowed } = offer.action;
  if (kind === "none") return null;
  if (!allowed || !href) return label ? element("p", "ask-admin", label) : null;
  return button(label || "See details", () => say(`In your product this opens ${href}`), "act");
}

function card(offer, body, numbers, say) {
  const node = element("article", "offer");
  const heading = element("h3", "", offer.name);
  heading.append(" ", element("span", "kind", offer.kind));
  node.append(heading);
  const cost = price(offer);
  if (cost) node.append(element("p", "price", cost));
  if (offer.why.text) {
    const why = element("p", "why", offer.why.text);
    node.append(withProofs(why, offer.why.evidence, body, numbers));
  }
  for (const step of offer.steps ?? []) {
    const cost = step.price ? `: ${price(step)}` : "";
    node.append(element("p", "step", `${step.name}${cost}`));
  }
  const act = action(offer, say);
  if (act) node.append(act);
  return node;
}

export function answerView(body, ask, say) {
  const node = element("div", "bubble theirs");
  const numbers = new Map();
  if (!body.triggered) {
    const words = "Not a question about features, so the host's own assistant goes on alone.";
    node.append(element("p", "silent", words));
  }
  for (const sentence of body.answer.sentences) {
    const line = element("p", `sentence ${sentence.kind}`, sentence.text);
    node.append(withProofs(line, sentence.evidence, body, numbers));
  }
  if (body.triggered && !body.answer.sentences.length && body.answer.text) {
    node.append(element("p", "sentence", body.answer.text));
  }
  if (body.candidates?.length) {
    const group = element("div", "suggestions");
    group.append(...body.candidates.map((one) => button(one.name, () => ask(one.name))));
    node.append(group);
  }
  for (const offer of body.recommended_offers) node.append(card(offer, body, numbers, say));
  return node;
}
