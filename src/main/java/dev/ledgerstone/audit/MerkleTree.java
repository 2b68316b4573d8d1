package dev.ledgerstone.audit;

import dev.ledgerstone.base.Sha256;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A Merkle tree hash as RFC 6962, section 2.1, defines it: a leaf is hashed with 0x00 before it, a
 * node with 0x01, so that no node can be shown as a leaf. Takes the leaves one by one and keeps one
 * hash for each bit of their number.
 */
final class MerkleTree {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};

  /** The whole subtrees so far, the smallest first. */
  private final Deque<byte[]> peaks = new ArrayDeque<>();

  private long leaves;

  void add(byte[] leaf) {
    byte[] hash = Sha256.of(LEAF, leaf);
    // As in binary counting: each one bit that carries is a subtree of the same size to join with.
    for (long carry = leaves; (carry & 1) == 1; carry >>>= 1) {
      hash = Sha256.of(NODE, peaks.pop(), hash);
    }
    peaks.push(hash);
    leaves++;
  }

  /** The hash of all leaves so far; of none, that of the empty string. */
  byte[] root() {
    byte[] root = null;
    for (byte[] peak : peaks) {
      root = root == null ? peak : Sha256.of(NODE, peak, root);
    }
    return root == null ? Sha256.of() : root;
  }
}
