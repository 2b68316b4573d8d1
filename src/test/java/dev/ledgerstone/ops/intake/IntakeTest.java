package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.ANALYTICS_EVENTS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.CONTENT_SYNCS;
import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.CUSTOMERS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.NOTIFICATIONS;
import static dev.ledgerstone.db.schema.Tables.NOTIFICATION_TEMPLATES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.SampleRows;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.CustomersRecord;
import dev.ledgerstone.db.schema.tables.records.NotificationTemplatesRecord;
import dev.ledgerstone.testkit.LiveServer;
import dev.ledgerstone.testkit.People;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class IntakeTest {
  private static final Mapping CUSTOMERS_MAP =
      Mapping.parse(
          """
          {"rename": {"id": "number", "mail": "email", "signed_up": "created_at"},
           "constants": {"language": "de"},
           "defaults": {"company": "none"},
           "casts": {"email": "trim", "created_at": "epoch_seconds"},
           "ignore": ["secret"]}""");

  @TempDir private Path folder;
  private final Engine engine;
  private final Database database;
  private final People people;

  IntakeTest(Engine engine) {
    this.engine = engine;
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  private Path file(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Intake.Report run(Path file, Format format, String table, Mapping mapping) {
    return run(file, format, table, mapping, _ -> {});
  }

  private Intake.Report run(
      Path file, Format format, String table, Mapping mapping, LongConsumer progress) {
    return new Intake(database, Clock.systemUTC(), Actor.command(people.tenant()))
        .run(
            Intake.Source.of(file, format),
            new TableSink(table, people.tenant(), mapping, Clock.systemUTC(), engine),
            progress);
  }

  /** Reasons by the number of the record. */
  private static Map<Long, String> letters(Intake.Report report) {
    Map<Long, String> reasons = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(report.letters())) {
        JsonNode letter = JsonBinding.parse(line);
        assertThat(letter.has("record")).isTrue();
        assertThat(reasons.put(letter.path("row").asLong(), letter.path("reason").asText()))
            .as("told once")
            .isNull();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return reasons;
  }

  @Test
  void csvBecomesRowsByTheMapping() {
    Path file =
        file(
            "customers.csv",
            "\uFEFFid,name,mail,company,tags,signed_up,accepts_marketing,secret\r\n"
                + "C1,\"Ann, \"\"the first\"\"\", Ann@Example.com ,,\"[\"\"vip\"\"]\",1700000000.5,yes,x\r\n"
                + "C2,Bob,,ACME,,1700000001,0,y\r\n");

    Intake.Report report =
        run(
            file,
            Format.CSV,
            "customers",
            Mapping.parse(
                CUSTOMERS_MAP
                    .text()
                    .replace("\"email\": \"trim\"", "\"email\": \"trim\", \"tags\": \"json\"")));

    assertThat(report.rejected()).as(String.valueOf(report.letters())).isZero();
    assertThat(report.taken()).isEqualTo(2);
    assertThat(report.letters()).isNull();
    List<CustomersRecord> rows =
        database.read(sql -> sql.selectFrom(CUSTOMERS).orderBy(CUSTOMERS.NUMBER).fetch());
    CustomersRecord ann = rows.getFirst();
    assertThat(ann.getNumber()).isEqualTo("C1");
    assertThat(ann.getName()).isEqualTo("Ann, \"the first\"");
    assertThat(ann.getEmail()).isEqualTo("Ann@Example.com");
    assertThat(ann.getEmailKey()).isEqualTo("ann@example.com");
    assertThat(ann.getCompany()).isEqualTo("none");
    assertThat(ann.getTags()).isEqualTo(JsonBinding.parse("[\"vip\"]"));
    assertThat(ann.getLanguage()).isEqualTo("de");
    assertThat(ann.getCreatedAt()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_500L));
    assertThat(Ids.time(ann.getId())).isEqualTo(Instant.ofEpochMilli(1_700_000_000_500L));
    assertThat(ann.getAcceptsMarketing()).isTrue();
    assertThat(ann.getTenantId()).isEqualTo(people.tenant());
    assertThat(rows.getLast().getAcceptsMarketing()).isFalse();
    assertThat(rows.getLast().getCompany()).isEqualTo("ACME");
    assertThat(rows.getLast().getBillingAddress()).isEqualTo(JsonBinding.parse("{}"));
    assertThat(rows.getLast().getVersion()).isEqualTo(1);
  }

  @Test
  void whatCannotBeARowIsNamedWithItsReason() {
    String id = people.user().toString();
    Path file =
        file(
            "bad.jsonl",
            String.join(
                "\n",
                "{\"number\": \"1\", \"name\": \"good\", \"user_id\": \"" + id + "\"}",
                "{\"number\": \"2\"}",
                "{\"number\": \"3\", \"name\": [\"a\"]}",
                "not json",
                "[1]",
                "",
                "{\"number\": \"5\", \"name\": \"a\", \"accepts_marketing\": \"perhaps\"}",
                "{\"number\": \"6\", \"name\": \"a\", \"nick\": \"b\"}",
                "{\"number\": \"7\", \"name\": \"a\", \"user_id\": \"me\"}",
                "{\"number\": \"8\", \"name\": \"a\", \"user_id\": \"" + Ids.next() + "\"}",
                "{\"number\": \"1\", \"name\": \"twice\"}",
                "{\"number\": \"10\", \"name\": \"a\", \"version\": 1.5}",
                "{\"number\": \"11\", \"name\": \"a\", \"created_at\": \"yesterday\"}",
                "{\"number\": \"12\", \"name\": \"a\", \"tenant_id\": \"" + Ids.next() + "\"}",
                "{\"number\": \"13\", \"name\": \"good too\", \"tags\": [1.50, {\"a\": null}]}"));

    Intake.Report report = run(file, Format.JSONL, "customers", Mapping.NONE);

    assertThat(report.taken()).isEqualTo(2);
    Map<Long, String> reasons = letters(report);
    assertThat(reasons.keySet())
        .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L);
    assertThat(reasons.get(2L)).isEqualTo("name: is missing");
    assertThat(reasons.get(3L)).contains("name: is an object or an array");
    assertThat(reasons.get(4L)).contains("not JSON");
    assertThat(reasons.get(5L)).contains("no object");
    assertThat(reasons.get(6L)).contains("accepts_marketing: is \"perhaps\"");
    assertThat(reasons.get(7L)).contains("nick: the table has no such column");
    assertThat(reasons.get(8L)).contains("user_id: is \"me\", not a UUID");
    assertThat(reasons.get(9L)).containsPattern("breaks the rule|no row");
    assertThat(reasons.get(10L)).contains("breaks the rule").contains("number");
    assertThat(reasons.get(11L)).contains("version: is \"1.5\"");
    assertThat(reasons.get(12L)).contains("created_at: is \"yesterday\"");
    assertThat(reasons.get(13L)).contains("tenant_id");
    assertThat(
            database.<List<String>>read(
                sql -> sql.selectFrom(CUSTOMERS).orderBy(CUSTOMERS.NAME).fetch(CUSTOMERS.NAME)))
        .containsExactly("good", "good too");
  }

  @Test
  void anArrayInsideAnObjectIsReadToo() {
    Path file =
        file(
            "events.json",
            "{\"exported\": 1, \"events\": [{\"name\": \"a\", \"at\": \"2026-01-02 03:04:05\"}, 7]}");

    Intake.Report report = run(file, Format.JSON, "analytics_events", Mapping.NONE);

    assertThat(report.taken()).isEqualTo(1);
    assertThat(letters(report)).containsOnlyKeys(2L);
    assertThat(database.<Instant>read(sql -> sql.fetchSingle(ANALYTICS_EVENTS).getAt()))
        .isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
  }

  @Test
  void oneEntryInTheLogAndOneEventTellOfAnImport() {
    Path file = file("log.jsonl", "{\"name\": \"a\", \"at\": \"2026-01-02\"}\n".repeat(300));

    run(file, Format.JSONL, "analytics_events", Mapping.NONE);

    assertThat(
            database.<List<String>>read(
                sql -> sql.selectFrom(AUDIT_LOGS).fetch(AUDIT_LOGS.TABLE_NAME)))
        .containsExactly("content_syncs");
    assertThat(database.<List<String>>read(sql -> sql.selectFrom(EVENTS).fetch(EVENTS.TYPE)))
        .containsExactly("content_syncs.inserted");
    JsonNode told = database.<JsonNode>read(sql -> sql.fetchSingle(AUDIT_LOGS).getNewValues());
    assertThat(told.path("created_count").asLong()).isEqualTo(300);
    assertThat(told.path("status").asText()).isEqualTo("COMPLETED");
  }

  /**
   * Stops where a kill could, between two transactions, and after letters that no commit followed.
   */
  @Test
  void anImportThatWasStoppedGoesOnWithoutADouble() throws IOException {
    StringBuilder text = new StringBuilder();
    int rows = 12_000;
    for (int i = 1; i <= rows; i++) {
      text.append(
          i % 100 == 0
              ? "{\"number\": \"" + i + "\"}\n"
              : "{\"number\": \"" + i + "\", \"name\": \"n\"}\n");
    }
    Path file = file("long.jsonl", text.toString());
    LiveServer.in(database); // so that SQLite's transactions are small
    long[] behind = {0};
    assertThatThrownBy(
            () ->
                run(
                    file,
                    Format.JSONL,
                    "customers",
                    Mapping.NONE,
                    records -> {
                      if (records >= 5000) {
                        behind[0] = records;
                        throw new IllegalStateException("killed");
                      }
                    }))
        .hasMessage("killed");
    Path letters = Intake.Source.of(file, Format.JSONL).letters();
    Files.writeString(
        letters,
        Files.readString(letters)
            + "{\"row\": "
            + (behind[0] + 100)
            + ", \"reason\": \"x\", \"record\": 1}\n{\"row\": 52");

    Intake.Report report = run(file, Format.JSONL, "customers", Mapping.NONE);

    assertThat(report.resumedAfter()).isEqualTo(behind[0]).isLessThan(rows);
    assertThat(report.taken()).isEqualTo(rows - rows / 100);
    assertThat(report.rejected()).isEqualTo(rows / 100);
    assertThat(letters(report))
        .hasSize(rows / 100)
        .containsKey(behind[0] + 100)
        .containsKey(12_000L);
    assertThat(letters(report).values()).containsOnly("name: is missing");
    assertThat(database.<Integer>read(sql -> sql.fetchCount(CUSTOMERS)))
        .isEqualTo(rows - rows / 100);
    assertThat(database.<String>read(sql -> sql.fetchSingle(CONTENT_SYNCS).getStatus()))
        .isEqualTo("PARTIAL");
    assertThatThrownBy(() -> run(file, Format.JSONL, "customers", Mapping.NONE))
        .hasMessageContaining("imported already");
  }

  @Test
  void noRecordRefersToAnotherTenantsRow() {
    People others = People.in(database);
    Path file =
        file(
            "theirs.jsonl",
            "{\"number\": \"1\", \"name\": \"a\", \"user_id\": \"" + others.user() + "\"}");

    Intake.Report report = run(file, Format.JSONL, "customers", Mapping.NONE);

    assertThat(report.taken()).isZero();
    assertThat(letters(report).get(1L)).contains("breaks the rule");
  }

  private static UUID tenantOf(Map<String, Object> row) {
    return (UUID) Objects.requireNonNull(row.get("tenant_id"));
  }

  private Intake.Report runFor(UUID tenant, Path file, String table) {
    return new Intake(database, Clock.systemUTC(), Actor.command(tenant))
        .run(
            Intake.Source.of(file, Format.JSONL),
            new TableSink(table, tenant, Mapping.NONE, Clock.systemUTC(), engine),
            _ -> {});
  }

  /** The key of a notification's template is the template's id alone. */
  @Test
  void aReferenceThatItsKeyLetsPassIsLookedUp() {
    Map<String, Object> mine = database.write(sql -> new SampleRows(sql).row(NOTIFICATIONS));
    UUID[] templates =
        database.write(
            sql -> {
              Map<String, Object> theirs =
                  new SampleRows(sql, Ids.next(), "z").row(NOTIFICATION_TEMPLATES);
              UUID own = Ids.next();
              NotificationTemplatesRecord copy =
                  sql.fetchSingle(
                          NOTIFICATION_TEMPLATES,
                          NOTIFICATION_TEMPLATES.ID.eq((UUID) theirs.get("id")))
                      .copy();
              copy.setId(own);
              copy.setTenantId(tenantOf(mine));
              copy.insert();
              return new UUID[] {(UUID) theirs.get("id"), own};
            });
    String line =
        "{\"user_id\": \""
            + mine.get("user_id")
            + "\", \"title\": \"t\", \"template_id\": \"%s\"}\n";
    Path file =
        file("templates.jsonl", line.formatted(templates[0]) + line.formatted(templates[1]));

    Intake.Report report = runFor(tenantOf(mine), file, "notifications");

    assertThat(letters(report)).containsOnlyKeys(1L);
    assertThat(letters(report).get(1L)).contains("template_id: there is no row");
    assertThat(report.taken()).isEqualTo(1);
  }

  @Test
  void rowsReferToOthersOfTheSameFile() {
    Map<String, Object> conversation =
        database.write(sql -> new SampleRows(sql).row(CONVERSATIONS));
    UUID first = Ids.next();
    Path file =
        file(
            "messages.jsonl",
            """
            {"id": "%1$s", "conversation_id": "%2$s", "sequence": 1, "role": "USER", "content": []}
            {"parent_id": "%1$s", "conversation_id": "%2$s", "sequence": 2, "role": "ASSISTANT", "content": []}
            """
                .formatted(first, conversation.get("id")));

    Intake.Report report = runFor(tenantOf(conversation), file, "messages");

    assertThat(report.taken()).isEqualTo(2);
  }

  @Test
  void whatTheServerAloneWritesIsRefused() {
    for (String table :
        List.of("ai_requests", "api_keys", "audit_logs", "tenants", "revisions", "no")) {
      assertThatThrownBy(
              () -> new TableSink(table, people.tenant(), Mapping.NONE, Clock.systemUTC(), engine))
          .as(table)
          .hasMessageContaining(table);
    }
    assertThatThrownBy(
            () ->
                new TableSink(
                    "customers",
                    people.tenant(),
                    Mapping.parse("{\"rename\": {\"a\": \"b\"}}"),
                    Clock.systemUTC(),
                    engine))
        .hasMessageContaining("no column b");
    assertThatThrownBy(() -> Mapping.parse("{\"casts\": {\"a\": \"magic\"}}"))
        .hasMessageContaining("no cast magic");
    assertThatThrownBy(() -> Mapping.parse("{\"renames\": {}}")).hasMessageContaining("renames");
  }

  @Test
  void moneyKeepsEveryDigit() throws Rejected {
    assertThat(cast("nanos", "0.000000123")).isEqualTo("123");
    assertThat(cast("scaled:2", "12.30")).isEqualTo("1230");
    assertThat(cast("scaled:2", "90071992547409.93")).isEqualTo("9007199254740993");
    assertThatThrownBy(() -> cast("scaled:2", "1.005")).isInstanceOf(Rejected.class);
    assertThat(cast("epoch_millis", "1700000000123")).isEqualTo("2023-11-14T22:13:20.123000Z");
    assertThat(cast("named_id", "a")).isEqualTo(cast("named_id", "a")).hasSize(36);
  }

  private String cast(String name, String value) throws Rejected {
    return Cast.of(name)
        .of(RecordReader.MAPPER.getNodeFactory().textNode(value), people.tenant())
        .asText();
  }
}
