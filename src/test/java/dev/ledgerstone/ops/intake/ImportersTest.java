package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;
import static dev.ledgerstone.db.schema.Tables.METRICS;
import static dev.ledgerstone.db.schema.Tables.METRIC_SERIES;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ops.Policies;
import dev.ledgerstone.testkit.People;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes from other systems: spend logs, metrics, people. */
@ParameterizedClass
@EnumSource(Engine.class)
class ImportersTest {
  private static final String SPEND =
      """
      {"request_id": "chatcmpl-1", "call_type": "acompletion", "api_key": "88dc28d0f0", "spend": 0.000000123456, "total_tokens": 30, "prompt_tokens": 20, "completion_tokens": 10, "startTime": "2026-01-05T10:00:00.123456+00:00", "endTime": "2026-01-05T10:00:02.123456+00:00", "completionStartTime": "2026-01-05T10:00:00.523456+00:00", "model": "openai/gpt-4o", "model_group": "gpt", "custom_llm_provider": "openai", "user": "owner", "metadata": {"cost_breakdown": {"input_cost": 0.0000001}}, "cache_hit": "False", "request_tags": "[\\"blue\\"]", "team_id": "t1", "requester_ip_address": "10.0.0.1", "status": "success"}
      {"request_id": "chatcmpl-2", "call_type": "aembedding", "spend": "1.5", "prompt_tokens": 7, "completion_tokens": 0, "startTime": "2026-01-05 10:30:00", "endTime": "2026-01-05 10:30:01", "model": "text-embedding-3-small", "custom_llm_provider": "openai", "user": "somebody else", "cache_hit": "True"}
      {"request_id": "chatcmpl-3", "call_type": "completion", "spend": 0, "startTime": "2026-02-05T10:30:00Z", "endTime": "2026-02-05T10:30:01Z", "model": "", "model_group": "gpt", "status": "failure"}
      {"request_id": "chatcmpl-1", "call_type": "acompletion", "spend": 0.5, "startTime": "2026-01-05T10:00:00.123456+00:00", "model": "openai/gpt-4o"}
      {"request_id": "chatcmpl-4", "spend": -1, "startTime": "2026-02-05T10:30:00Z"}
      {"request_id": "chatcmpl-5", "spend": 1}
      {"spend": 1, "startTime": "2026-02-05T10:30:00Z"}
      """;

  @TempDir private Path folder;
  private final Database database;
  private final People people;

  ImportersTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  private <T> Intake.Report run(String name, String text, Sink<T> sink) {
    try {
      Path file = Files.writeString(folder.resolve(name), text);
      Format format =
          name.endsWith(".csv") ? Format.CSV : name.endsWith(".json") ? Format.JSON : Format.JSONL;
      return new Intake(database, Clock.systemUTC(), Actor.command(people.tenant()))
          .run(Intake.Source.of(file, format), sink, _ -> {});
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private SpendLogSink spend() {
    return new SpendLogSink(database, Clock.systemUTC(), people.tenant(), people.user());
  }

  private String letters(Intake.Report report) {
    try {
      return Files.readString(report.letters());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void spendLogsBecomeLinesAndTheBooksStayClean() {
    Intake.Report report = run("spend.jsonl", SPEND, spend());

    assertThat(report.taken()).isEqualTo(3);
    assertThat(report.skipped()).isEqualTo(1);
    assertThat(report.rejected()).isEqualTo(3);
    assertThat(letters(report))
        .contains("spend: is no amount", "startTime: is missing", "request_id: is missing");
    List<AiRequestsRecord> lines =
        database.read(sql -> sql.selectFrom(AI_REQUESTS).orderBy(AI_REQUESTS.STARTED_AT).fetch());
    AiRequestsRecord first = lines.getFirst();
    assertThat(first.getCostNanos()).isEqualTo(123); // 123.456, rounded once
    assertThat(first.getInputCostNanos()).isEqualTo(100);
    assertThat(first.getOutputCostNanos()).isEqualTo(23);
    assertThat(first.getProvider()).isEqualTo("openai");
    assertThat(first.getModel()).isEqualTo("gpt-4o");
    assertThat(first.getRequestedModel()).isEqualTo("gpt");
    assertThat(first.getUserId()).isEqualTo(people.user());
    assertThat(first.getTotalMicros()).isEqualTo(2_000_000);
    assertThat(first.getFirstTokenMicros()).isEqualTo(400_000);
    assertThat(first.getIsStream()).isTrue();
    assertThat(first.getTags().toString())
        .contains("imported=litellm", "blue", "team=t1", "user=owner");
    assertThat(first.getUpstreamId()).isEqualTo("chatcmpl-1");
    assertThat(lines.get(1).getCostNanos()).isEqualTo(1_500_000_000L);
    assertThat(lines.get(1).getCacheStatus()).isEqualTo("HIT");
    assertThat(lines.get(1).getRequestType()).isEqualTo("EMBEDDING");
    assertThat(lines.getLast().getStatus()).isEqualTo(RequestStatus.FAILED.name());
    assertThat(lines.getLast().getModel()).isEqualTo("gpt");

    Reconciliation.Report books = Reconciliation.run(database, _ -> {});
    assertThat(books.named()).isEmpty();
    assertThat(books.lines()).isEqualTo(3);
    assertThat(books.events()).isEqualTo(3);
    long spent =
        database
            .<List<Long>>read(
                sql ->
                    sql.selectFrom(COST_TRACKING)
                        .where(COST_TRACKING.PERIOD_KIND.eq("YEARLY"))
                        .fetch(COST_TRACKING.COST_NANOS))
            .stream()
            .mapToLong(Long::longValue)
            .sum();
    assertThat(spent).isEqualTo(1_500_000_123L);
  }

  /** Another export, which overlaps the first. */
  @Test
  void aRowThatComesInTwoFilesIsThereOnce() {
    run("spend.jsonl", SPEND, spend());
    String more =
        SPEND
            + "{\"request_id\": \"chatcmpl-9\", \"spend\": 2, \"startTime\": \"2026-02-05T10:30:00Z\", \"model\": \"openai/gpt-4o\", \"custom_llm_provider\": \"openai\"}\n";

    Intake.Report report = run("more.jsonl", more, spend());

    assertThat(report.taken()).isEqualTo(1);
    assertThat(report.skipped()).isEqualTo(4);
    Reconciliation.Report books = Reconciliation.run(database, _ -> {});
    assertThat(books.named()).isEmpty();
    assertThat(books.lines()).isEqualTo(4);
  }

  /** Another export, when retention has let the first one's lines go. */
  @Test
  void aRowOfATimeWhoseLinesHaveGoneIsNamedAndDoesNotCountTwice() {
    run("spend.jsonl", SPEND, spend());
    Policies.platform(database);
    Policies.set(database, people.tenant(), "lines", "DELETE", 1, false, "ai_requests");
    Policies.run(database, folder, Instant.parse("2026-01-20T00:00:00Z"));
    Reconciliation.Report before = Reconciliation.run(database, _ -> {});
    assertThat(before.gone()).isEqualTo(2);

    Intake.Report report = run("again.jsonl", SPEND + SPEND, spend());

    assertThat(report.taken()).isZero();
    assertThat(report.skipped()).isEqualTo(2);
    assertThat(letters(report)).contains("lines of its time have been let go", "chatcmpl-2");
    assertThat(Reconciliation.run(database, _ -> {})).isEqualTo(before);
  }

  @Test
  void metricsComeInBothFormsAndOnce() {
    String wide =
        """
        {"metrics": [
          {"timestamp": "2026-01-05T10:00:00", "cpu_usage": 3.98, "memory_usage": 1.7, "host": "a"},
          {"timestamp": 1767607201, "cpu_usage": 4, "host": "a"},
          {"timestamp": 1767607202000, "cpu_usage": 5, "host": "b"},
          {"timestamp": "2026-01-05T10:00:00"},
          {"cpu_usage": 1}]}
        """;
    MetricsSink sink = new MetricsSink(database, Clock.systemUTC(), people.tenant());
    Intake.Report report = run("metrics.json", wide, sink);

    assertThat(report.taken()).isEqualTo(3);
    assertThat(letters(report)).contains("no field of it is a number", "timestamp: is missing");
    assertThat(database.<Integer>read(sql -> sql.fetchCount(METRIC_SERIES))).isEqualTo(3);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(METRICS))).isEqualTo(4);
    String narrow =
        """
        {"name": "cpu_usage", "value": 3.98, "timestamp": "2026-01-05T10:00:00Z", "labels": {"host": "a"}}
        {"name": "cpu_usage", "value": 9, "timestamp": "2026-01-06T10:00:00Z", "labels": {"host": "a"}}
        """;
    Intake.Report again =
        run("metrics.jsonl", narrow, new MetricsSink(database, Clock.systemUTC(), people.tenant()));

    assertThat(again.taken()).isEqualTo(1);
    assertThat(again.skipped()).isEqualTo(1);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(METRICS))).isEqualTo(5);
    assertThat(
            database.<Instant>read(
                sql ->
                    sql.fetchSingle(METRIC_SERIES, METRIC_SERIES.LAST_VALUE.eq(9.0)).getLastAt()))
        .isEqualTo(Instant.parse("2026-01-06T10:00:00Z"));
  }

