package dev.ledgerstone.sample;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.ANOMALY_PREDICTIONS;
import static dev.ledgerstone.db.schema.Tables.CARDS;
import static dev.ledgerstone.db.schema.Tables.FILES;
import static dev.ledgerstone.db.schema.Tables.INVENTORY;
import static dev.ledgerstone.db.schema.Tables.INVENTORY_MOVEMENTS;
import static dev.ledgerstone.db.schema.Tables.METRICS;
import static dev.ledgerstone.db.schema.Tables.METRIC_SERIES;
import static dev.ledgerstone.db.schema.Tables.ORDERS;
import static dev.ledgerstone.db.schema.Tables.ORDER_ITEMS;
import static dev.ledgerstone.db.schema.Tables.QUOTE_ITEMS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.TENDER_CRITERIA;
import static dev.ledgerstone.db.schema.Tables.TRANSACTIONS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.jooq.impl.DSL.avg;
import static org.jooq.impl.DSL.sum;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.DefaultSchema;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.problem.ProblemException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The sample, and what the schema makes of it: stock, text search, sums. */
@ParameterizedClass
@EnumSource(Engine.class)
class SampleTenantTest {
  private final Engine engine;
  private final Database database;
  private final List<KeyStore.Made> keys = new ArrayList<>();
  private SampleTenant.Sown first;
  private UUID tenant;

  SampleTenantTest(Engine engine) {
    this.engine = engine;
    this.database = TestDatabases.fresh(engine);
  }

