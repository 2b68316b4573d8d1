package dev.ledgerstone.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Access;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.SignInRules;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.events.EventFeed;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.HttpServer;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.http.RequestLog;
import dev.ledgerstone.http.RouteGroup;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.query.OneWall;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.query.Statements;
import dev.ledgerstone.settings.ServerSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of {@link ReadingTest} and {@link WritingTest} again, where no statement says whose
 * rows it means: the policies of PostgreSQL alone keep the tenants apart, of a role that owns its
 * tables and is held by them all the same. Every answer is what it is behind both walls.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test
class SecondWallTest {
  private static final int MOST_ROWS = 100;
  private static final int MOST_BYTES = 32 << 20;

  private static Statements statements;
  private static Served reading;
  private static Served writing;
  private static HttpClient http;

  @BeforeAll
  static void start() {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    statements = OneWall.statements();
    reading = new Served();
    writing = new Served();
    writing.database.write(
        sql -> {
          WritingTest.people(sql);
          return null;
        });
  }

  @AfterAll
  static void close() {
    reading.close();
    writing.close();
    statements.close();
    http.close();
  }

  /** {@code /rest/v1} over a database of its own, as {@code cli.Server} puts it together. */
  private static final class Served implements AutoCloseable {
    private final Database database = TestDatabases.fresh(Engine.POSTGRES);
    private final Access access;
    private final Writes writes;
    private final Metrics metrics = new Metrics();
    private final HttpServer server;

    Served() {
      Clock clock = Clock.systemUTC();
      new Partitions(database).ensure(clock.instant());
      database.write(
          sql -> {
            TenantStore.seed(sql, clock.instant());
            return null;
          });
      Fixture.load(database);
      access =
          new Access(
              database,
              new SignInRules(
                  Duration.ofHours(1), Duration.ofDays(1), 5, Duration.ofMinutes(1), 60, 12),
              clock);
      Identity identity = access.identity();
      Catalogue catalogue = Catalogue.ofSchema();
      Reader reader = new Reader(database, statements);
      writes = new Writes(database, statements);
      server =
          new HttpServer(
              ServerSettings.defaults().withPort(0),
              List.of(
                  RouteGroup.of(
                      "/rest/v1",
                      ErrorShape.POSTGREST,
                      new RecordsRoutes(catalogue, reader, identity, MOST_ROWS),
                      new BatchRoutes(
                          catalogue, reader, writes, identity, clock, MOST_ROWS, MOST_BYTES),
                      new HistoryRoutes(catalogue, reader, identity, MOST_ROWS),
                      new ChangesRoutes(
                          catalogue, reader, new EventFeed(database), identity, clock),
                      new WriteRoutes(
                          catalogue, reader, writes, identity, clock, MOST_ROWS, MOST_BYTES))),
              metrics,
              RequestLog.off());
      server.start();
    }

    void check(Case each) throws Exception {
      each.check(http, server.port(), Engine.POSTGRES);
    }

    String get(String path) throws Exception {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + server.port() + "/rest/v1" + path))
                  .header("apikey", "ann-key-0001")
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }

    void run(String statement) {
      database.write(sql -> sql.execute(statement));
    }

    @Override
    public void close() {
      server.close();
      writes.close();
      access.close();
      metrics.close();
    }
  }

  /** But for a planner's guess, which is made of what the statement says. */
  static List<Case> readingCases() {
    return ReadingTest.cases().stream()
        .filter(it -> it.sent().stream().noneMatch(header -> header.contains("count=planned")))
        .toList();
  }

  static List<Case> writingCases() {
    return WritingTest.cases();
  }

  @Order(1)
  @ParameterizedTest(name = "{0}")
  @MethodSource("readingCases")
  void readingIsAsBehindBothWalls(Case each) throws Exception {
    reading.check(each);
  }

  @Order(2)
  @ParameterizedTest(name = "{0}")
  @MethodSource("writingCases")
  void writingIsAsBehindBothWalls(Case each) throws Exception {
    writing.check(each);
  }

  /** What the cases above rest on: the statements have no wall of their own. */
  @Order(3)
  @Test
  void whereThePolicyIsOpenOthersRowsAreSeen() throws Exception {
    String path = "/conversations?select=id,user_id&id=eq." + Fixture.rival(41);
    assertThat(reading.get(path)).isEqualTo("[]");
    try {
      reading.run("alter policy tenant on conversations using (true)");
      assertThat(reading.get(path)).contains(Fixture.rival(41).toString());
    } finally {
      reading.run("drop policy tenant on conversations");
      reading.run("select hold_tenants('conversations')");
    }
    assertThat(reading.get(path)).isEqualTo("[]");
  }
}
