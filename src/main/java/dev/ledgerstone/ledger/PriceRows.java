package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.InsertValuesStepN;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** {@link Price} as rows of {@code model_prices}, and back. */
final class PriceRows {
  /** The service tier that the gateway buys; rows of others are kept for other readers. */
  private static final String STANDARD = "standard";

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
          MODEL_PRICES.TIER,
          MODEL_PRICES.CREATED_AT,
          MODEL_PRICES.CREATED_BY);

  private PriceRows() {}

  static List<Price> select(DSLContext on, Condition condition) {
    List<Price> prices = new ArrayList<>();
    on.selectFrom(MODEL_PRICES)
        .where(condition.and(MODEL_PRICES.TIER.eq(STANDARD)))
        .forEach(row -> prices.add(price(row)));
    return prices;
  }

  static void insert(
      DSLContext on, List<Price> prices, Instant createdAt, @Nullable UUID createdBy) {
    if (prices.isEmpty()) {
      return;
    }
    Object[][] rows = new Object[prices.size()][];
    for (int i = 0; i < rows.length; i++) {
      Price price = prices.get(i);
      Rates rates = price.rates();
      rows[i] =
          row(
              price.id(),
              price.tenantId(),
              price.provider(),
              price.model(),
              price.aboveInputTokens(),
              price.validFrom(),
              rates.inputPicos(),
              rates.outputPicos(),
              rates.cachedInputPicos(),
              rates.cacheWritePicos(),
              rates.cacheWrite1hPicos(),
              rates.reasoningPicos(),
              rates.inputAudioPicos(),
              rates.outputAudioPicos(),
              rates.imagePicos(),
              rates.requestPicos(),
              price.source(),
              STANDARD,
              createdAt,
              createdBy);
    }
    InsertValuesStepN<?> insert =
        on.insertInto(MODEL_PRICES).columns(COLUMNS).values(new Object[COLUMNS.size()]);
    on.batch(insert, rows).execute();
  }

  /** The values of a row, of which jOOQ takes null for null. */
  @SuppressWarnings("NullAway") // jOOQ's types say nothing about null
  static Object[] row(@Nullable Object... values) {
    return values;
  }

  private static Price price(Record row) {
    return new Price(
        row.get(MODEL_PRICES.ID),
        row.get(MODEL_PRICES.TENANT_ID),
        row.get(MODEL_PRICES.PROVIDER),
        row.get(MODEL_PRICES.MODEL),
        row.get(MODEL_PRICES.ABOVE_INPUT_TOKENS),
        row.get(MODEL_PRICES.VALID_FROM),
        new Rates(
            row.get(MODEL_PRICES.INPUT_PICOS),
            row.get(MODEL_PRICES.OUTPUT_PICOS),
            row.get(MODEL_PRICES.CACHED_INPUT_PICOS),
            row.get(MODEL_PRICES.CACHE_WRITE_PICOS),
            row.get(MODEL_PRICES.CACHE_WRITE_1H_PICOS),
            row.get(MODEL_PRICES.REASONING_PICOS),
            row.get(MODEL_PRICES.INPUT_AUDIO_PICOS),
            row.get(MODEL_PRICES.OUTPUT_AUDIO_PICOS),
            row.get(MODEL_PRICES.IMAGE_PICOS),
            row.get(MODEL_PRICES.REQUEST_PICOS)),
        row.get(MODEL_PRICES.SOURCE));
  }
}