  /** As exporters write them: one object, or an object a line, in a file that is called JSON. */
  @Test
  void metricsComeInAFileOfOneObjectToo() throws IOException {
    String one =
        """
        {
          "timestamp": "2026-01-05T10:00:00Z",
          "cpu_usage": 3.98,
          "labels": {"host": "a", "disks": ["sda"]},
          "tags": []
        }
        """;
    String lines =
        """
        {"name": "cpu_usage", "value": 1, "timestamp": "2026-01-06T10:00:00Z", "labels": {"host": "a"}}
        {"name": "cpu_usage", "value":
        {"name": "cpu_usage", "value": 2, "timestamp": "2026-01-07T10:00:00Z", "labels": {"host": "a"}}
        """;
    for (String text : List.of(one, lines)) {
      Path file = Files.writeString(folder.resolve("one.json"), text);
      new Intake(database, Clock.systemUTC(), Actor.command(people.tenant()))
          .run(
              Intake.Source.of(file, Format.of(file)),
              new MetricsSink(database, Clock.systemUTC(), people.tenant()),
              _ -> {});
    }

    assertThat(
            database.<List<Double>>read(
                sql ->
                    sql.selectFrom(METRICS)
                        .where(METRICS.TENANT_ID.eq(people.tenant()))
                        .orderBy(METRICS.AT)
                        .fetch(METRICS.VALUE)))
        .containsExactly(3.98, 1.0, 2.0);
  }

  @Test
  void peopleBecomeUsersAndTheRestIsNamed() {
    String csv =
        "username,email,role\nann,ann@example.com,admin\nowner,,\nbob,,\nANN,,\ncarl,,EMPEROR\n,x@example.com,\n"
            + "dora,ann@example.com,\nemil,nowhere,\n";
    Intake.Report report =
        run(
            "people.csv",
            csv,
            new UsersSink(database, Clock.systemUTC(), Actor.command(people.tenant())));

    assertThat(letters(report).lines().map(it -> it.substring(0, 9)).toList())
        .containsExactly(
            "{\"row\":2,",
            "{\"row\":4,",
            "{\"row\":5,",
            "{\"row\":6,",
            "{\"row\":7,",
            "{\"row\":8,");
    assertThat(letters(report))
        .contains("there is a user ANN already", "no role EMPEROR", "email is no address");
    assertThat(
            database.<List<String>>read(
                sql ->
                    sql.selectFrom(USERS)
                        .where(USERS.TENANT_ID.eq(people.tenant()))
                        .orderBy(USERS.USERNAME)
                        .fetch(it -> it.getUsername() + " " + it.getRole())))
        .containsExactly("ann ADMIN", "bob MEMBER", "owner OWNER");
  }
}
