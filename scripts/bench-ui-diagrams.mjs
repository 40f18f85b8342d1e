// The diagrams that scripts/bench-ui.mjs opens and tests/browser/frames.test.mjs runs.

/** Nodes of a diagram in groups of ten, with fifteen links a group. */
const GROUP = 10;

/** `count` nodes, a multiple of ten: clients, balancers, apps, caches and databases under a realistic load. */
export function diagram(count) {
  const nodes = [];
  const links = [];
  const node = (id, kind, column, row, params) => nodes.push({ id, kind, at: [column * 240, row * 130], params });
  const link = (from, to, params = {}) => links.push({ id: `${from}-${to}`, from, to, params });
  for (let group = 0; group < count / GROUP; group += 1) {
    // Four groups side by side.
    const [left, top] = [(group % 4) * 5, Math.floor(group / 4) * 5];
    const id = (name) => `${name}${group}`;
    // Every fifth group is overloaded: its requests wait, time out and are retried.
    const rate_rps = group % 5 === 4 ? 1500 : 150;
    node(id("users"), "client", left, top + 1, {
      arrivals: { process: "poisson", rate_rps },
      operations: [{ name: "view", weight: 9, access: "read", keys: { count: 5000, zipf: 0.9 } }, { name: "buy", weight: 1, access: "write", keys: { count: 5000, zipf: 0.9 } }],
    });
    node(id("balancer"), "load_balancer", left + 1, top + 1, {});
    link(id("users"), id("balancer"), { timeout_ms: 2000 });
    for (const each of [0, 1, 2, 3]) {
      const app = id(`app${each}-`);
      node(app, "app", left + 2, top + each, { replicas: 2, workers: 8, service: { dist: "exponential", mean_ms: 12 } });
      link(id("balancer"), app);
      link(app, id(`cache${each % 2}-`), { timeout_ms: 50 });
      link(app, id("database0-"), { timeout_ms: 500, retries: { max: 2 } });
      if (each < 2) link(app, id("database1-"), { timeout_ms: 500 });
    }
    for (const each of [0, 1]) {
      node(id(`cache${each}-`), "cache", left + 3, top + 2 * each, { capacity_entries: 2000 });
      node(id(`database${each}-`), "database", left + 3, top + 2 * each + 1, { workers: 6, read: { dist: "exponential", mean_ms: 9 }, write: { dist: "exponential", mean_ms: 15 } });
    }
  }
  return { headroom: 1, title: `${count} nodes`, nodes, links, run: { duration_s: 3600, warmup_s: 10, seed: 1 } };
}

/** Four nodes under so many requests a second. */
export function fast(rate_rps) {
  const service = { dist: "exponential", mean_ms: 2 };
  const nodes = [
    { id: "users", kind: "client", at: [0, 0], params: { arrivals: { process: "poisson", rate_rps } } },
    { id: "balancer", kind: "load_balancer", at: [240, 0], params: {} },
    { id: "app", kind: "app", at: [480, 0], params: { replicas: 8, workers: 8, service } },
    { id: "database", kind: "database", at: [720, 0], params: { workers: 40, read: service, write: service } },
  ];
  const links = nodes.slice(1).map(({ id }, index) => ({ id: `to-${id}`, from: nodes[index].id, to: id, params: {} }));
  return { headroom: 1, title: `${rate_rps} requests a second`, nodes, links, run: { duration_s: 3600, warmup_s: 10, seed: 1 } };
}

/** Thirty links that are long and busy enough for a thousand dots. */
export function manyDots() {
  const nodes = [];
  const links = [];
  for (let row = 0; row < 30; row += 1) {
    nodes.push({ id: `users${row}`, kind: "client", at: [0, row * 110], params: { arrivals: { process: "poisson", rate_rps: 100 } } });
    nodes.push({ id: `app${row}`, kind: "app", at: [1500, row * 110], params: { workers: 16, service: { dist: "exponential", mean_ms: 20 } } });
    links.push({ id: `link${row}`, from: `users${row}`, to: `app${row}`, params: {} });
  }
  return { headroom: 1, title: "Many dots", nodes, links, run: { duration_s: 3600, warmup_s: 10, seed: 1 } };
}
