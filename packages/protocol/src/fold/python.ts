import type { Variable } from "../types.ts";
import type { Folds } from "./folds.ts";
import { addItem, closeBlock, given, notice, patchItem, stamp, withEntry } from "./items.ts";
import { moveKernel } from "./lanes.ts";

/** The kernel lane: cells that people and calls run, and the Python they run in. */
type PythonEvent = Extract<keyof Folds, `cell.${string}` | `kernel.${string}`>;

const namesKept = 100;
/** Names that are known to be in a Python, newest last. */
const namesAfter = (names: readonly string[], made: readonly Variable[] = []): string[] => {
  const fresh = made.map(({ name }) => name);
  return [...names.filter((name) => !fresh.includes(name)), ...fresh].slice(-namesKept);
};

const displaysKept = 20;

export const pythonFolds: Pick<Folds, PythonEvent> = {
  "cell.queued": (view, { code, whole, call }, recorded) => {
    const { seq, by, at } = recorded;
    return addItem(
      { ...view, cells: [...view.cells, { id: seq, by, at, ...given({ call }) }] },
      { kind: "cell", ...stamp(recorded), code, ...given({ whole, call }), state: "queued", outputs: [], displays: [] },
    );
  },
  "cell.started": (view, { cell }, { seq, at }, impossible) => {
    const queued = view.cells.find(({ id }) => id === cell);
    if (!queued || view.kernel.is !== "idle") {
      impossible(`cell ${cell} starts while the kernel is ${view.kernel.is}`);
      return view;
    }
    const { generation, python, names } = view.kernel;
    const rest = { ...view, cells: view.cells.filter(({ id }) => id !== cell) };
    const lane = {
      is: "running" as const,
      generation,
      python,
      names,
      cell,
      by: queued.by,
      since: at,
      ...given({ call: queued.call }),
    };
    return patchItem(moveKernel(rest, lane, seq, impossible), "cell", cell, (item) => ({ ...item, state: "running" }));
  },
  "cell.opened": (view, { cell, stream }, { seq }) =>
    patchItem({ ...view, blocks: [...view.blocks, { id: seq, kind: stream, of: cell }] }, "cell", cell, (item) => ({
      ...item,
      outputs: [...item.outputs, { block: seq, stream, text: "", open: true }],
    })),
  "cell.closed": (view, { type: _, block, ...closed }) => {
    const cell = view.blocks.find(({ id }) => id === block)?.of ?? 0;
    return patchItem(closeBlock(view, block), "cell", cell, (item) => ({
      ...item,
      outputs: item.outputs.map(({ open, ...output }) =>
        output.block === block ? { ...output, ...closed } : { ...output, ...(open ? { open } : {}) },
      ),
    }));
  },
  "cell.displayed": (view, { cell, value }) =>
    patchItem(view, "cell", cell, (item) => ({ ...item, displays: [...item.displays, value].slice(-displaysKept) })),
  "cell.finished": (view, { type: _, cell, checkpoint: __, ...end }, recorded, impossible) => {
    const { kernel } = view;
    const rested =
      kernel.is === "running" && kernel.cell === cell
        ? moveKernel(
            view,
            {
              is: "idle",
              generation: kernel.generation,
              python: kernel.python,
              names: namesAfter(kernel.names, end.variables),
            },
            recorded.seq,
            impossible,
          )
        : { ...view, cells: view.cells.filter(({ id }) => id !== cell) };
    return patchItem(rested, "cell", cell, (item) => withEntry({ ...item, ...end, state: "done" }, recorded));
  },

  "kernel.starting": (view, { generation }, { seq }, impossible) =>
    moveKernel(view, { is: "starting", generation }, seq, impossible),
  "kernel.started": (view, { generation, python, note }, recorded, impossible) => {
    const live = moveKernel(view, { is: "idle", generation, python, names: [] }, recorded.seq, impossible);
    return note === undefined ? live : notice(live, recorded, note);
  },
  "kernel.stopped": (view, { generation, why, lost = [] }, recorded, impossible) => {
    const gone = lost.length === 0 ? "" : `; gone with it: ${lost.join(", ")}`;
    const none = moveKernel(view, { is: "none", generation }, recorded.seq, impossible);
    return notice(none, recorded, `Python stopped: ${why}${gone}`);
  },
  "kernel.lost": (view, { generation, why, lost }, recorded, impossible) => {
    const gone = lost.length === 0 ? "no variables were lost" : `lost: ${lost.join(", ")}`;
    const dead = moveKernel(view, { is: "dead", generation, why }, recorded.seq, impossible);
    return notice(dead, recorded, `Python was lost (${why}); ${gone}; the next cell starts a fresh one`);
  },
  "kernel.restored": (view, { checkpoint }, recorded) =>
    notice(view, recorded, `Python was restored from ${checkpoint}`),
};
