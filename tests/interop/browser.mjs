// A person with a browser: follows redirects, keeps cookies, fills in the server's pages.
const FORM = "application/x-www-form-urlencoded";

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found ? found[1].replaceAll("&amp;", "&").replaceAll("&#34;", '"').replaceAll("&#39;", "'") : undefined;
};

export class Browser {
  constructor({ username = "alice", password = process.env.PASSWORD } = {}) {
    this.cookies = new Map();
    this.username = username;
    this.password = password;
  }

  async send(url, init = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  // Return the address the browser leaves for: the client's own, with its parameters.
  async visit(start, { allow = true } = {}) {
    let url = new URL(start);
    const { origin } = url;
    let answer = await this.send(url);
    for (let step = 0; step < 12; step++) {
      const location = answer.headers.get("location");
      if (location) {
        url = new URL(location, url);
        if (url.origin !== origin) return url;
        answer = await this.send(url);
        continue;
      }
      const html = await answer.text();
      const form = html.match(/<form[^>]*method="post"[^>]*>([\s\S]*?)<\/form>/);
      if (!form) return url;
      const target = new URL(attribute(form[0].match(/<form[^>]*>/)[0], "action"), url);
      if (target.origin !== origin) {
        const fields = this.hidden(form[1]);
        return new Request(target, { method: "POST", headers: { "content-type": FORM }, body: fields });
      }
      answer = await this.send(target, {
        method: "POST",
        headers: { "content-type": FORM, origin },
        body: this.filled(target, form[1], allow),
      });
      url = target;
    }
    throw new Error("the journey does not end");
  }

  // Type the code that a device shows, unless the address has it, and decide; return the last page's text.
  async enter(start, code, { allow = true } = {}) {
    const page = await (await this.send(start)).text();
    const form = page.match(/<form[^>]*method="post"[^>]*>([\s\S]*?)<\/form>/);
    const target = new URL(attribute(form[0].match(/<form[^>]*>/)[0], "action"), start);
    const fields = this.hidden(form[1]);
    fields.set("user_code", code ?? attribute(form[1].match(/<input id="user_code"[^>]*>/)[0], "value"));
    const headers = { "content-type": FORM, origin: target.origin };
    const answer = await this.send(target, { method: "POST", headers, body: fields });
    return this.visit(new URL(answer.headers.get("location"), target), { allow });
  }

  // Find the request with this message among those that wait for the person, and decide.
  async approve(list, message, { allow = true } = {}) {
    let answer = await this.send(list);
    if (answer.headers.has("location")) {
      await this.visit(new URL(answer.headers.get("location"), list));
      answer = await this.send(list);
    }
    const links = [...(await answer.text()).matchAll(/<a class="choice"[\s\S]*?<\/a>/g)].map(([link]) => link);
    const found = links.find((link) => link.includes(message));
    return this.visit(new URL(attribute(found, "href"), list), { allow });
  }

  hidden(html) {
    const fields = new URLSearchParams();
    for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
      const type = attribute(tag, "type");
      const ticked = type === "checkbox" && /\schecked/.test(tag);
      if (type === "hidden" || ticked) fields.append(attribute(tag, "name"), attribute(tag, "value") ?? "on");
    }
    return fields;
  }

  filled(url, html, allow) {
    const fields = this.hidden(html);
    if (url.pathname.endsWith("/sign_in")) {
      fields.set("username", this.username);
      fields.set("password", this.password);
    } else if (html.includes('name="sign_out"')) {
      fields.set("sign_out", "1");
    } else {
      fields.set(allow ? "allow" : "deny", "1");
    }
    return fields;
  }
}
