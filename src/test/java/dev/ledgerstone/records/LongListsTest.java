package dev.ledgerstone.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists that are longer than anybody would hold in memory. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class LongListsTest {
  private static final int ROWS = 6_000;

  @TempDir static Path data;

  private static Database database;
  private static Server server;
  private static HttpClient http;

  LongListsTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    server =
        Servers.start(database, data.resolve(engine.name()), Map.of("records.max_rows", "100000"));
    Fixture.load(database);
    String numbers =
        switch (engine) {
          case SQLITE ->
              "(with recursive n (i) as (select 1 union all select i + 1 from n where i < %d) select i from n)";
          case POSTGRES -> "(select i from generate_series(1, %d) as i)";
        };
    String id =
        switch (engine) {
          case SQLITE -> "printf('10000000-0000-7001-8000-%%012d', i)";
          case POSTGRES -> "cast('10000000-0000-7001-8000-' || lpad(i::text, 12, '0') as uuid)";
        };
    database.write(
        sql ->
            sql.execute(
                """
                insert into conversations (id, tenant_id, user_id, title, system_prompt, created_at, updated_at)
                select %s, c.tenant_id, c.user_id, case i when %d then 'last' else '' || i end, '%s', c.created_at, c.created_at
                from conversations c cross join %s n where c.id = '%s'
                """
                    .formatted(
                        id.replace("%%", "%"),
                        ROWS,
                        "words, and \"quotes\" ".repeat(12),
                        numbers.formatted(ROWS),
                        Fixture.id(41))));
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  private static HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.port() + "/rest/v1/conversations?" + path))
            .header("apikey", "ann-key-0001");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static List<String> titles(String json) {
    List<String> titles = new ArrayList<>();
    for (JsonNode row : JsonBinding.parse(json)) {
      titles.add(row.path("title").asText());
    }
    return titles;
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("none");
  }

  @Test
  void aLongListGoesOutInPiecesAndIsWhole() throws Exception {
    HttpResponse<String> answer =
        get("select=title,system_prompt&id=gte.10000000-0000-0000-0000-000000000000&order=id");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "content-length")).isEqualTo("none");
    assertThat(header(answer, "content-range")).isEqualTo("0-" + (ROWS - 1) + "/*");
    List<String> titles = titles(answer.body());
    assertThat(titles).hasSize(ROWS).startsWith("1", "2", "3").endsWith("5998", "5999", "last");
  }

  @Test
  void countsAndPagesAreAsTheyAreOfShortOnes() throws Exception {
    HttpResponse<String> part =
        get(
            "select=title,system_prompt&id=gte.10000000-0000-0000-0000-000000000000&order=id&offset=1000&limit=4000",
            "prefer",
            "count=exact");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(header(part, "content-range")).isEqualTo("1000-4999/" + ROWS);
    assertThat(titles(part.body())).hasSize(4000).startsWith("1001").endsWith("5000");

    HttpResponse<String> beyond =
        get("select=title&offset=7000&limit=300", "prefer", "count=exact");
    assertThat(beyond.statusCode()).isEqualTo(416);
  }

  @Test
  void whatIsShortIsOneWrite() throws Exception {
    HttpResponse<String> answer = get("select=title&id=lt.10000000-0000-0000-0000-000000000000");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "content-length")).isEqualTo("" + answer.body().length());
    assertThat(header(answer, "content-range")).isEqualTo("0-3/*");
    assertThat(get("select=title&id=is.null").body()).isEqualTo("[]");
  }

  @Test
  void aCursorLeadsThroughLongPages() throws Exception {
    Set<String> seen = new HashSet<>();
    String cursor = "";
    int pages = 0;
    do {
      HttpResponse<String> page =
          get("select=title,system_prompt&order=id&limit=2500&cursor=" + cursor);
      assertThat(page.statusCode()).isEqualTo(200);
      List<String> titles = titles(page.body());
      titles.forEach(it -> assertThat(seen.add(it)).as(it).isTrue());
      cursor = page.headers().firstValue("x-next-cursor").orElse("");
      pages++;
    } while (!cursor.isEmpty());
    assertThat(pages).isEqualTo(3);
    assertThat(seen).hasSize(ROWS + 4).contains("Alpha", "last");
  }

  @Test
  void csvGoesOutInPiecesToo() throws Exception {
    HttpResponse<String> answer =
        get(
            "select=title,system_prompt&id=gte.10000000-0000-0000-0000-000000000000&order=id",
            "accept",
            "text/csv");
    assertThat(header(answer, "content-length")).isEqualTo("none");
    String[] lines = answer.body().split("\n");
    assertThat(lines).hasSize(ROWS + 1);
    assertThat(lines[0]).isEqualTo("title,system_prompt");
    assertThat(lines[1]).startsWith("1,\"words, and \"\"quotes\"\" ");
  }

  /** A list as the network has it, of which the client has read a little. */
  private static final class Begun implements AutoCloseable {
    private static final int LITTLE = 64 << 10;
    private final Socket socket = new Socket();
    private final InputStream in;

    Begun(String path, String accept) throws IOException {
      socket.setReceiveBufferSize(LITTLE);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
      String request =
          "GET /rest/v1/conversations?%s HTTP/1.1\r\nHost: test\r\nConnection: close\r\napikey: ann-key-0001\r\nAccept: %s\r\n\r\n"
              .formatted(path, accept);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      in = socket.getInputStream();
      assertThat(new String(in.readNBytes(LITTLE), UTF_8)).startsWith("HTTP/1.1 200 ");
    }

    /** Reads the rest; returns how long it is, and requires its end. */
    long rest(String end) throws IOException {
      byte[] piece = new byte[LITTLE];
      String tail = "";
      long bytes = 0;
      int read;
      while ((read = in.read(piece)) >= 0) {
        bytes += read;
        String now = tail + new String(piece, 0, read, UTF_8);
        tail = now.substring(Math.max(0, now.length() - 100));
      }
      assertThat(tail).endsWith(end);
      return bytes;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** What is in use after everything that can go has gone. */
  private static long heldBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** 36 MB of text in 6,004 rows. */
  private static final String LARGE =
      IntStream.range(0, 24)
          .mapToObj(i -> "p" + i + ":system_prompt")
          .collect(Collectors.joining(",", "select=", ",title&order=id"));

  private static final long LARGE_BYTES = 34L << 20;

  @ParameterizedTest
  @CsvSource({"application/json, '\"last\"}]\r\n0\r\n\r\n'", "text/csv, 'last\r\n0\r\n\r\n'"})
  void memoryDoesNotGrowWithAList(String accept, String end) throws Exception {
    try (Begun first = new Begun(LARGE, accept)) {
      assertThat(first.rest(end)).isGreaterThan(LARGE_BYTES); // what a first time makes for good
    }
    long before = heldBytes();
    try (Begun list = new Begun(LARGE, accept)) {
      assertThat(heldBytes() - before).isLessThan(LARGE_BYTES / 2);
      assertThat(list.rest(end)).isGreaterThan(LARGE_BYTES);
    }
  }

  /** Of all connections some are left for others, and memory does not grow with these lists. */
  @Test
  void listsBesideThreeOthersWaitInFiles() throws Exception {
    long before = heldBytes();
    List<Begun> lists = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        lists.add(new Begun(LARGE, "application/json"));
      }
      assertThat(heldBytes() - before).isLessThan(2 * LARGE_BYTES);
      assertThat(get("select=title&limit=1").statusCode()).isEqualTo(200);
      for (Begun each : lists) {
        assertThat(each.rest("\"last\"}]\r\n0\r\n\r\n")).isGreaterThan(LARGE_BYTES);
      }
    } finally {
      for (Begun each : lists) {
        each.close();
      }
    }
  }

  @Test
  void aListThatFailsWhileItWaitsIsRefused() throws Exception {
    String bad = "select=title::integer,system_prompt&id=gte.10000000-0000-0000-0000-000000000000";
    try (Begun one = new Begun(LARGE, "application/json");
        Begun two = new Begun(LARGE, "application/json");
        Begun three = new Begun(LARGE, "application/json")) {
      HttpResponse<String> refused = get(bad);
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(JsonBinding.parse(refused.body()).path("code").asText()).isEqualTo("22P02");
      for (Begun each : List.of(one, two, three)) {
        each.rest("\"last\"}]\r\n0\r\n\r\n");
      }
    }
  }

  /** The first rows have been sent when one is met that cannot be told. */
  @Test
  void oneThatFailsInTheMiddleIsNoWholeAnswer() throws Exception {
    // Without an order, for PostgreSQL would make all rows before it sorts them.
    String bad = "select=title::integer,system_prompt&id=gte.10000000-0000-0000-0000-000000000000";
    assertThatThrownBy(() -> get(bad)).isInstanceOf(IOException.class);
    HttpResponse<String> early = get(bad + "&order=id.desc&limit=300");
    assertThat(early.statusCode()).isEqualTo(400);
    assertThat(JsonBinding.parse(early.body()).path("code").asText()).isEqualTo("22P02");
    assertThat(get("select=title&limit=1").statusCode()).isEqualTo(200);
  }

  /** More at once than are told while they are read. */
  @Test
  void manyAtOnceAreAllAnswered() {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      answers.add(
          http.sendAsync(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:"
                              + server.port()
                              + "/rest/v1/conversations?select=title,system_prompt&order=id"))
                  .header("apikey", "ann-key-0001")
                  .build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> each : answers) {
      assertThat(titles(each.join().body())).hasSize(ROWS + 4);
    }
  }
}
