// A recorded decision in plain words: access, offers, what was withheld and why, and each verdict.

import { element, list } from "./dom.js";

const VERDICTS = {
  granted: "Has it",
  limited: "Has it, within a limit",
  denied: "Does not have it",
  unknown: "Not known",
};

const REASONS = {
  granted: "the plan or a grant includes it",
  not_in_plan: "it is not part of the plan",
  limit_reached: "the limit is reached",
  role_not_allowed: "the person's role may not use it",
  trial_ended: "the trial has ended",
  unknown_feature: "the product has no such thing",
  not_found: "nothing that is sold matches",
  source_unavailable: "what the account holds could not be read",
};

const MEANINGS = {
  feature: "It is about",
  which: "It could mean several features, so it asks back",
  not_found: "Nothing found that matches",
  not_sold: "The product has no such thing",
  outside: "It is not about the product's features",
};

const where = (span) => (span ? ` (${span.file}:${span.line})` : "");
const day = (moment) => moment.slice(0, 16).replace("T", " ");

function part(title, items, none) {
  const node = element("section", "part");
  node.append(element("h3", "", title));
  node.append(items.length ? list(items) : element("p", "empty", none));
  return node;
}

function meaning(decision) {
  const { outcome, features, meter, need, reasons } = decision.meaning;
  const names = features.length ? ` ${features.join(", ")}` : "";
  const amount = need ? `, for ${need}` : "";
  const limit = meter ? ` (limit: ${meter}${amount})` : "";
  return [`${MEANINGS[outcome] ?? outcome}${names}${limit}.`, ...reasons];
}

function access(each) {
  const reason = REASONS[each.reason] ?? each.reason;
  const sources = each.entitlements.map((one) => `${one.source} ${one.name}${where(one.span)}`);
  const from = sources.length ? ` From: ${sources.join(", ")}.` : "";
  const unlocks = each.unlocks.map((one) => one.steps.map((step) => step.bundle).join(" then "));
  const ways = unlocks.length ? ` It comes with: ${unlocks.join("; or ")}.` : "";
  return `${each.feature}: ${VERDICTS[each.verdict]}, as ${reason}.${from}${ways}`;
}

function offer(each) {
  const checks = each.witness.map((check) => `${check.name}: ${check.because}`);
  const node = element("details");
  node.append(element("summary", "", `${each.bundle}, with ${checks.length} proofs`), list(checks));
  return node;
}

function withheld(each) {
  const until = each.until ? `, until ${day(each.until)} UTC` : "";
  return `${each.offer}: ${each.because}${until}${where(each.span)}`;
}

function step(each) {
  const node = element("span");
  node.append(element("strong", "", `${each.verdict} `), each.said);
  if (each.where.length) node.append(element("span", "where", ` ${each.where.join(", ")}`));
  return node;
}

export function traceView(record) {
  const { decision } = record;
  const node = element("div");
  node.append(
    part("What was understood", meaning(decision), "Nothing."),
    part("Access", decision.accesses.map(access), "No feature was asked about."),
    part("Offers made", decision.offers.map(offer), "None."),
    part("Withheld, and why", decision.withheld.map(withheld), "Nothing was held back."),
  );
  if (decision.missing.length) node.append(part("Not known", decision.missing, ""));
  if (decision.trace.length) {
    const steps = element("details", "part");
    steps.append(element("summary", "", `All ${decision.trace.length} steps`));
    steps.append(list(decision.trace.map(step), "steps", true));
    node.append(steps);
  }
  const version = decision.topics_version.slice(0, 19);
  node.append(element("p", "foot", `Decision ${record.id}, Topics ${version}…`));
  return node;
}
