package dev.ledgerstone.records;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.ROLES;
import static dev.ledgerstone.db.schema.Tables.ROLE_PERMISSIONS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.Servers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.DSLContext;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Writing through {@code /rest/v1} of a started server, over real sockets: the stories of {@code
 * src/test/resources/records/writing/*.cases}, each told from its begin to its end, where a case
 * sees what those before it wrote.
 */
@ParameterizedClass
@EnumSource(Engine.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class WritingTest {
  @TempDir static Path data;

  private static Database database;
  private static Server server;
  private static HttpClient http;

  WritingTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    server = Servers.start(database, data.resolve(engine.name()));
    Fixture.load(database);
    database.write(
        sql -> {
          people(sql);
          return null;
        });
  }

  /** Eve, who writes her own conversations alone; and Pat, who owns the platform. */
  static void people(DSLContext sql) {
    UUID role = Fixture.id(81);
    sql.insertInto(ROLES)
        .set(ROLES.ID, role)
        .set(ROLES.TENANT_ID, Fixture.ACME)
        .set(ROLES.NAME, "AUTHOR")
        .set(ROLES.CREATED_AT, Fixture.NOW)
        .set(ROLES.UPDATED_AT, Fixture.NOW)
        .execute();
    sql.insertInto(ROLE_PERMISSIONS)
        .set(ROLE_PERMISSIONS.ID, Fixture.id(82))
        .set(ROLE_PERMISSIONS.TENANT_ID, Fixture.ACME)
        .set(ROLE_PERMISSIONS.ROLE_ID, role)
        .set(ROLE_PERMISSIONS.PERMISSION, "*")
        .set(ROLE_PERMISSIONS.ROW_SCOPE, "OWN")
        .set(ROLE_PERMISSIONS.CREATED_AT, Fixture.NOW)
        .set(ROLE_PERMISSIONS.UPDATED_AT, Fixture.NOW)
        .execute();
    user(sql, Fixture.ACME, Fixture.id(15), "eve", "AUTHOR");
    user(sql, Tenants.PLATFORM, Fixture.id(16), "pat", "OWNER");
  }

  private static void user(DSLContext sql, UUID tenant, UUID id, String name, String role) {
    sql.insertInto(USERS)
        .set(USERS.ID, id)
        .set(USERS.TENANT_ID, tenant)
        .set(USERS.USERNAME, name)
        .set(USERS.USERNAME_KEY, name)
        .set(USERS.ROLE, role)
        .set(USERS.CREATED_AT, Fixture.NOW)
        .set(USERS.UPDATED_AT, Fixture.NOW)
        .execute();
    sql.insertInto(API_KEYS)
        .set(
            API_KEYS.ID, new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 0x70))
        .set(API_KEYS.TENANT_ID, tenant)
        .set(API_KEYS.USER_ID, id)
        .set(API_KEYS.NAME, name)
        .set(API_KEYS.PREFIX, name)
        .set(API_KEYS.KEY_HASH, Secrets.hash(name + "-key-0001"))
        .set(API_KEYS.SCOPES, JsonBinding.parse("[\"*\"]"))
        .set(API_KEYS.CREATED_AT, Fixture.NOW)
        .set(API_KEYS.UPDATED_AT, Fixture.NOW)
        .execute();
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  static List<Case> cases() {
    return Case.in(Path.of("src/test/resources/records/writing"));
  }

  /** The stories first: they count what is there. */
  @Order(1)
  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theAnswerIsAsTheCaseSays(Case each) throws Exception {
    each.check(http, server.port(), database.engine());
  }

  // ---- many at once

  private static HttpResponse<String> send(
      String user, String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/rest/v1" + path))
            .header("apikey", user + "-key-0001")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static <T> List<T> atOnce(int tasks, Callable<T> task) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(threads.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : all) {
        results.add(each.get());
      }
      return results;
    }
  }

  @Test
  void mergesAtOnceMakeOneRowAndLoseNone() throws Exception {
    List<Integer> statuses =
        atOnce(
            60,
            () ->
                send(
                        "ann",
                        "POST",
                        "/agents?on_conflict=name",
                        "{\"name\": \"contended\", \"system_prompt\": \"x\"}",
                        "Prefer",
                        "resolution=merge-duplicates")
                    .statusCode());

    assertThat(statuses).containsOnly(200, 201);
    assertThat(statuses).filteredOn(it -> it == 201).hasSize(1);
    JsonNode rows =
        JsonBinding.parse(
            send("ann", "GET", "/agents?name=eq.contended&select=id,version", "").body());
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).path("version").asInt()).isEqualTo(60);
    String entries = "/audit_logs?select=count()&row_id=eq." + rows.get(0).path("id").asText();
    assertThat(
            JsonBinding.parse(send("ann", "GET", entries, "").body()).get(0).path("count").asInt())
        .isEqualTo(60);
  }

  @Test
  void ofWritersOfOneVersionOneWins() throws Exception {
    String id = "00000000-0000-7007-8000-000000000001";
    send("ann", "POST", "/folders", "{\"id\": \"" + id + "\", \"name\": \"raced\"}");
    List<Integer> statuses =
        atOnce(
            20,
            () ->
                send(
                        "ann",
                        "PATCH",
                        "/folders?id=eq." + id,
                        "{\"color\": \"mine\"}",
                        "If-Match",
                        "\"1\"")
                    .statusCode());

    assertThat(statuses).containsOnly(204, 412);
    assertThat(statuses).filteredOn(it -> it == 204).hasSize(1);
  }

  @Test
  void manyRowsMakeOneEntryThatListsThemAndOneEvent() throws Exception {
    StringBuilder rows = new StringBuilder("[");
    for (int i = 0; i < 250; i++) {
      rows.append(i == 0 ? "" : ",").append("{\"name\": \"bulk").append(i).append("\"}");
    }
    HttpResponse<String> made =
        send("ann", "POST", "/folders?select=id", rows + "]", "Prefer", "return=representation");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(JsonBinding.parse(made.body())).hasSize(250);
    String id = JsonBinding.parse(made.body()).get(17).path("id").asText();
    JsonNode entries =
        JsonBinding.parse(
            send(
                    "ann",
                    "GET",
                    "/audit_logs?select=id,row_ids,row_count,new_values&row_count=eq.250",
                    "")
                .body());
    assertThat(entries).hasSize(1);
    assertThat(entries.get(0).path("row_ids")).hasSize(250).anyMatch(it -> it.asText().equals(id));
    assertThat(entries.get(0).path("new_values").isNull()).isTrue();
    assertThat(
            JsonBinding.parse(
                send(
                        "ann",
                        "GET",
                        "/events?type=eq.folders.inserted&subject_table=eq.audit_logs&subject_id=eq."
                            + entries.get(0).path("id").asText(),
                        "")
                    .body()))
        .hasSize(1);
    assertThat(
            JsonBinding.parse(
                send("ann", "GET", "/folders/" + id + "/history?select=action", "").body()))
        .hasSize(1);

    assertThat(
            send(
                    "ann",
                    "PATCH",
                    "/folders?name=like.bulk*",
                    "{\"color\": \"all\"}",
                    "Prefer",
                    "count=exact")
                .headers()
                .firstValue("Content-Range"))
        .contains("0-249/250");
    assertThat(
            send("ann", "DELETE", "/folders?name=like.bulk*", "", "Prefer", "count=exact")
                .headers()
                .firstValue("Content-Range"))
        .contains("*/250");
    assertThat(
            JsonBinding.parse(
                send("ann", "GET", "/folders/" + id + "/history?select=action", "").body()))
        .hasSize(3);
  }

  /** Whatever a batch holds, all of it is there afterwards, or nothing. */
  @Test
  void aRandomBatchIsAllOrNothing() throws Exception {
    Random random = new Random(20_261_122L);
    String mine = "/folders?description=eq.random&select=id,name,color,version&order=id";
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      String before = send("ann", "GET", mine, "").body();
      int added = 0;
      List<String> statements = new ArrayList<>();
      for (int j = random.nextInt(1, 8); j > 0; j--) {
        int what = random.nextInt(10);
        if (what < 6) {
          statements.add(
              "{\"method\": \"POST\", \"table\": \"folders\", \"body\": {\"name\": \"n%d\", \"description\": \"random\"}}"
                  .formatted(random.nextInt(150)));
          added++;
        } else {
          statements.add(
              "{\"method\": \"PATCH\", \"table\": \"folders\", \"query\": {\"name\": \"eq.n%d\"}, \"body\": {\"color\": %s}}"
                  .formatted(random.nextInt(150), what == 9 ? "null, \"name\": \"\"" : "\"c\""));
        }
      }
      HttpResponse<String> answer =
          send("ann", "POST", "/batch", "{\"statements\": " + statements + "}");
      JsonNode after = JsonBinding.parse(send("ann", "GET", mine, "").body());
      if (answer.statusCode() == 200) {
        assertThat(after).hasSize(JsonBinding.parse(before).size() + added);
      } else {
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 409);
        assertThat(after).isEqualTo(JsonBinding.parse(before));
        refused++;
      }
    }
    assertThat(refused).isBetween(5, 55);
  }

  // ---- changes

  private static final class Listener implements AutoCloseable {
    private final HttpResponse<InputStream> answer;
    private final BufferedReader lines;

    Listener(String user, String table, String from) throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(
                      "http://127.0.0.1:" + server.port() + "/rest/v1/" + table + "/changes"))
              .header("apikey", user + "-key-0001");
      if (!from.isEmpty()) {
        request.header("Last-Event-ID", from);
      }
      answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    /** The next event's fields, comments left out. */
    Map<String, String> next() throws IOException {
      Map<String, String> event = new HashMap<>();
      String line = lines.readLine();
      while (line != null && (!line.isEmpty() || event.isEmpty())) {
        if (line.contains(": ") && !line.startsWith(":")) {
          event.put(line.substring(0, line.indexOf(": ")), line.substring(line.indexOf(": ") + 2));
        }
        line = lines.readLine();
      }
      return event;
    }

    /**
     * The first event of a row. What was written in the minutes before is passed over: it is told
     * once more to who begins to listen while a transaction of that time still runs.
     */
    Map<String, String> nextOf(String row, String... never) throws IOException {
      Map<String, String> event = next();
      while (!event.getOrDefault("data", row).contains(row)) {
        assertThat(event.get("data")).doesNotContain(never);
        event = next();
      }
      return event;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  @Test
  void changesAreToldInOrderAndFromWhereAListenerLeft() throws Exception {
    String last;
    try (Listener listener = new Listener("ann", "folders", "")) {
      assertThat(listener.answer.statusCode()).isEqualTo(200);
      assertThat(listener.next()).containsKey("id");
      send(
          "bob",
          "POST",
          "/folders",
          "{\"id\": \"00000000-0000-7008-8000-00000000000b\", \"name\": \"not told\"}");
      send("ann", "POST", "/agents", "{\"name\": \"not asked\", \"system_prompt\": \"\"}");
      send(
          "ann",
          "POST",
          "/folders",
          "{\"id\": \"00000000-0000-7008-8000-000000000001\", \"name\": \"told\"}");
      Map<String, String> first =
          listener.nextOf(
              "00000000-0000-7008-8000-000000000001", "00000000-0000-7008-8000-00000000000b");
      assertThat(first).containsEntry("event", "folders.inserted");
      last = first.getOrDefault("id", "");
    }
    send("ann", "PATCH", "/folders?name=eq.told", "{\"color\": \"c\"}");
    send("ann", "DELETE", "/folders?name=eq.told", "");
    try (Listener listener = new Listener("ann", "folders", last)) {
      listener.next();
      Map<String, String> second = listener.next();
      assertThat(second).containsEntry("event", "folders.updated");
      assertThat(second.get("data")).contains("\"columns\":[").contains("color");
      assertThat(listener.next()).containsEntry("event", "folders.deleted");
    }
  }

  @Test
  void whoReadsTheirOwnRowsIsToldOfThoseAlone() throws Exception {
    try (Listener listener = new Listener("eve", "conversations", "")) {
      listener.next();
      send(
          "ann",
          "POST",
          "/conversations",
          "{\"id\": \"00000000-0000-7008-8000-00000000000a\", \"title\": \"of ann\"}");
      send(
          "eve",
          "POST",
          "/conversations",
          "{\"id\": \"00000000-0000-7008-8000-000000000002\", \"title\": \"of eve\"}");
      assertThat(
              listener.nextOf(
                  "00000000-0000-7008-8000-000000000002", "00000000-0000-7008-8000-00000000000a"))
          .containsEntry("event", "conversations.inserted");
    }
  }

  @Test
  void aListenerIsRefusedWhoMayNotOrComesFromNowhere() throws Exception {
    assertThat(send("ned", "GET", "/folders/changes", "").statusCode()).isEqualTo(404);
    assertThat(send("nobody", "GET", "/folders/changes", "").statusCode()).isEqualTo(401);
    assertThat(send("ann", "GET", "/folders/changes", "", "Last-Event-ID", "x").statusCode())
        .isEqualTo(400);
  }

  @Test
  void thereAreManyCases() {
    assertThat(cases()).hasSizeGreaterThan(150);
  }
}
