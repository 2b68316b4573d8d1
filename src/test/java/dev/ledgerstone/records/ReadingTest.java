package dev.ledgerstone.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.Servers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code /rest/v1} of a started server, over real sockets: the cases of {@code
 * src/test/resources/records/*.cases}.
 */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class ReadingTest {
  @TempDir static Path data;

  private static Database database;
  private static Server server;
  private static HttpClient http;

  ReadingTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  /** One server an engine. */
  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    server =
        Servers.start(database, data.resolve(engine.name()), Map.of("records.max_rows", "100"));
    Fixture.load(database);
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  static List<Case> cases() {
    return Case.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theAnswerIsAsTheCaseSays(Case each) throws Exception {
    each.check(http, server.port(), database.engine());
  }

  /** Behind the first wall stands the second: rows that their policy keeps for the server alone. */
  @Test
  void aRequestReadsAsItsTenant() throws Exception {
    assertThat(get("/conversations?select=id")).contains("id");
    if (database.engine() == Engine.SQLITE) {
      return; // has the first wall alone
    }
    String policy = "policy tenant on conversations";
    String all = "select count(*) from conversations";
    int rows = database.read(sql -> sql.fetchSingle(all).get(0, Integer.class));
    try {
      run("alter " + policy + " using (current_setting('app.system', true) = 'on')");
      assertThat(get("/conversations?select=id")).isEqualTo("[]");
      assertThat(database.<Integer>read(sql -> sql.fetchSingle(all).get(0, Integer.class)))
          .isEqualTo(rows);
    } finally {
      run("drop " + policy);
      run("select hold_tenants('conversations')");
    }
    assertThat(get("/conversations?select=id")).contains("id");
  }

  private static void run(String statement) {
    database.write(sql -> sql.execute(statement));
  }

  private static String get(String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + server.port() + "/rest/v1" + path))
                .header("apikey", "ann-key-0001")
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void randomRequestsAreAnsweredOrRefused() throws Exception {
    assertThat(answered(new RandomRequests(20_260_102L), 3_000)).isGreaterThan(600);
  }

  @Test
  @Tag("long")
  void aHundredThousandRandomRequestsAreAnsweredOrRefused() throws Exception {
    int requests = 100_000;
    assertThat(answered(new RandomRequests(7L), requests)).isGreaterThan(requests / 5);
  }

  /** Whatever is asked, nothing breaks and nothing of the other tenant is told. */
  private static int answered(RandomRequests requests, int count) throws Exception {
    int answered = 0;
    for (int i = 0; i < count; i++) {
      String path = requests.next();
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + server.port() + "/rest/v1" + path))
                  .header("apikey", "ann-key-0001")
                  .header("Prefer", i % 3 == 0 ? "count=exact" : "deleted=include")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as("%s gives %s", path, answer.body()).isLessThan(500);
      if (!path.contains("ff000000")) {
        // The ids of the other tenant's rows, and a text that only one of them has.
        assertThat(answer.body()).as(path).doesNotContain("ff000000").doesNotContain("rival words");
      }
      answered += answer.statusCode() < 300 ? 1 : 0;
    }
    return answered;
  }

  @Test
  void thereAreManyCases() {
    assertThat(cases()).hasSizeGreaterThan(200);
  }
}
