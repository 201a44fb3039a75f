// The demo page: who asks, the conversation, and the decision beside it.

import { Backend, Problem } from "./backend.js";
import { button, element } from "./dom.js";
import { answerView } from "./answer.js";
import { traceView } from "./trace.js";

const at = (id) => document.getElementById(id);
const backend = new Backend();
let person = null;
let conversation = [];
let asking = 0;

function say(text) {
  at("status").textContent = text;
}

function show(node) {
  at("log").append(node);
  node.scrollIntoView({ block: "nearest" });
}

function choose(chosen) {
  person = chosen;
  conversation = [];
  asking += 1;
  at("log").replaceChildren(
    element("p", "who", `You are ${person.name}. ${person.about}`),
  );
  at("trace").replaceChildren(element("p", "empty", "Ask something to see how it was decided."));
  at("suggestions").replaceChildren(
    ...person.questions.map((question) => button(question, () => ask(question))),
  );
  say("");
}

function picker(each, first) {
  const label = element("label", "person");
  const radio = element("input");
  radio.type = "radio";
  radio.name = "person";
  radio.value = each.id;
  radio.checked = first;
  radio.addEventListener("change", () => choose(each));
  const words = element("span");
  words.append(element("strong", "", each.name), element("span", "about", each.short));
  label.append(radio, words);
  return label;
}

async function ask(question) {
  const mine = (asking += 1);
  at("question").value = "";
  at("send").disabled = true;
  show(element("p", "bubble mine", question));
  say("Looking it up …");
  try {
    const body = await backend.ask(person, question, conversation);
    if (mine !== asking) return;
    conversation.push({ role: "user", content: question });
    conversation.push({ role: "assistant", content: body.answer.text.slice(0, 4000) });
    show(answerView(body, ask, say));
    say("");
    const decision = await backend.decision(body.decision_id);
    if (mine === asking) at("trace").replaceChildren(traceView(decision));
  } catch (error) {
    if (mine !== asking) return;
    const words = error instanceof Problem ? error.message : "The server cannot be reached.";
    show(element("p", "bubble fault", words));
    say("");
  } finally {
    if (mine === asking) at("send").disabled = false;
  }
}

function begin(people) {
  at("people-list").replaceChildren(...people.map((each, place) => picker(each, place === 0)));
  choose(people[0]);
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = at("question").value.trim();
  if (question && person) ask(question);
});
at("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("ask").requestSubmit();
  }
});

backend
  .people()
  .then(begin)
  .catch(() => say("The demo cannot be reached. Is `tactful demo` still running?"));
