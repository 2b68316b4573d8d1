"use strict";

/* Reads /openapi.json and shows it. The key lives in this variable, and nowhere else. */
let key = "";
let doc = null;
let operations = [];
let shown = null;

const $ = id => document.getElementById(id);

/** An element; texts are only ever set as text. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Text with `code` in it. */
function prose(text, tag = "p", attributes = {}) {
  const parts = String(text ?? "").replace(/<[pf]k[^>]*>/g, "").trim().replace(/([^\n])\n(?!\n)/g, "$1 ").split("`");
  return el(tag, attributes, ...parts.map((part, i) => (i % 2 ? el("code", {}, part) : part)));
}

function resolve(node) {
  let at = node;
  for (let depth = 0; at && at.$ref && depth < 20; depth++) {
    at = at.$ref.slice(2).split("/").reduce(
      (tree, step) => tree?.[step.replace(/~1/g, "/").replace(/~0/g, "~")], doc);
  }
  return at ?? {};
}

/** A schema with what it takes over from others by allOf. */
function whole(schema) {
  const own = resolve(schema);
  if (!own.allOf) return own;
  const all = { ...own, properties: {}, required: [] };
  for (const part of [...own.allOf.map(whole), own]) {
    Object.assign(all.properties, part.properties);
    all.required.push(...(part.required ?? []));
    all.type ??= part.type;
    all.description ??= part.description;
  }
  return all;
}

function typeOf(schema) {
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.oneOf) return schema.oneOf.map(each => typeOf(whole(each))).join(" or ");
  if (schema.enum) return schema.enum.map(value => value ?? "null").join(" | ");
  const types = [schema.type ?? "any"].flat().map(type => {
    if (type === "array") return `list of ${schema.items ? typeOf(whole(schema.items)) : "any"}`;
    return schema.format && type !== "null" ? `${type} (${schema.format})` : type;
  });
  const bounds = ["minimum", "maximum", "maxLength", "maxItems", "default"]
    .filter(name => schema[name] !== undefined)
    .map(name => `${name} ${JSON.stringify(schema[name])}`);
  return types.join(" | ") + (bounds.length ? `, ${bounds.join(", ")}` : "");
}

/** The fields of an object, deeper ones folded. */
function fields(schema, depth = 0) {
  const it = whole(schema);
  if (it.oneOf) return fields(it.oneOf[0], depth);
  if (it.type === "array" || (Array.isArray(it.type) && it.items)) {
    return it.items ? fields(it.items, depth) : null;
  }
  const names = Object.keys(it.properties ?? {});
  if (!names.length || depth > 6) return null;
  return el("div", { class: "fields" }, ...names.map(name => {
    const field = whole(it.properties[name]);
    const head = [
      el("code", {}, name), " ", el("span", { class: "quiet" }, typeOf(field)), " ",
      it.required?.includes(name) ? el("span", { class: "must" }, "required ") : null,
      field.readOnly ? el("span", { class: "quiet" }, "read only ") : null,
      field.description ? prose(field.description, "span") : null,
    ].filter(Boolean);
    const deeper = fields(field, depth + 1);
    return deeper
      ? el("details", { open: depth < 1 }, el("summary", {}, ...head), deeper)
      : el("div", {}, ...head);
  }));
}

/** A value that fits a schema: its own example where it has one. */
function sample(schema, depth = 0) {
  const it = whole(schema);
  if (it.examples) return it.examples[0];
  if (it.default !== undefined) return it.default;
  if ("const" in it) return it.const;
  if (it.enum) return it.enum[0];
  if (it.oneOf) return sample(it.oneOf[0], depth);
  const type = [it.type].flat()[0];
  if (type === "array") return depth < 4 && it.items ? [sample(it.items, depth + 1)] : [];
  if (type === "object" || it.properties) {
    if (depth > 4) return {};
    const wanted = Object.entries(it.properties ?? {})
      .filter(([name, field]) => !whole(field).readOnly && (!it.required?.length || it.required.includes(name)));
    return Object.fromEntries(wanted.map(([name, field]) => [name, sample(field, depth + 1)]));
  }
  if (it.format === "uuid") return "01890a5d-ac96-774b-bcce-b302099a8057";
  if (it.format === "date-time") return "2026-01-31T12:00:00Z";
  return { integer: it.minimum ?? 0, number: 0, boolean: false, string: "text" }[type] ?? null;
}

