export function toNativeRevision(bytes: Uint8Array, _revision: number): Uint8Array {
  return bytes;
}
