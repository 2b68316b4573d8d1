package dev.ledgerstone.gateway.route;

import org.jspecify.annotations.Nullable;

/**
 * Values by numbers that are spread well of themselves, such as hashes: found without an object for
 * the number. Zero is no number here. Many threads may read what one has filled.
 */
final class LongTable<V> {
  private long[] keys = new long[8];
  private @Nullable Object[] values = new @Nullable Object[8];
  private int size;

  @SuppressWarnings("unchecked") // only V are put in
  @Nullable V get(long key) {
    return (V) values[place(keys, key)];
  }

  boolean has(long key) {
    return keys[place(keys, key)] == key;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void put(long key, V value) {
    if (key == 0) {
      throw new IllegalArgumentException("zero is no number of this table");
    }
    if (2 * (size + 1) > keys.length) {
      grow();
    }
    int at = place(keys, key);
    size += keys[at] == key ? 0 : 1;
    keys[at] = key;
    values[at] = value;
  }

  private void grow() {
    long[] more = new long[2 * keys.length];
    @Nullable Object[] moved = new @Nullable Object[more.length];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != 0) {
        int at = place(more, keys[i]);
        more[at] = keys[i];
        moved[at] = values[i];
      }
    }
    keys = more;
    values = moved;
  }

  /** Where a number stands, or would. */
  private static int place(long[] keys, long key) {
    int mask = keys.length - 1;
    int at = (int) (key ^ (key >>> 32)) & mask;
    while (keys[at] != 0 && keys[at] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }
}