/** Parameters one by one; those that are an object are its fields. */
function parameters(operation) {
  return (operation.parameters ?? []).map(resolve).flatMap(parameter => {
    const schema = whole(parameter.schema ?? {});
    if (schema.type !== "object" || !schema.properties) return [{ ...parameter, schema }];
    return Object.entries(schema.properties).map(([name, field]) =>
      ({ name, in: parameter.in, isFilter: true, schema: resolve(field) }));
  });
}

// ---- the list

function index() {
  operations = [];
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of ["get", "head", "post", "put", "patch", "delete", "options"]) {
      if (item[method]) {
        const it = item[method];
        operations.push({ method, path, it, text: `${method} ${path} ${it.summary} ${it.operationId} ${it.tags}`.toLowerCase() });
      }
    }
  }
}

function list() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = operations.filter(op => words.every(word => op.text.includes(word)));
  const groups = doc.tags.map(tag => {
    const own = found.filter(op => op.it.tags[0] === tag.name);
    if (!own.length) return null;
    const isOpen = words.length > 0 || own.some(op => op === shown);
    const details = el("details", { open: isOpen },
      el("summary", { title: tag.description }, tag.name, " ", el("small", {}, String(own.length))));
    const fill = () => {
      if (details.children.length > 1) return;
      details.append(...own.slice(0, 400).map(op =>
        el("a", { href: "#" + op.it.operationId, title: op.it.summary, "aria-current": op === shown && "page" },
          el("span", { class: "verb " + op.method }, op.method), el("span", {}, op.path))));
    };
    if (isOpen) fill();
    details.addEventListener("toggle", fill);
    return details;
  });
  $("list").replaceChildren(...groups.filter(Boolean));
  if (!found.length) $("list").append(el("p", { class: "quiet" }, "Nothing is called so."));
}

// ---- one operation

function cover() {
  return [
    el("h2", {}, doc.info.title), prose(doc.info.summary ?? ""), prose(doc.info.description),
    el("p", {}, `${operations.length} operations; the document is `, el("a", { href: "/openapi.json" }, "/openapi.json"), "."),
    el("h3", {}, "Parts"),
    el("table", { class: "rows" }, ...doc.tags.map(tag =>
      el("tr", {}, el("td", {}, el("code", {}, tag.name)), el("td", {}, tag.description)))),
  ];
}

function table(all) {
  return el("table", { class: "rows" }, ...all.map(it => el("tr", {},
    el("td", {}, el("code", {}, it.name), " ", it.required ? el("span", { class: "must" }, "required") : null),
    el("td", {}, el("span", { class: "quiet" }, `${it.in}, ${typeOf(it.schema)} `), it.description ? prose(it.description, "div") : null))));
}

function content(body) {
  return Object.entries(body?.content ?? {}).flatMap(([type, media]) => {
    const schema = media.schema ?? {};
    const example = media.example ?? whole(schema).examples?.[0];
    return [
      el("div", { class: "quiet" }, type, " ", typeOf(whole(schema))),
      fields(schema),
      example === undefined ? null
        : el("pre", { tabindex: "0" }, typeof example === "string" ? example : JSON.stringify(example, null, 2)),
    ];
  });
}

function page(op) {
  const all = parameters(op.it);
  const plain = all.filter(it => !it.isFilter);
  const filters = all.filter(it => it.isFilter);
  const body = resolve(op.it.requestBody);
  const open = op.it.security && op.it.security.length === 0;
  return [
    el("h2", {}, op.it.summary),
    el("div", { class: "path" }, el("span", { class: "verb " + op.method }, op.method), " ", op.path),
    op.it.description ? prose(op.it.description) : null,
    el("p", { class: "quiet" }, open ? "Needs no key." : op.it["x-permission"] ? "Needs " : "Needs a key or a session.",
      op.it["x-permission"] ? el("code", {}, op.it["x-permission"]) : null),
    plain.length ? el("h3", {}, "Parameters") : null,
    plain.length ? table(plain) : null,
    filters.length ? el("h3", {}, "Filters") : null,
    filters.length ? prose(resolve(filters[0].schema).description ?? "") : null,
    filters.length ? el("p", {}, ...filters.flatMap(it => [el("code", {}, it.name), " "])) : null,
    body.content ? el("h3", {}, "Body") : null,
    ...content(body),
    ...attempt(op, plain, filters, body),
    el("h3", {}, "Answers"),
    ...Object.entries(op.it.responses).flatMap(([status, said]) => {
      const response = resolve(said);
      const isFault = /^[45]/.test(status);
      return [el("details", { open: !isFault },
        el("summary", {}, el("code", {}, status), " ", response.description), ...content(response).filter(Boolean))];
    }),
  ];
}

