// Libsodium; nothing of it may be called before `ready` has come true.

import sodium from "libsodium-wrappers-sumo";

export { sodium };
export const ready = sodium.ready;

export function sha256(bytes) {
  const hashing = sodium.crypto_hash_sha256_init();
  sodium.crypto_hash_sha256_update(hashing, bytes);
  return sodium.crypto_hash_sha256_final(hashing);
}
