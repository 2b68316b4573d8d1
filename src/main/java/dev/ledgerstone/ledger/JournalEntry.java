package dev.ledgerstone.ledger;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What happened to a call while the database was away, as the journal keeps it. */
sealed interface JournalEntry {
  /** The call's line. */
  UUID line();

  /**
   * A call was let through.
   *
   * @param budgets that it falls under
   * @param drawn the periods whose slices hold it
   */
  record Begun(
      Intent intent,
      long outputTokens,
      boolean isClamped,
      long heldNanos,
      List<UUID> budgets,
      List<UUID> drawn)
      implements JournalEntry {
    @Override
    public UUID line() {
      return intent.id();
    }

    Reservation granted() {
      return new Reservation(intent, outputTokens, isClamped, heldNanos, drawn);
    }
  }

  /**
   * A call ended.
   *
   * @param heldNanos what slices held for it
   * @param drawn the periods of those slices; none, if it was begun in the database
   */
  record Ended(UUID line, Outcome outcome, long heldNanos, List<UUID> drawn)
      implements JournalEntry {}

  /** The cache answered. */
  record Served(Intent intent, Outcome outcome, long savedNanos) implements JournalEntry {
    @Override
    public UUID line() {
      return intent.id();
    }
  }

  /** An Idempotency-Key is free again. */
  record Freed(UUID line) implements JournalEntry {}

  /** What an entry is, in the journal's file. */
  enum Kind {
    BEGUN(Begun.class),
    ENDED(Ended.class),
    SERVED(Served.class),
    FREED(Freed.class);

    private static final ObjectMapper JSON =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .visibility(PropertyAccessor.ALL, Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .addModule(
                new SimpleModule()
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addDeserializer(Instant.class, new InstantReader()))
            .build();

    private final Class<? extends JournalEntry> type;

    Kind(Class<? extends JournalEntry> type) {
      this.type = type;
    }

    static Kind of(JournalEntry entry) {
      return switch (entry) {
        case Begun _ -> BEGUN;
        case Ended _ -> ENDED;
        case Served _ -> SERVED;
        case Freed _ -> FREED;
      };
    }

    static String text(JournalEntry entry) {
      try {
        return JSON.writeValueAsString(entry);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("an entry has no JSON", e);
      }
    }

    JournalEntry read(String text) throws JsonProcessingException {
      return JSON.readValue(text, type);
    }
  }

  /** As {@link Instant#toString} writes it. */
  final class InstantReader extends StdScalarDeserializer<Instant> {
    private static final long serialVersionUID = 1;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return Instant.parse(parser.getText());
    }
  }
}
