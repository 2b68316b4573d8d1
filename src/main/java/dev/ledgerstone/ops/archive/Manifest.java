package dev.ledgerstone.ops.archive;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ledgerstone.db.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds: its first member, {@code manifest.json}.
 *
 * @param format of the archive; {@value #FORMAT} is the only one yet
 * @param version of the Ledgerstone that made it
 * @param engine of the database that it was made from
 * @param at when its moment was, RFC 3339
 * @param tenant whose rows it holds; null: everybody's
 * @param migrations that the database had had, oldest first
 * @param tables in the order of their data
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
    int format,
    String version,
    Engine engine,
    String at,
    @Nullable Tenant tenant,
    List<Step> migrations,
    List<Content> tables) {
  static final int FORMAT = 1;
  static final String NAME = "manifest.json";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  public Manifest {
    migrations = List.copyOf(migrations);
    tables = List.copyOf(tables);
  }

  /** The tenant whose rows an archive holds. */
  public record Tenant(String id, String slug) {}

  /**
   * A migration.
   *
   * @param checksum of its files for the archive's engine
   */
  public record Step(String name, String checksum) {}

  /**
   * What is there of one table.
   *
   * @param rows in the archive's moment
   * @param first the lowest id; null where ids are not of version 7, or there are no rows
   * @param last the highest
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Content(Shape shape, long rows, @Nullable String first, @Nullable String last) {}

  /** All rows. */
  public long rows() {
    return tables.stream().mapToLong(Content::rows).sum();
  }

  /**
   * What proves the rest: the last member, {@code checksums.json}.
   *
   * @param members every other member by its name, with its SHA-256, hexadecimal
   * @param tables each table's digest ({@link RowDigest})
   */
  record Checksums(SortedMap<String, String> members, Map<String, String> tables) {
    static final String NAME = "checksums.json";
  }

  static byte[] bytes(Object part) {
    try {
      return JSON.writeValueAsBytes(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <T> T read(byte[] bytes, Class<T> type) {
    try {
      return JSON.readValue(bytes, type);
    } catch (IOException e) {
      throw Damage.of("a member of the archive is not what it should be");
    }
  }
}
