package dev.ledgerstone.gateway.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where nodes find each other's answers at once, rather than with the next write to the database. It
 * may forget anything at any time, and while it is away it has nothing: then the database answers.
 * Holds sealed texts.
 */
interface SharedAnswers {
  /** For a server whose answers are in its memory and the database alone. */
  SharedAnswers NONE =
      new SharedAnswers() {
        @Override
        public @Nullable String get(UUID tenant, String key) {
          return null;
        }

        @Override
        public void put(UUID tenant, String key, String sealed, Duration ttl) {}

        @Override
        public void remove(UUID tenant, Collection<String> keys) {}
      };

  /** Null: it has none. */
  @Nullable String get(UUID tenant, String key);

  void put(UUID tenant, String key, String sealed, Duration ttl);

  void remove(UUID tenant, Collection<String> keys);
}
