// How the page speaks to the server: a short-lived token for each person, renewed when it has run out.

export class Problem extends Error {}

export class Backend {
  #tokens = new Map();
  #support = "";

  async people() {
    const response = await fetch("/demo/people", { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Problem("The people of the demo cannot be read.");
    const body = await response.json();
    this.#support = body.support_token;
    for (const each of body.people) this.#tokens.set(each.id, each.token);
    return body.people;
  }

  ask(person, question, conversation) {
    const body = JSON.stringify({ question, conversation: conversation.slice(-20) });
    return this.#send(() => this.#tokens.get(person.id), "/v1/ask", {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json" },
    });
  }

  decision(id) {
    return this.#send(() => this.#support, `/v1/decisions/${encodeURIComponent(id)}`, {});
  }

  async #send(token, path, options, again = true) {
    const headers = { ...options.headers, Authorization: `Bearer ${token()}` };
    const response = await fetch(path, { ...options, headers });
    if (response.ok) return response.json();
    if (response.status === 401 && again) {
      await this.people();
      return this.#send(token, path, options, false);
    }
    const problem = await response.json().catch(() => ({}));
    throw new Problem(problem.detail ?? "That did not work.");
  }
}