  @BeforeEach
  void sow() {
    database.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return new PriceStore(PriceCatalogue.bundled()).seed(sql, Instant.now());
        });
    first = sow(Clock.systemUTC());
    tenant =
        database.read(sql -> sql.fetchSingle(TENANTS, TENANTS.SLUG.eq(SampleTenant.SLUG)).getId());
  }

  private SampleTenant.Sown sow(Clock clock) {
    return SampleTenant.sow(database, clock, "test", keys::add);
  }

  private int count(Table<?> table) {
    return database.read(
        sql -> sql.fetchCount(table, DSL.field(DSL.name("tenant_id"), UUID.class).eq(tenant)));
  }

  /** The tenant's rows by table. */
  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Table<?> table : DefaultSchema.DEFAULT_SCHEMA.getTables()) {
      if (table.field("tenant_id") != null) {
        counts.put(table.getName(), count(table));
      }
    }
    return counts;
  }

  @Test
  void itHoldsWhatIsPromised() {
    assertThat(first.isNew()).isTrue();
    assertThat(keys).hasSize(1);
    assertThat(counts())
        .containsEntry("users", 2)
        .containsEntry("ai_requests", 3)
        .containsEntry("files", 2)
        .containsEntry("metrics", 146)
        .containsEntry("anomaly_predictions", 11)
        .containsEntry("boards", 1)
        .containsEntry("cards", 12)
        .containsEntry("calendar_events", 5)
        .containsEntry("tenders", 1)
        .containsEntry("quotes", 3)
        .containsEntry("products", 6)
        .containsEntry("orders", 6);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(FILES))).isEqualTo(2);
    assertThat(Reconciliation.run(database, _ -> {}).isClean()).isTrue();
  }

  @Test
  void sownTwiceItIsTheSame() {
    Map<String, Integer> before = counts();
    List<UUID> ids = database.read(sql -> sql.selectFrom(CARDS).orderBy(CARDS.ID).fetch(CARDS.ID));

    SampleTenant.Sown again = sow(Clock.offset(Clock.systemUTC(), Duration.ofDays(40)));

    assertThat(again).isEqualTo(new SampleTenant.Sown(false, 0, 0));
    assertThat(keys).hasSize(1);
    assertThat(counts()).isEqualTo(before);
    assertThat(
            database.<List<UUID>>read(
                sql -> sql.selectFrom(CARDS).orderBy(CARDS.ID).fetch(CARDS.ID)))
        .isEqualTo(ids);
  }

  @Test
  void whatWasTakenAwayComesBack() {
    database.write(sql -> sql.deleteFrom(ANOMALY_PREDICTIONS).execute());

    assertThat(sow(Clock.systemUTC()).rows()).isEqualTo(11);
    assertThat(count(ANOMALY_PREDICTIONS)).isEqualTo(11);
  }

  @Test
  void aTenantThatHasTheNameAlreadyIsLeftAlone() {
    database.write(
        sql ->
            sql.update(USERS)
                .set(USERS.USERNAME_KEY, "other")
                .where(USERS.USERNAME_KEY.eq("ben"))
                .execute());

    assertThatThrownBy(() -> sow(Clock.systemUTC()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("not the sample");
  }

  @Test
  void metricsAreThoseOfTheOldSystemOnAverage() {
    Map<String, BigDecimal> average =
        database.read(
            sql ->
                sql.select(METRIC_SERIES.NAME, avg(METRICS.VALUE))
                    .from(METRICS)
                    .join(METRIC_SERIES)
                    .on(METRIC_SERIES.ID.eq(METRICS.SERIES_ID))
                    .groupBy(METRIC_SERIES.NAME)
                    .orderBy(METRIC_SERIES.NAME)
                    .fetchMap(METRIC_SERIES.NAME, avg(METRICS.VALUE)));
    assertThat(average.keySet()).containsExactly("cpu_usage_percent", "memory_usage_percent");
    assertThat(average.values())
        .zipSatisfy(
            List.of(3.98, 1.70),
            (found, wanted) -> assertThat(found.doubleValue()).isCloseTo(wanted, within(1e-9)));
    assertThat(
            database.<List<Double>>read(
                sql -> sql.selectFrom(ANOMALY_PREDICTIONS).fetch(ANOMALY_PREDICTIONS.SCORE)))
        .allMatch(score -> score > 3);
  }

  @Test
  void sumsAreRight() {
    assertThat(
            database.<BigDecimal>read(
                sql ->
                    sql.select(sum(TENDER_CRITERIA.WEIGHT))
                        .from(TENDER_CRITERIA)
                        .fetchSingle()
                        .value1()))
        .isEqualByComparingTo("100");
    assertThat(count(QUOTE_ITEMS)).isPositive();
    database
        .read(sql -> sql.selectFrom(TRANSACTIONS).fetch())
        .forEach(
            paid -> {
              Record order =
                  database.read(
                      sql ->
                          sql.select(
                                  ORDERS.SHIPPING_MINOR,
                                  sum(ORDER_ITEMS.QUANTITY.mul(ORDER_ITEMS.UNIT_PRICE_MINOR)))
                              .from(ORDERS)
                              .join(ORDER_ITEMS)
                              .on(ORDER_ITEMS.ORDER_ID.eq(ORDERS.ID))
                              .where(ORDERS.ID.eq(paid.getOrderId()))
                              .groupBy(ORDERS.SHIPPING_MINOR)
                              .fetchSingle());
              assertThat(order.get(0, long.class) + order.get(1, long.class))
                  .isEqualTo(paid.getAmountMinor());
            });
  }

  @Test
  void stockIsTheSumOfItsMovementsAndNeverNegative() {
    database
        .read(sql -> sql.selectFrom(INVENTORY).fetch())
        .forEach(
            stock ->
                assertThat(stock.getOnHand())
                    .isPositive()
                    .isEqualTo(
                        database.read(
                            sql ->
                                sql.select(sum(INVENTORY_MOVEMENTS.QUANTITY))
                                    .from(INVENTORY_MOVEMENTS)
                                    .where(INVENTORY_MOVEMENTS.INVENTORY_ID.eq(stock.getId()))
                                    .fetchSingle()
                                    .value1()
                                    .longValue())));
    UUID stock = database.read(sql -> sql.selectFrom(INVENTORY).limit(1).fetchSingle().getId());

    assertThatThrownBy(() -> move(stock, -10_000)).isInstanceOf(ProblemException.class);
    int movements = count(INVENTORY_MOVEMENTS);
    database.write(
        sql ->
            sql.update(INVENTORY)
                .set(INVENTORY.ALLOWS_BACKORDER, true)
                .where(INVENTORY.ID.eq(stock))
                .execute());
    assertThat(move(stock, -10_000)).isEqualTo(1);
    assertThat(count(INVENTORY_MOVEMENTS)).isEqualTo(movements + 1);
    assertThatThrownBy(() -> database.write(sql -> sql.deleteFrom(INVENTORY_MOVEMENTS).execute()))
        .isInstanceOf(ProblemException.class);
  }

  private int move(UUID stock, long quantity) {
    return database.write(
        sql ->
            sql.insertInto(INVENTORY_MOVEMENTS)
                .set(INVENTORY_MOVEMENTS.ID, Ids.next())
                .set(INVENTORY_MOVEMENTS.TENANT_ID, tenant)
                .set(INVENTORY_MOVEMENTS.INVENTORY_ID, stock)
                .set(INVENTORY_MOVEMENTS.KIND, "SALE")
                .set(INVENTORY_MOVEMENTS.QUANTITY, quantity)
                .set(INVENTORY_MOVEMENTS.AT, Instant.now())
                .set(INVENTORY_MOVEMENTS.CREATED_AT, Instant.now())
                .execute());
  }

  /** Cards whose title or description has a word. */
  private List<String> search(String word) {
    String question =
        switch (engine) {
          case SQLITE ->
              "select c.title from cards_fts f join cards c on c.rowid = f.rowid where cards_fts match ? order by 1";
          case POSTGRES ->
              "select title from cards where to_tsvector('simple', title) @@ plainto_tsquery('simple', ?)"
                  + " or to_tsvector('simple', description) @@ plainto_tsquery('simple', ?) order by 1";
        };
    return database.read(
        sql ->
            sql.resultQuery(
                    question,
                    engine == Engine.SQLITE ? new Object[] {word} : new Object[] {word, word})
                .fetch(0, String.class));
  }

  @Test
  void textIsFoundAsItChanges() {
    assertThat(search("umlaut")).containsExactly("Search finds nothing with an umlaut");
    assertThat(search("passkeys")).containsExactly("Sign in with a passkey");
    database.write(
        sql ->
            sql.update(CARDS)
                .set(CARDS.DESCRIPTION, "Also an umlaut")
                .where(CARDS.NUMBER.eq(4L))
                .execute());
    assertThat(search("umlaut")).hasSize(2);
    assertThat(search("passkeys")).isEmpty();

    if (engine == Engine.SQLITE) { // the index knows its rows by rowid, which a vacuum must keep
      database.write(sql -> sql.deleteFrom(CARDS).where(CARDS.NUMBER.eq(3L)).execute());
      vacuum();
      assertThat(search("umlaut")).hasSize(2).contains("Sign in with a passkey");
    }
  }

  private void vacuum() {
    try (var connection = database.borrowWriter();
        var statement = connection.createStatement()) {
      statement.execute("vacuum");
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void viewsOfAnalyticsSumWhatIsThere() {
    if (engine == Engine.POSTGRES) {
      for (String view :
          List.of("daily_costs", "metric_daily", "board_throughput", "sales_daily")) {
        database.writeJdbc(
            connection -> {
              try (var statement = connection.createStatement()) {
                return statement.execute("refresh materialized view concurrently " + view);
              }
            });
      }
    }
    assertThat(view("select sum(requests) from daily_costs")).isEqualTo(3);
    assertThat(view("select sum(cost_nanos) from daily_costs"))
        .isEqualTo(
            database.read(
                sql ->
                    sql.select(sum(AI_REQUESTS.COST_NANOS))
                        .from(AI_REQUESTS)
                        .fetchSingle()
                        .value1()
                        .longValue()));
    assertThat(view("select sum(cards_completed) from board_throughput")).isEqualTo(3);
    assertThat(view("select sum(quantity) from sales_daily")).isEqualTo(16);
    assertThat(view("select count(distinct day) from sales_daily")).isEqualTo(4);
    assertThat(view("select count(*) from system_metrics")).isEqualTo(146);
    assertThat(view("select count(*) from metric_daily")).isZero();
    assertThat(view("select count(*) from model_versions")).isZero();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(TENANTS, TENANTS.SLUG.eq("demo"))))
        .isEqualTo(1);
  }

  private long view(String question) {
    return database.read(sql -> sql.fetchSingle(question).get(0, long.class));
  }
}
