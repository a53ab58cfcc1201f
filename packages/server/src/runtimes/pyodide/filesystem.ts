import type { PyodideAPI } from "pyodide";

/** The part of Emscripten's file system that is used here. Everything in it lives in the memory of this process. */
export type FileSystem = {
  root: FileNode;
  streams: ({ node?: FileNode } | null | undefined)[];
  filesystems: { MEMFS: MemoryFiles };
  ErrnoError: new (errno: number) => Error;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: object): void;
  mkdev(path: string, device: number): void;
  mkdirTree(path: string): void;
  writeFile(path: string, data: Uint8Array): void;
};
/** What a file holds is a view of bytes, signed or not; what a folder holds are nodes by name. */
type FileNode = { contents?: ArrayBufferView | Record<string, FileNode>; mounted?: { root: FileNode } };
type MemoryFiles = {
  ops_table: { file: { stream: { write: Write }; node: { setattr: SetAttributes } } };
};
type Write = (
  stream: { node: FileNode },
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
  ...rest: unknown[]
) => number;
type SetAttributes = (node: FileNode, attributes: { size?: number }) => void;

export const errno = { interrupted: 27, invalid: 28, noSpace: 51 };

export const fileSystemOf = (pyodide: PyodideAPI): FileSystem => pyodide.FS as FileSystem;

/** Files take this process's memory, beside Python's own: a full disk is all they can bring about. */
export function limitFiles(fs: FileSystem, bytes: number): void {
  let counted = filesSize(fs);
  const claim = (wanted: number) => {
    if (counted + wanted > bytes) counted = filesSize(fs); // what was removed since then is free again
    if (counted + wanted > bytes) throw new fs.ErrnoError(errno.noSpace);
    counted += wanted;
  };
  const { stream, node } = fs.filesystems.MEMFS.ops_table.file;
  const { write } = stream;
  const { setattr } = node;
  const claimUpTo = (file: FileNode, end: number) => claim(Math.max(0, end - sizeOf(file)));
  stream.write = (target, buffer, offset, length, position, ...rest) => {
    // A file has no holes here: a byte far behind its end takes all the room before it too.
    claimUpTo(target.node, position + length);
    return write(target, buffer, offset, length, position, ...rest);
  };
  node.setattr = (target, attributes) => {
    claimUpTo(target, attributes.size ?? 0);
    setattr(target, attributes);
  };
}

const sizeOf = ({ contents }: FileNode): number => (ArrayBuffer.isView(contents) ? contents.byteLength : 0);

function filesSize(fs: FileSystem): number {
  const seen = new Set<FileNode | undefined>();
  // A file that was removed while it is open still takes its room.
  const waiting = [fs.root, ...fs.streams.map((stream) => stream?.node)];
  let size = 0;
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    size += sizeOf(node);
    if (node.mounted) waiting.push(node.mounted.root);
    if (node.contents === undefined || ArrayBuffer.isView(node.contents)) continue;
    for (const inner of Object.values(node.contents)) waiting.push(inner);
  }
  return size;
}
