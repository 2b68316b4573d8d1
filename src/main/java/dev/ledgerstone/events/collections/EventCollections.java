package dev.ledgerstone.events.collections;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where records of event collections lie; one contract, whatever lies behind. */
public interface EventCollections extends AutoCloseable {
  /** Keeps records: all of them, or none. */
  void append(List<EventRecord> records);

  /** Records that are not over yet, the newest first. */
  List<EventRecord> find(Question question);

  /**
   * Takes away what is over.
   *
   * @return how many
   */
  long expire(Instant now);

  @Override
  void close();

  /** A record's place among those of its collection. */
  record Position(Instant createdAt, UUID id) {}

  /**
   * Which records are wanted.
   *
   * @param from not before
   * @param to before
   * @param facts that data must hold
   * @param before where the page begins
   * @param now what is over then is not told
   */
  record Question(
      UUID tenant,
      UUID collection,
      Optional<Instant> from,
      Optional<Instant> to,
      Optional<String> type,
      Optional<UUID> user,
      Optional<UUID> subject,
      List<Fact> facts,
      Optional<Position> before,
      Instant now,
      int most) {
    public Question {
      facts = List.copyOf(facts);
    }
  }
}