// ---- try it

function attempt(op, plain, filters, body) {
  const rows = new Map();
  const field = it => {
    const input = it.schema.enum
      ? el("select", {}, el("option", { value: "" }, ""), ...it.schema.enum.filter(Boolean).map(value => el("option", {}, value)))
      : el("input", { placeholder: it.example !== undefined ? String(it.example) : "", autocomplete: "off" });
    rows.set(it, input);
    return el("label", {}, el("span", {}, it.name), input);
  };
  const type = Object.keys(body.content ?? {})[0];
  const text = type ? el("textarea", { "aria-label": "Body", spellcheck: "false" }) : null;
  if (text) text.value = JSON.stringify(body.content[type].example ?? sample(body.content[type].schema ?? {}), null, 2);
  const output = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "try", onsubmit: event => { event.preventDefault(); send(op, rows, type, text, output); } },
    el("h3", {}, "Try it"),
    ...plain.map(field),
    filters.length ? el("details", {}, el("summary", {}, "Filters"), ...filters.map(field)) : null,
    text,
    el("p", {}, el("button", { class: "main" }, "Send"),
      op.method === "get" || op.method === "head" || op.method === "options" ? null : el("span", { class: "quiet" }, " This changes real data.")),
    output);
  return [form];
}

async function send(op, rows, type, text, output) {
  let path = op.path;
  const query = new URLSearchParams();
  const headers = key ? { authorization: "Bearer " + key } : {};
  for (const [it, input] of rows) {
    const value = input.value;
    if (value === "") continue;
    if (it.in === "path") path = path.replace(`{${it.name}}`, encodeURIComponent(value));
    else if (it.in === "header") headers[it.name] = value;
    else query.append(it.name, value);
  }
  if (text) headers["content-type"] = type;
  const address = path + (query.size ? "?" + query : "");
  output.replaceChildren(el("p", { class: "quiet" }, "…"));
  const begun = performance.now();
  try {
    const answer = await fetch(address, {
      method: op.method.toUpperCase(), headers, body: text ? text.value : undefined, credentials: "same-origin", redirect: "manual",
    });
    let said = await answer.text();
    try { said = JSON.stringify(JSON.parse(said), null, 2); } catch { /* no JSON: as it is */ }
    output.replaceChildren(
      el("p", {}, el("code", {}, `${op.method.toUpperCase()} ${address}`)),
      el("p", {}, `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - begun)} ms`),
      el("pre", { tabindex: "0" }, [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")),
      el("pre", { tabindex: "0" }, said.slice(0, 200000) || "(no body)"));
  } catch (fault) {
    output.replaceChildren(el("p", { class: "must" }, `The request could not be sent: ${fault.message}`));
  }
}

// ---- the page

function show() {
  shown = operations.find(op => "#" + op.it.operationId === decodeURIComponent(location.hash)) ?? null;
  $("operation").replaceChildren(...(shown ? page(shown) : cover()).filter(Boolean));
  $("operation").scrollTop = 0;
  document.title = (shown ? shown.it.summary + " · " : "") + "Ledgerstone: the API";
  for (const link of document.querySelectorAll("nav a")) {
    if (shown && link.getAttribute("href") === "#" + shown.it.operationId) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function load() {
  const answer = await fetch("/openapi.json", { headers: key ? { authorization: "Bearer " + key } : {} });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    $("said").textContent = problem.detail ?? `The server answered ${answer.status}.`;
    return;
  }
  doc = await answer.json();
  $("version").textContent = doc.info.version;
  $("said").textContent = key ? "What this key may use" : "";
  index();
  show();
  list();
}

$("search").addEventListener("input", list);
$("use").addEventListener("click", () => { key = $("key").value.trim(); load(); });
$("key").addEventListener("keydown", event => { if (event.key === "Enter") $("use").click(); });
window.addEventListener("hashchange", () => { if (doc && location.hash !== "#operation") { show(); $("operation").focus({ preventScroll: false }); } });
document.addEventListener("keydown", event => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    $("search").focus();
  }
});
load().catch(fault => { $("list").textContent = "The document could not be read: " + fault.message; });
