package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_ATTEMPTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.JobAttemptsRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** A database with tenants, and nodes that run jobs on it. */
final class Shop implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-05-04T10:00:00Z");

  final Database database;
  final UUID tenant;
  final MeterRegistry meters = new SimpleMeterRegistry();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  Shop(Engine engine) {
    database = TestDatabases.fresh(engine);
    database.write(
        sql ->
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, Tenants.PLATFORM)
                .set(TENANTS.SLUG, "platform")
                .set(TENANTS.NAME, "Platform")
                .set(TENANTS.CREATED_AT, NOW)
                .set(TENANTS.UPDATED_AT, NOW)
                .execute());
    tenant = tenant("acme");
  }

  UUID tenant(String slug) {
    UUID id = Ids.next();
    database.write(
        sql ->
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, id)
                .set(TENANTS.SLUG, slug)
                .set(TENANTS.NAME, slug)
                .set(TENANTS.CREATED_AT, NOW)
                .set(TENANTS.UPDATED_AT, NOW)
                .execute());
    return id;
  }

  /** A node that is not started yet. */
  Jobs node(String name) {
    return node(name, Clock.systemUTC(), 16);
  }

  Jobs node(String name, Clock clock, int concurrency) {
    Jobs.Settings settings =
        new Jobs.Settings(
            concurrency,
            8192,
            Duration.ofMillis(50),
            Duration.ofMillis(400),
            Duration.ofSeconds(2));
    return add(new Jobs(database, clock, settings, name, meters));
  }

  /** The same database as another process would open it. */
  Database again() {
    return add(Database.open(DatabaseSettings.of(TestDatabases.url(database))));
  }

  <T extends AutoCloseable> T add(T part) {
    opened.push(part);
    return part;
  }

  UUID enqueue(Jobs jobs, JobWish wish) {
    return database.write(sql -> jobs.enqueue(sql, wish));
  }

  JobsRecord job(UUID id) {
    return database.read(sql -> sql.selectFrom(JOBS).where(JOBS.ID.eq(id)).fetchSingle());
  }

  List<JobAttemptsRecord> attempts(UUID id) {
    return database.read(
        sql ->
            sql.selectFrom(JOB_ATTEMPTS)
                .where(JOB_ATTEMPTS.JOB_ID.eq(id))
                .orderBy(JOB_ATTEMPTS.ATTEMPT)
                .fetch());
  }

  /** Waits until a job is in a state; returns it. */
  JobsRecord await(UUID id, JobState state) {
    until(() -> job(id).getState().equals(state.name()), () -> "job is " + job(id));
    return job(id);
  }

  static void until(BooleanSupplier condition) {
    until(condition, () -> "what was waited for has not come");
  }

  static void until(BooleanSupplier condition, java.util.function.Supplier<String> what) {
    long end =
        System.nanoTime() + Duration.ofSeconds(60).toNanos(); // a busy machine starts JVMs slowly
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(what.get());
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  static JsonNode text(String value) {
    return JsonNodeFactory.instance.objectNode().put("text", value);
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
