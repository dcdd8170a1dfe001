/** Graphs of files that name each other (imports, includes): layers with one direction, and circles. */

/** A file that names another; paths from the same folder. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * Layers from the bottom to the top, each with those that its files may name besides its own. A layer can allow only
 * layers that stand before it.
 */
export type Layers = Readonly<Record<string, readonly string[]>>;

/** The name of the layer that a file is in; undefined for none. */
export type LayerOf = (file: string) => string | undefined;

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}

/** Allowances of the table that run upwards: layers that stand later than the one that allows them, or nowhere. */
export function upward(layers: Layers): string[] {
  const names = Object.keys(layers);
  return names.flatMap((name, at) =>
    (layers[name] ?? [])
      .filter((allowed) => !names.slice(0, at).includes(allowed))
      .map((allowed) => `${name} allows ${allowed}`),
  );
}

/** Edges to another layer that the table does not allow. */
export function forbidden(edges: readonly Edge[], layers: Layers, layerOf: LayerOf): string[] {
  const isAllowed = ({ from, to }: Edge) => {
    const [layer, other] = [layerOf(from) ?? '', layerOf(to) ?? ''];
    return layer === other || layers[layer]?.includes(other);
  };
  return unique(edges.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} -> ${to}`));
}

/** Allowances of the table that no edge needs. */
export function stale(edges: readonly Edge[], layers: Layers, layerOf: LayerOf): string[] {
  const used = new Set(edges.map(({ from, to }) => `${layerOf(from)} allows ${layerOf(to)}`));
  return Object.entries(layers)
    .flatMap(([layer, allowed]) => allowed.map((other) => `${layer} allows ${other}`))
    .filter((line) => !used.has(line));
}

/** Files in no layer of the table, and layers of the table without a file. */
export function misplaced(files: readonly string[], layers: Layers, layerOf: LayerOf): string[] {
  const found = new Set(files.map(layerOf));
  const strangers = files.filter((file) => !Object.hasOwn(layers, layerOf(file) ?? ''));
  const empty = Object.keys(layers).filter((layer) => !found.has(layer));
  return [
    ...strangers.map((file) => `${file} is in none of the layers`),
    ...empty.map((layer) => `${layer} is empty`),
  ];
}

/** The first circle found, with its first file again at the end; undefined: there is none. */
export function findCircle(edges: readonly Edge[]): string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of targets.get(file) ?? []) {
      const circle = visit(target, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}
