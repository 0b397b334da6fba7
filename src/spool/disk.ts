/**
 * The disk as the spool sees it: one flat directory. node-disk.ts is the real one, memory-disk.ts serves
 * MODA_DURABILITY=memory, and the simulation brings one that tears, loses and refuses.
 */

/** One open file. Calls on one file are never concurrent, except reads. */
export interface DiskFile {
  /**
   * Writes all of `buffers` from `position` on and returns when they are durable (written and synced, short writes
   * completed). After a failure nothing is known about those bytes, and the caller never writes to this file again.
   */
  writeDurably(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads `length` bytes from `position`; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  size(): Promise<number>;
  /** Cuts the file to `length` bytes, durably. */
  truncateDurably(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Names are plain file names within the directory. */
export interface Disk {
  list(): Promise<readonly string[]>;
  /** Creates a file that must not exist; its name is durable after `syncDirectory`. */
  create(name: string): Promise<DiskFile>;
  open(name: string): Promise<DiskFile>;
  /** Removes a file; one that is already gone is no error. */
  remove(name: string): Promise<void>;
  /** Replaces `to` atomically when it exists. */
  rename(from: string, to: string): Promise<void>;
  /** Makes created, removed and renamed names durable. */
  syncDirectory(): Promise<void>;
  /** Bytes that may still be written. */
  freeBytes(): Promise<number>;
}

/** No room left, as opposed to a disk that cannot be written at all. */
export function isDiskFull(error: unknown): boolean {
  const code = diskErrorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The file, or undefined when it is not there. */
export async function openIfThere(disk: Disk, name: string): Promise<DiskFile | undefined> {
  try {
    return await disk.open(name);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The system's code (`EIO`, `EROFS`), or the error's name; for logs, free of paths. */
export function diskErrorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
