package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.CUSTOMERS;
import static dev.ledgerstone.db.schema.Tables.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.People;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine is the old database's and ours alike. */
@ParameterizedClass
@EnumSource(Engine.class)
class LegacyTest {
  private static final List<String> OLD =
      List.of(
          "create table customers (id integer primary key, number varchar(20), name varchar(80), tags varchar(80), signed_up timestamp)",
          "insert into customers values (1, 'C1', 'Ann', '[\"vip\"]', '2020-01-02 03:04:05')",
          "insert into customers values (2, 'C2', 'Bob', null, null)",
          "insert into customers values (3, null, 'Eve', null, null)",
          "create table purchases (no integer primary key, buyer integer, total numeric(10,2))",
          "insert into purchases values (10, 1, 12.34)",
          "insert into purchases values (11, 2, 5.00)",
          "create table gossip (a integer)");

  private static final JsonNode MAP =
      JsonBinding.parse(
          """
          {"tables": {
            "customers": {"rename": {"signed_up": "created_at"}},
            "purchases": {"into": "orders",
              "rename": {"no": "number", "buyer": "customer_id", "total": "shipping_minor"},
              "casts": {"shipping_minor": "scaled:2"},
              "constants": {"currency": "EUR"}},
            "gossip": null}}""");

  @TempDir private Path folder;
  private final Engine engine;
  private final Database database;
  private final People people;

  LegacyTest(Engine engine) {
    this.engine = engine;
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  private String old() {
    return switch (engine) {
      case SQLITE -> {
        Path file = folder.resolve("old.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            Statement statement = connection.createStatement()) {
          for (String each : OLD) {
            statement.execute(each);
          }
        } catch (SQLException e) {
          throw new IllegalStateException(e);
        }
        yield "sqlite:" + file;
      }
      case POSTGRES -> {
        Database empty = TestDatabases.empty(Engine.POSTGRES);
        OLD.forEach(each -> empty.write(sql -> sql.execute(each)));
        yield TestDatabases.url(empty);
      }
    };
  }

  private Map<String, Legacy.Outcome> run(String url, JsonNode map, boolean isTrial)
      throws IOException {
    return new Legacy(
            database,
            Clock.systemUTC(),
            Actor.command(people.tenant()),
            folder.resolve("legacy"),
            map)
        .run(url, isTrial, _ -> {}).stream()
            .collect(Collectors.toMap(Legacy.Outcome::from, Function.identity()));
  }

  private static Legacy.Outcome of(Map<String, Legacy.Outcome> outcomes, String table) {
    return Objects.requireNonNull(outcomes.get(table));
  }

  @Test
  void tablesBecomeOursAndReferToEachOtherStill() throws IOException {
    Map<String, Legacy.Outcome> outcomes = run(old(), MAP, false);

    assertThat(of(outcomes, "customers").taken()).isEqualTo(2);
    assertThat(of(outcomes, "customers").rejected()).isEqualTo(1);
    assertThat(Files.readString(Objects.requireNonNull(of(outcomes, "customers").letters())))
        .contains("\"row\":3", "number: is missing", "Eve");
    assertThat(of(outcomes, "purchases").taken()).as("%s", of(outcomes, "purchases")).isEqualTo(2);
    assertThat(of(outcomes, "gossip").isWell()).isTrue();
    var ann = database.read(sql -> sql.fetchSingle(CUSTOMERS, CUSTOMERS.NUMBER.eq("C1")));
    assertThat(ann.getTags()).isEqualTo(JsonBinding.parse("[\"vip\"]"));
    assertThat(ann.getCreatedAt()).isEqualTo(Instant.parse("2020-01-02T03:04:05Z"));
    assertThat(ann.getTenantId()).isEqualTo(people.tenant());
    var order = database.read(sql -> sql.fetchSingle(ORDERS, ORDERS.NUMBER.eq("10")));
    assertThat(order.getCustomerId()).isEqualTo(ann.getId());
    assertThat(order.getShippingMinor()).isEqualTo(1234);
  }

  @Test
  void aTrialTellsWhatFitsAndWritesNoRow() throws IOException {
    Map<String, Legacy.Outcome> outcomes = run(old(), MAP, true);

    assertThat(of(outcomes, "customers").taken()).isEqualTo(2);
    assertThat(of(outcomes, "customers").note()).isEqualTo("row 3: number: is missing");
    assertThat(database.<Integer>read(sql -> sql.fetchCount(CUSTOMERS))).isZero();
  }

  @Test
  void nothingIsLostUnseen() throws IOException {
    String url = old();
    Map<String, Legacy.Outcome> outcomes = run(url, JsonBinding.parse("{}"), false);

    assertThat(of(outcomes, "customers").note()).contains("no column for signed_up");
    assertThat(of(outcomes, "purchases").note()).contains("purchases");
    assertThat(outcomes.values()).noneMatch(Legacy.Outcome::isWell);
    assertThatThrownBy(() -> run(url, JsonBinding.parse("{\"tables\":{\"no\":{}}}"), true))
        .hasMessageContaining("no table no");
  }
}
