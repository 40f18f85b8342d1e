// Writes what the page fetches of the built-in examples: node scripts/examples.mjs OUTPUT. Trunk runs
// it before each build; see Trunk.toml.
//
// An example is one file, examples/ORDER-SECTION/ORDER-ID.json. The two numbers sort the list, the
// section's heading is its folder's name in words, and the id names the example in the palette, in
// `?example=ID` and in tests. examples/offered.json says which ones an empty canvas offers. OUTPUT gets
// ID.json for each, and index.json with what the palette shows.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../examples", import.meta.url));

/** What an empty canvas says of the examples that it offers, by their ids. */
const OFFERED = JSON.parse(readFileSync(join(FOLDER, "offered.json"), "utf8"));

/** The names in a folder as `{ name, id }`, in the order of their numbers. */
function ordered(folder, pattern) {
  return readdirSync(folder)
    .filter((name) => name !== "offered.json")
    .map((name) => {
      const found = name.match(pattern);
      if (!found) throw new Error(`${join(folder, name)} should have a name like ${pattern}.`);
      return { name, id: found[2], order: Number(found[1]) };
    })
    .sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
}

/** Every example in the order of the palette: `{ id, section, document }`. */
export function examples() {
  return ordered(FOLDER, /^(\d+)-([a-z0-9-]+)$/).flatMap((section) =>
    ordered(join(FOLDER, section.name), /^(\d+)-([a-z0-9-]+)\.json$/).map(({ name, id }) => ({
      id,
      section: section.id[0].toUpperCase() + section.id.slice(1).replaceAll("-", " "),
      document: JSON.parse(readFileSync(join(FOLDER, section.name, name), "utf8")),
    })),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const output = process.argv[2];
  const all = examples();
  const twice = all.find(({ id }, index) => all.findIndex((other) => other.id === id) !== index);
  if (twice) {
    console.error(`headroom: two files in examples/ are called ${twice.id}.json`);
    process.exit(1);
  }
  const missing = Object.keys(OFFERED).filter((id) => all.every((example) => example.id !== id));
  if (missing.length > 0) {
    console.error(`headroom: there is no example called ${missing.join(", ")} to offer`);
    process.exit(1);
  }
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  for (const { id, document } of all) writeFileSync(join(output, `${id}.json`), JSON.stringify(document));
  const list = all.map(({ id, section, document: { title, watch } }) => ({ id, section, title, watch, offer: OFFERED[id] }));
  writeFileSync(join(output, "index.json"), JSON.stringify(list));
}
