// Names the functions of a Wasm file so that those of like code come next to each other once they are
// sorted by name: node scripts/order.mjs FILE. Compilers write much code again and again with small
// differences, and gzip finds again only what it saw in the last 32 kB: 3 % less to fetch.
import { readFileSync, writeFileSync } from "node:fs";

/** Bytes of code that count as one thing to be found again. */
const GRAM = 8;
/** Bytes of code that gzip still sees, with room for what it sees less of than there is. */
const WINDOW = 26_000;
/** Grams in more functions than this are in reach anyway. */
const COMMON = 300;

const file = process.argv[2];
const bytes = readFileSync(file);
const { imported, bodies } = functions();
const order = arrange(bodies.map(grams));
const rank = [];
order.forEach((body, place) => (rank[body] = place));
writeFileSync(file, Buffer.concat([bytes, nameSection(rank)]));

/** How many functions are imported, and where the code of the others stands. */
function functions() {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const times = (count, each) => Array.from({ length: count }, each);
  const skip = (count) => (at += count);
  const limits = () => (number() & 1 ? [number(), number()] : [number()]);
  // What follows the two names of an import: function, table, memory, global.
  const imports = [number, () => [skip(1), limits()], limits, () => skip(2)];
  const found = { imported: 0, bodies: [] };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 2) {
      times(number(), () => {
        times(2, () => skip(number()));
        const kind = bytes[at++];
        imports[kind]();
        if (kind === 0) found.imported += 1;
      });
    } else if (section === 10) {
      found.bodies = times(number(), () => {
        const length = number();
        return bytes.subarray(at, skip(length));
      });
    }
    at = end;
  }
  return found;
}

/** The different runs of GRAM bytes in a body, as numbers. */
function grams(body) {
  const all = new Set();
  for (let at = 0; at + GRAM <= body.length; at++) {
    let hash = 0;
    for (let next = at; next < at + GRAM; next++) hash = (Math.imul(hash, 0x01000193) ^ body[next]) >>> 0;
    all.add(hash);
  }
  return [...all];
}

/** Puts after one another what has most in common with what gzip still sees, for its length. */
function arrange(gramsOf) {
  const holders = new Map();
  gramsOf.forEach((grams, body) => {
    for (const gram of grams) {
      if (!holders.has(gram)) holders.set(gram, []);
      holders.get(gram).push(body);
    }
  });
  const telling = gramsOf.map((grams) =>
    grams.filter((gram) => holders.get(gram).length > 1 && holders.get(gram).length < COMMON),
  );
  const size = bodies.map((body) => body.length);
  const inCommon = size.map(() => 0);
  const seen = new Map();
  const see = (body, by) => {
    for (const gram of telling[body]) {
      const before = seen.get(gram) ?? 0;
      seen.set(gram, before + by);
      if (before === 0 || before + by === 0) for (const other of holders.get(gram)) inCommon[other] += by;
    }
  };
  const left = new Set(size.keys());
  const order = [];
  let oldest = 0;
  let visible = 0;
  let next = size.indexOf(Math.max(...size));
  while (next !== undefined) {
    left.delete(next);
    order.push(next);
    see(next, 1);
    visible += size[next];
    while (visible > WINDOW) {
      visible -= size[order[oldest]];
      see(order[oldest++], -1);
    }
    next = undefined;
    let most = -1;
    for (const body of left) {
      // Something is added to the length, or the shortest would always come first.
      const worth = inCommon[body] / (size[body] + 30);
      if (worth > most) [most, next] = [worth, body];
    }
  }
  return order;
}

/** A section that gives every function its place in the order as its name. */
function nameSection(rank) {
  const number = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(Math.floor(value / 0x80))]);
  const counted = (content) => [...number(content.length), ...content];
  const text = (name) => counted([...Buffer.from(name)]);
  const names = rank.flatMap((place, body) => [...number(imported + body), ...text(String(place).padStart(6, "0"))]);
  const functionNames = [1, ...counted([...number(rank.length), ...names])];
  return Buffer.from([0, ...counted([...text("name"), ...functionNames])]);
}
