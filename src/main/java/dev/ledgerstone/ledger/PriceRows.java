package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * {@link Price} as rows of {@code model_prices}, and back.
 *
 * <p>jOOQ writes the statements, JDBC binds and reads the values: a server that starts reads all of
 * a catalogue's rows before its code is warm, which took jOOQ twice as long (docs/prices.md).
 */
final class PriceRows {
  /** The service tier that the gateway buys; rows of others are kept for other readers. */
  private static final String STANDARD = "standard";

  /** How many of the columns make a price; the others are for people. */
  private static final int READ = 19;

  private static final List<Field<?>> COLUMNS =
      List.of(
          MODEL_PRICES.ID,
          MODEL_PRICES.TENANT_ID,
          MODEL_PRICES.PROVIDER,
          MODEL_PRICES.MODEL,
          MODEL_PRICES.ABOVE_INPUT_TOKENS,
          MODEL_PRICES.VALID_FROM,
          MODEL_PRICES.INPUT_PICOS,
          MODEL_PRICES.OUTPUT_PICOS,
          MODEL_PRICES.CACHED_INPUT_PICOS,
          MODEL_PRICES.CACHE_WRITE_PICOS,
          MODEL_PRICES.CACHE_WRITE_1H_PICOS,
          MODEL_PRICES.REASONING_PICOS,
          MODEL_PRICES.INPUT_AUDIO_PICOS,
          MODEL_PRICES.OUTPUT_AUDIO_PICOS,
          MODEL_PRICES.IMAGE_PICOS,
          MODEL_PRICES.REQUEST_PICOS,
          MODEL_PRICES.SOURCE,
          MODEL_PRICES.CHARACTER_PICOS,
          MODEL_PRICES.SECOND_PICOS,
          MODEL_PRICES.TIER,
          MODEL_PRICES.CREATED_AT,
          MODEL_PRICES.CREATED_BY);

  private PriceRows() {}

  static List<Price> select(DSLContext on, Condition condition) {
    return read(on, condition.and(MODEL_PRICES.TIER.eq(STANDARD)));
  }

  private static List<Price> read(DSLContext on, Condition condition) {
    Dialect dialect = dialect(on);
    List<Price> prices = new ArrayList<>();
    try (ResultSet rows =
        on.select(COLUMNS.subList(0, READ)).from(MODEL_PRICES).where(condition).fetchResultSet()) {
      while (rows.next()) {
        prices.add(price(rows, dialect));
      }
    } catch (SQLException e) {
      throw new DataAccessException("prices cannot be read", e);
    }
    return prices;
  }

  /** Every price that a line can name, by its id; those of other tiers too. */
  static Map<UUID, Price> all(DSLContext on) {
    Map<UUID, Price> prices = new HashMap<>();
    read(on, DSL.noCondition()).forEach(price -> prices.put(price.id(), price));
    return prices;
  }

  static void insert(
      DSLContext on, List<Price> prices, Instant createdAt, @Nullable UUID createdBy) {
    Dialect dialect = dialect(on);
    insert(
        on,
        MODEL_PRICES,
        COLUMNS,
        prices,
        (statement, price) -> {
          Rates rates = price.rates();
          dialect.set(statement, 1, price.id());
          dialect.set(statement, 2, price.tenantId());
          statement.setString(3, price.provider());
          statement.setString(4, price.model());
          statement.setLong(5, price.aboveInputTokens());
          dialect.set(statement, 6, price.validFrom());
          statement.setLong(7, rates.inputPicos());
          statement.setLong(8, rates.outputPicos());
          dialect.set(statement, 9, rates.cachedInputPicos());
          dialect.set(statement, 10, rates.cacheWritePicos());
          dialect.set(statement, 11, rates.cacheWrite1hPicos());
          dialect.set(statement, 12, rates.reasoningPicos());
          dialect.set(statement, 13, rates.inputAudioPicos());
          dialect.set(statement, 14, rates.outputAudioPicos());
          dialect.set(statement, 15, rates.imagePicos());
          statement.setLong(16, rates.requestPicos());
          statement.setString(17, price.source());
          dialect.set(statement, 18, rates.characterPicos());
          dialect.set(statement, 19, rates.secondPicos());
          statement.setString(20, STANDARD);
          dialect.set(statement, 21, createdAt);
          dialect.set(statement, 22, createdBy);
        });
  }

  /** Inserts rows in one batch. */
  static <T> void insert(
      DSLContext on, Table<?> table, List<Field<?>> columns, List<T> rows, Binder<T> binder) {
    if (rows.isEmpty()) {
      return;
    }
    String sql = on.insertInto(table).columns(columns).values(new Object[columns.size()]).getSQL();
    on.connection(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (T row : rows) {
              binder.bind(statement, row);
              statement.addBatch();
            }
            statement.executeBatch();
          }
        });
  }

  static Dialect dialect(DSLContext on) {
    return on.family() == SQLDialect.SQLITE ? Dialect.SQLITE : Dialect.POSTGRES;
  }

  /** Binds a row's values, in the order of its columns. */
  @FunctionalInterface
  interface Binder<T> {
    void bind(PreparedStatement statement, T row) throws SQLException;
  }

  private static Price price(ResultSet row, Dialect dialect) throws SQLException {
    return new Price(
        Objects.requireNonNull(dialect.uuid(row, 1)),
        Objects.requireNonNull(dialect.uuid(row, 2)),
        row.getString(3),
        row.getString(4),
        row.getLong(5),
        Objects.requireNonNull(dialect.instant(row, 6)),
        new Rates(
            row.getLong(7),
            row.getLong(8),
            number(row, 9),
            number(row, 10),
            number(row, 11),
            number(row, 12),
            number(row, 13),
            number(row, 14),
            number(row, 15),
            row.getLong(16),
            number(row, 18),
            number(row, 19)),
        row.getString(17));
  }

  private static @Nullable Long number(ResultSet row, int at) throws SQLException {
    long number = row.getLong(at);
    return row.wasNull() ? null : number;
  }
}
