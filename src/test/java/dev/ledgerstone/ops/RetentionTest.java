package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;
import static dev.ledgerstone.db.schema.Tables.AUDIT_HEADS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.METRICS;
import static dev.ledgerstone.db.schema.Tables.METRIC_SERIES;
import static dev.ledgerstone.db.schema.Tables.RETENTION_RUNS;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.audit.Verification;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.testkit.People;
import dev.ledgerstone.vault.Vault;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Old rows go as policies say, and only those. */
@ParameterizedClass
@EnumSource(Engine.class)
class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final Instant OLD = NOW.minus(Duration.ofDays(40));
  private static final Vault VAULT = Vault.of("a master key");
  private static final Instant YOUNG = NOW.minus(Duration.ofDays(20));

  @TempDir Path folder;

  private final Database database;
  private final UUID acme;
  private final UUID zenith;

  RetentionTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
    tenant(Tenants.PLATFORM, "platform");
    this.acme = tenant(Ids.next(), "acme");
    this.zenith = tenant(Ids.next(), "zenith");
  }

  private UUID tenant(UUID id, String slug) {
    database.<Integer>write(
        sql ->
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, id)
                .set(TENANTS.SLUG, slug)
                .set(TENANTS.NAME, slug)
                .set(TENANTS.CREATED_AT, NOW)
                .set(TENANTS.UPDATED_AT, NOW)
                .onConflictDoNothing()
                .execute());
    return id;
  }

  private UUID policy(UUID tenant, String name, String action, boolean isHeld, String... tables) {
    UUID id = Ids.next();
    var names = JsonNodeFactory.instance.arrayNode();
    List.of(tables).forEach(names::add);
    database.<Integer>write(
        sql ->
            sql.insertInto(DATA_RETENTION_POLICIES)
                .set(DATA_RETENTION_POLICIES.ID, id)
                .set(DATA_RETENTION_POLICIES.TENANT_ID, tenant)
                .set(DATA_RETENTION_POLICIES.NAME, name)
                .set(DATA_RETENTION_POLICIES.TABLES, (JsonNode) names)
                .set(DATA_RETENTION_POLICIES.KEEP_DAYS, 30)
                .set(DATA_RETENTION_POLICIES.ACTION, action)
                .set(DATA_RETENTION_POLICIES.LEGAL_HOLD, isHeld)
                .set(DATA_RETENTION_POLICIES.CREATED_AT, NOW)
                .set(DATA_RETENTION_POLICIES.UPDATED_AT, NOW)
                .execute());
    return id;
  }

  /** An append-only row. */
  private void event(UUID tenant, Instant at) {
    events(tenant, at, 1);
  }

  private void events(UUID tenant, Instant at, int count) {
    database.<Integer>write(
        sql -> {
          for (int i = 0; i < count; i++) {
            sql.insertInto(SECURITY_EVENTS)
                .set(SECURITY_EVENTS.ID, Ids.next())
                .set(SECURITY_EVENTS.TENANT_ID, tenant)
                .set(SECURITY_EVENTS.KIND, "SIGN_IN_FAILED")
                .set(SECURITY_EVENTS.SUBJECT_KIND, "IP")
                .set(SECURITY_EVENTS.IP, "192.0.2.1")
                .set(SECURITY_EVENTS.CREATED_AT, at)
                .execute();
          }
          return count;
        });
  }

  private long count(Table<?> table, UUID tenant) {
    return database.<Integer>read(
        sql -> sql.fetchCount(table, DSL.field(DSL.name("tenant_id"), UUID.class).eq(tenant)));
  }

  private Retention retention() {
    return new Retention(
        database, sealer(NOW), folder.resolve("archive"), Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private List<Retention.Outcome> run() {
    return retention().run(Actor.command(Tenants.PLATFORM), false, _ -> {});
  }

  private List<Record> runs() {
    return database.read(sql -> List.<Record>copyOf(sql.selectFrom(RETENTION_RUNS).fetch()));
  }

  /** Three finished lines, with their sums and events, of one moment. */
  private void lines(People people, Instant at) {
    List<BroughtLine> lines = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      lines.add(
          new BroughtLine(
              Ids.at(at),
              people.tenant(),
              people.user(),
              "elsewhere",
              "model",
              "model",
              RequestType.CHAT,
              RequestStatus.COMPLETED,
              false,
              false,
              10,
              5,
              0,
              1_500,
              1_000,
              null,
              20,
              List.of(),
              "id",
              null,
              at,
              at));
    }
    database.writeJdbc(
        connection ->
            new BroughtLines(database.dialect(), "a test")
                .write(database.on(connection), connection, lines, at));
  }

  @Test
  void theBooksStayCleanWhenOldEventsGoAndStillMissAYoungOne() {
    People people = People.in(database);
    lines(people, OLD);
    lines(people, YOUNG);
    People others = People.in(database);
    lines(others, OLD);
    policy(people.tenant(), "outbox", "DELETE", false, "events");

    assertThat(run().getFirst().rows()).isGreaterThanOrEqualTo(3);

    assertThat(Reconciliation.run(database, _ -> {}).named()).isEmpty();
    UUID young = gone(people.tenant(), YOUNG);
    UUID old = gone(others.tenant(), OLD);
    assertThat(Reconciliation.run(database, _ -> {}).named())
        .as("a young line's event, and one of a tenant whose events stay")
        .extracting(Reconciliation.Difference::key)
        .containsExactlyInAnyOrder(young.toString(), old.toString());
  }

  /** Takes the event of a line away, whatever the policies say; returns the line. */
  private UUID gone(UUID tenant, Instant at) {
    return database.write(
        sql -> {
          UUID line =
              Objects.requireNonNull(
                  sql.select(EVENTS.SUBJECT_ID)
                      .from(EVENTS)
                      .where(EVENTS.TENANT_ID.eq(tenant))
                      .and(EVENTS.TYPE.eq("ai_request.finished"))
                      .and(EVENTS.AT.eq(at))
                      .limit(1)
                      .fetchSingle(EVENTS.SUBJECT_ID));
          UUID pass = Ids.next();
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, pass)
              .set(MAINTENANCE.REASON, "a test")
              .set(MAINTENANCE.AT, NOW)
              .execute();
          sql.deleteFrom(EVENTS).where(EVENTS.SUBJECT_ID.eq(line)).execute();
          sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(pass)).execute();
          return line;
        });
  }

  @Test
  void oldRowsOfAnAppendOnlyTableGoToTheArchiveAndThenAway() throws IOException {
    UUID policy = policy(acme, "security", "ARCHIVE", false, "security_events");
    event(acme, OLD);
    event(acme, OLD);
    event(acme, YOUNG);
    event(zenith, OLD);

    List<Retention.Outcome> outcomes = run();

    assertThat(outcomes).hasSize(1);
    assertThat(outcomes.getFirst().status()).isEqualTo(Retention.Status.COMPLETED);
    assertThat(outcomes.getFirst().rows()).isEqualTo(2);
    assertThat(count(SECURITY_EVENTS, acme)).isEqualTo(1);
    assertThat(count(SECURITY_EVENTS, zenith)).isEqualTo(1);
    List<JsonNode> archived = archived(outcomes.getFirst().archive());
    assertThat(archived).hasSize(2);
    assertThat(archived.getFirst().path("tenant_id").asText()).isEqualTo(acme.toString());
    assertThat(archived.getFirst().path("created_at").asText())
        .isEqualTo("2026-10-11T12:00:00.000000Z");
    Record row = runs().getFirst();
    assertThat(row.get(RETENTION_RUNS.POLICY_ID)).isEqualTo(policy);
    assertThat(row.get(RETENTION_RUNS.STATUS)).isEqualTo("COMPLETED");
    assertThat(row.get(RETENTION_RUNS.ROWS_DELETED)).isEqualTo(2);
    assertThat(row.get(RETENTION_RUNS.ROWS_ARCHIVED)).isEqualTo(2);
    assertThat(row.get(RETENTION_RUNS.ARCHIVE)).isEqualTo(outcomes.getFirst().archive());
    int entries =
        database.read(
            sql ->
                sql.fetchCount(
                    AUDIT_LOGS,
                    AUDIT_LOGS.TENANT_ID.eq(acme),
                    AUDIT_LOGS.TABLE_NAME.eq("retention_runs"),
                    AUDIT_LOGS.ACTOR_KIND.eq("COMMAND")));
    assertThat(entries).isEqualTo(1);
    int passes = database.read(sql -> sql.fetchCount(MAINTENANCE));
    assertThat(passes).isZero();
  }

  private List<JsonNode> archived(@Nullable String key) throws IOException {
    Path file = folder.resolve("archive").resolve(Objects.requireNonNull(key));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    List<JsonNode> rows = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      lines.lines().forEach(it -> rows.add(JsonBinding.parse(it)));
    }
    return rows;
  }

  @Test
  void aDryRunCountsAndChangesNothing() {
    policy(acme, "security", "ARCHIVE", false, "security_events");
    event(acme, OLD);

    List<Retention.Outcome> outcomes =
        retention().run(Actor.command(Tenants.PLATFORM), true, _ -> {});

    assertThat(outcomes.getFirst().status()).isEqualTo(Retention.Status.WOULD);
    assertThat(outcomes.getFirst().rows()).isEqualTo(1);
    assertThat(count(SECURITY_EVENTS, acme)).isEqualTo(1);
    assertThat(runs()).isEmpty();
    assertThat(folder.resolve("archive")).doesNotExist();
  }

  @Test
  void underALegalHoldNothingGoes() {
    policy(Tenants.PLATFORM, "security", "DELETE", false, "security_events");
    policy(acme, "case 7", "DELETE", true, "security_events");
    event(acme, OLD);
    event(zenith, OLD);

    assertThat(run())
        .extracting(Retention.Outcome::status)
        .containsExactlyInAnyOrder(Retention.Status.COMPLETED, Retention.Status.HELD);

    assertThat(count(SECURITY_EVENTS, acme)).isEqualTo(1);
    assertThat(count(SECURITY_EVENTS, zenith)).isZero();
  }

  @Test
  void aTenantsOwnPolicyStandsBeforeThePlatforms() {
    policy(Tenants.PLATFORM, "security", "DELETE", false, "security_events");
    UUID own = policy(acme, "security", "DELETE", false, "security_events");
    database.<Integer>write(
        sql ->
            sql.update(DATA_RETENTION_POLICIES)
                .set(DATA_RETENTION_POLICIES.KEEP_DAYS, 60)
                .where(DATA_RETENTION_POLICIES.ID.eq(own))
                .execute());
    event(acme, OLD);
    event(zenith, OLD);

    run();

    assertThat(count(SECURITY_EVENTS, acme)).isEqualTo(1);
    assertThat(count(SECURITY_EVENTS, zenith)).isZero();
  }

  @Test
  void whatIsCountedBilledOrProvedStays() {
    policy(acme, "greedy", "DELETE", false, "cost_tracking", "audit_seals", "users", "nothing");

    assertThat(run())
        .allSatisfy(it -> assertThat(it.status()).isEqualTo(Retention.Status.FAILED))
        .extracting(Retention.Outcome::note)
        .contains(
            "rows of users stay: they are counted, billed or proved", "there is no table nothing");
  }

  private Sealer sealer(Instant at) {
    return new Sealer(database, VAULT, Clock.fixed(at, ZoneOffset.UTC));
  }

  /** Entries of the log, sealed at once. */
  private void entries(UUID tenant, Instant at, int count) {
    database.<Integer>write(
        sql -> {
          for (int i = 0; i < count; i++) {
            Audit.note(sql, Actor.system(tenant), "NOTED", null, null, "for a test", at);
          }
          return count;
        });
    assertThat(sealer(at.plusSeconds(1)).sealAll()).isEqualTo(count);
  }

  private Verification.Report verify() {
    return Verification.run(database, VAULT, null, List.of(), _ -> {});
  }

  @Test
  void theLogIsProvedByItsSealsWhenItsOldEntriesAreGone() throws IOException {
    policy(acme, "log", "ARCHIVE", false, "audit_logs");
    entries(acme, OLD, 5);
    entries(zenith, OLD, 3);
    entries(acme, YOUNG, 2);

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.note()).isNull();
    assertThat(outcome.rows()).isEqualTo(5);
    assertThat(archived(outcome.archive())).hasSize(5);
    assertThat(count(AUDIT_LOGS, zenith)).isEqualTo(3);
    sealer(NOW).sealAll(); // the entry that tells of the run
    assertThat(count(AUDIT_LOGS, acme)).isEqualTo(3);
    Verification.Report report = verify();
    assertThat(report.named()).isEmpty();
    assertThat(report.archived()).isEqualTo(5);
    assertThat(report.entries()).isEqualTo(6);
  }

  @Test
  void anEntryThatGoesWithoutRetentionIsMissedAllTheSame() {
    policy(Tenants.PLATFORM, "log", "DELETE", false, "audit_logs");
    entries(acme, OLD, 5);
    entries(acme, YOUNG, 2);
    run();
    database.<Integer>write(
        sql -> {
          UUID pass = Ids.next();
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, pass)
              .set(MAINTENANCE.REASON, "a forger's")
              .set(MAINTENANCE.AT, NOW)
              .execute();
          sql.deleteFrom(AUDIT_LOGS).where(AUDIT_LOGS.CREATED_AT.eq(YOUNG)).execute();
          return sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(pass)).execute();
        });

    assertThat(verify().named())
        .extracting(Verification.Fault::kind)
        .containsOnly(Verification.Kind.MISSING)
        .hasSize(2);
  }

  @Test
  void aLogThatWasTamperedWithKeepsItsEntries() {
    policy(acme, "log", "DELETE", false, "audit_logs");
    entries(acme, OLD, 5);
    database.<Integer>write(
        sql -> sql.update(AUDIT_HEADS).set(AUDIT_HEADS.HMAC, "forged").execute());

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.status()).isEqualTo(Retention.Status.FAILED);
    assertThat(outcome.note()).contains("tampered");
    assertThat(
            database.<Integer>read(
                sql -> sql.fetchCount(AUDIT_LOGS, AUDIT_LOGS.ACTION.eq("NOTED"))))
        .isEqualTo(5);
  }

  @Test
  void personalColumnsAreEmptiedAndTheRowStays() {
    policy(acme, "privacy", "ANONYMIZE", false, "security_events");
    event(acme, OLD);
    event(acme, YOUNG);

    assertThat(run().getFirst().rows()).isEqualTo(1);
    assertThat(run().getFirst().rows()).as("the second time").isZero();

    List<String> addresses =
        database.read(
            sql ->
                sql.select(SECURITY_EVENTS.IP)
                    .from(SECURITY_EVENTS)
                    .orderBy(SECURITY_EVENTS.CREATED_AT)
                    .fetch(SECURITY_EVENTS.IP));
    assertThat(addresses).containsExactly(null, "192.0.2.1");
  }

  @Test
  void manyRowsGoInBatches() {
    policy(Tenants.PLATFORM, "security", "DELETE", false, "security_events");
    events(acme, OLD, 4_001);
    List<String> told = new ArrayList<>();

    List<Retention.Outcome> outcomes =
        retention().run(Actor.command(Tenants.PLATFORM), false, told::add);

    assertThat(outcomes.getFirst().rows()).isEqualTo(4_001);
    assertThat(count(SECURITY_EVENTS, acme)).isZero();
    assertThat(told)
        .contains("security: security_events, 4000 rows", "security: security_events, 4001 rows");
  }

  @Test
  void wholePartitionsGoOnPostgres() throws IOException {
    Instant lastYear = NOW.minus(Duration.ofDays(365));
    new Partitions(database).ensure(lastYear);
    new Partitions(database).ensure(NOW);
    policy(Tenants.PLATFORM, "metrics", "ARCHIVE", false, "metrics");
    UUID series = Ids.next();
    database.<Integer>write(
        sql ->
            sql.insertInto(METRIC_SERIES)
                .set(METRIC_SERIES.ID, series)
                .set(METRIC_SERIES.TENANT_ID, acme)
                .set(METRIC_SERIES.NAME, "load")
                .set(METRIC_SERIES.TYPE, "GAUGE")
                .set(METRIC_SERIES.FINGERPRINT, "load")
                .set(METRIC_SERIES.CREATED_AT, NOW)
                .set(METRIC_SERIES.UPDATED_AT, NOW)
                .execute());
    metric(series, lastYear);
    metric(series, YOUNG);
    List<String> before = new Partitions(database).ended("metrics", NOW);

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.status()).isEqualTo(Retention.Status.COMPLETED);
    assertThat(outcome.rows()).isEqualTo(1);
    assertThat(archived(outcome.archive())).hasSize(1);
    assertThat(count(METRICS, acme)).isEqualTo(1);
    assertThat(new Partitions(database).ended("metrics", NOW)).isEmpty();
    assertThat(before.isEmpty()).isEqualTo(database.engine() == Engine.SQLITE);
  }

  private void metric(UUID series, Instant at) {
    database.<Integer>write(
        sql ->
            sql.insertInto(METRICS)
                .set(METRICS.ID, Ids.lowest(at))
                .set(METRICS.TENANT_ID, acme)
                .set(METRICS.SERIES_ID, series)
                .set(METRICS.AT, at)
                .set(METRICS.VALUE, 1.0)
                .execute());
  }

  @Test
  void aRunThatWasCutOffIsToldAndTheNextOneGoesOn() {
    UUID policy = policy(acme, "security", "DELETE", false, "security_events");
    event(acme, OLD);
    database.<Integer>write(
        sql ->
            sql.insertInto(RETENTION_RUNS)
                .set(RETENTION_RUNS.ID, Ids.next())
                .set(RETENTION_RUNS.TENANT_ID, acme)
                .set(RETENTION_RUNS.POLICY_ID, policy)
                .set(RETENTION_RUNS.TABLE_NAME, "security_events")
                .set(RETENTION_RUNS.CUTOFF, OLD)
                .set(RETENTION_RUNS.STARTED_AT, NOW.minus(Duration.ofHours(1)))
                .execute());

    assertThat(run().getFirst().status()).isEqualTo(Retention.Status.BUSY);

    database.<Integer>write(
        sql ->
            sql.update(RETENTION_RUNS)
                .set(RETENTION_RUNS.STARTED_AT, NOW.minus(Duration.ofHours(7)))
                .execute());
    assertThat(run().getFirst().status()).isEqualTo(Retention.Status.COMPLETED);
    assertThat(runs())
        .extracting(it -> it.get(RETENTION_RUNS.STATUS))
        .containsExactlyInAnyOrder("FAILED", "COMPLETED");
    assertThat(count(SECURITY_EVENTS, acme)).isZero();
  }

  @Test
  void expiredBodiesOfCallsGo() {
    body(OLD);
    body(NOW.plusSeconds(1));

    run();

    assertThat(count(AI_REQUEST_BODIES, acme)).isEqualTo(1);
  }

  private void body(Instant expires) {
    database.<Integer>write(
        sql ->
            sql.insertInto(AI_REQUEST_BODIES)
                .set(AI_REQUEST_BODIES.REQUEST_ID, Ids.next())
                .set(AI_REQUEST_BODIES.TENANT_ID, acme)
                .set(AI_REQUEST_BODIES.EXPIRES_AT, expires)
                .set(AI_REQUEST_BODIES.CREATED_AT, OLD)
                .execute());
  }
}
