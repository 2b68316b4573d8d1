package dev.ledgerstone.gateway.cache;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the questions of a scope that lie near another: by a pass over all sketches of the scope,
 * and the cosines of the few that pass. Bounded: the oldest go first.
 *
 * <p>Searches take no lock. One that runs while entries come and go may miss one of those, and
 * judges each that it finds by what the entry itself says.
 */
final class Neighbours {
  private static final int MOST_FOUND = 8;

  /** An answer's question. */
  record Entry(UUID tenant, String key, StoredAnswer.Question question, Instant expiresAt) {
    private Name name() {
      return new Name(tenant, key);
    }
  }

  /** An entry that lies near. */
  record Found(Entry entry, double cosine) {}

  private record Name(UUID tenant, String key) {}

  /** The entries of one scope; each change makes room in place or grows by copying. */
  private static final class Shelf {
    private long[] sketches = new long[8 * Vector.WORDS];
    private @Nullable Entry[] entries = new @Nullable Entry[8];
    private final Map<Name, Integer> places = new HashMap<>();
    private volatile int size;

    void add(Entry entry) {
      int at = size;
      if (at == entries.length) {
        sketches = Arrays.copyOf(sketches, sketches.length * 2);
        entries = Arrays.copyOf(entries, at * 2);
      }
      entry.question.vector().sketch(sketches, at * Vector.WORDS);
      entries[at] = entry;
      places.put(entry.name(), at);
      size = at + 1;
    }

    void remove(Name name) {
      Integer at = places.remove(name);
      if (at == null) {
        return;
      }
      int last = size - 1;
      Entry moved = entries[last];
      if (at != last && moved != null) {
        System.arraycopy(
            sketches, last * Vector.WORDS, sketches, at * Vector.WORDS, Vector.WORDS);
        entries[at] = moved;
        places.put(moved.name(), at);
      }
      entries[last] = null;
      size = last;
    }
  }

  private final int most;
  private final Map<String, Shelf> shelves = new ConcurrentHashMap<>();
  private final Map<Name, Entry> byName = new HashMap<>();
  private final Queue<Entry> byAge = new ArrayDeque<>();

  Neighbours(int most) {
    this.most = most;
  }

  /** Adds an entry, in place of the one of its name. */
  synchronized void add(Entry entry) {
    remove(entry.tenant, entry.key);
    while (byName.size() >= most || byAge.size() > 2 * most) {
      Entry oldest = byAge.poll();
      if (oldest == null) {
        return; // room for none at all
      }
      if (oldest.equals(byName.get(oldest.name()))) {
        remove(oldest.tenant, oldest.key);
      }
    }
    byName.put(entry.name(), entry);
    byAge.add(entry);
    shelves.computeIfAbsent(entry.question.scope(), _ -> new Shelf()).add(entry);
  }

  synchronized void remove(UUID tenant, String key) {
    Entry entry = byName.remove(new Name(tenant, key));
    if (entry != null) {
      Shelf shelf = shelves.get(entry.question.scope());
      if (shelf != null) {
        shelf.remove(entry.name());
        if (shelf.size == 0) {
          shelves.remove(entry.question.scope());
        }
      }
    }
  }

  synchronized void clear() {
    shelves.clear();
    byName.clear();
    byAge.clear();
  }

  synchronized int size() {
    return byName.size();
  }

  /** The nearest that are at least that near, the nearest first. */
  List<Found> find(String scope, Vector vector, double threshold) {
    Shelf shelf = shelves.get(scope);
    if (shelf == null) {
      return List.of();
    }
    int size = shelf.size; // read first: the arrays are at least as new
    long[] sketches = shelf.sketches;
    @Nullable Entry[] entries = shelf.entries;
    size = Math.min(size, entries.length);
    long[] own = new long[Vector.WORDS];
    vector.sketch(own, 0);
    int mostDifferences = Vector.mostDifferences(threshold);
    List<Found> found = new ArrayList<>();
    for (int i = 0, at = 0; i < size && at + Vector.WORDS <= sketches.length; i++) {
      int differences =
          Long.bitCount(sketches[at] ^ own[0])
              + Long.bitCount(sketches[at + 1] ^ own[1])
              + Long.bitCount(sketches[at + 2] ^ own[2])
              + Long.bitCount(sketches[at + 3] ^ own[3])
              + Long.bitCount(sketches[at + 4] ^ own[4])
              + Long.bitCount(sketches[at + 5] ^ own[5]);
      at += Vector.WORDS;
      if (differences <= mostDifferences) {
        Entry entry = entries[i];
        double cosine = entry == null ? 0 : entry.question.vector().cosine(vector);
        if (entry != null && cosine >= threshold && entry.question.scope().equals(scope)) {
          found.add(new Found(entry, cosine));
        }
      }
    }
    found.sort(Comparator.comparingDouble(Found::cosine).reversed());
    return found.size() <= MOST_FOUND ? found : found.subList(0, MOST_FOUND);
  }
}
