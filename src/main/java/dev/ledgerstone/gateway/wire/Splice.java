package dev.ledgerstone.gateway.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Edits to bytes, all given in terms of the bytes as they were. They must not overlap. */
final class Splice {
  private static final byte[] NOTHING = {};

  private record Edit(int from, int to, byte[] with) {}

  private final byte[] before;
  private final List<Edit> edits = new ArrayList<>(4);

  Splice(byte[] before) {
    this.before = before;
  }

  void replace(int from, int to, byte[] with) {
    edits.add(new Edit(from, to, with));
  }

  void remove(int from, int to) {
    replace(from, to, NOTHING);
  }

  /** Inserts before the byte at that place. */
  void insert(int at, byte[] what) {
    replace(at, at, what);
  }

  /** The bytes with all edits made; the same array if there is none. */
  byte[] apply() {
    if (edits.isEmpty()) {
      return before;
    }
    edits.sort(Comparator.comparingInt(Edit::from));
    int length = before.length;
    for (Edit edit : edits) {
      length += edit.with.length - (edit.to - edit.from);
    }
    byte[] after = new byte[length];
    int read = 0;
    int written = 0;
    for (Edit edit : edits) {
      int kept = edit.from - read;
      System.arraycopy(before, read, after, written, kept);
      System.arraycopy(edit.with, 0, after, written + kept, edit.with.length);
      written += kept + edit.with.length;
      read = edit.to;
    }
    System.arraycopy(before, read, after, written, before.length - read);
    return after;
  }
}
