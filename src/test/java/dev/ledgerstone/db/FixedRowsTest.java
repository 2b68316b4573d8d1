package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.ACCESS_AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.EVENT_RECORDS;
import static dev.ledgerstone.db.schema.Tables.FILES;
import static dev.ledgerstone.db.schema.Tables.FILE_ACCESS_LOGS;
import static dev.ledgerstone.db.schema.Tables.FILE_STORAGE;
import static dev.ledgerstone.db.schema.Tables.FOLDERS;
import static dev.ledgerstone.db.schema.Tables.FORM_TEMPLATE_VERSIONS;
import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.PROMPT_VERSIONS;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.SESSION_ACTIVITIES;
import static dev.ledgerstone.db.schema.Tables.TASKS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.DSLContext;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What triggers, partial indexes and references promise of single tables. */
@ParameterizedClass
@EnumSource(Engine.class)
class FixedRowsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Database database;

  FixedRowsTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
  }

  private void write(Consumer<DSLContext> work) {
    database.write(
        sql -> {
          work.accept(sql);
          return null;
        });
  }

  private void rows(Table<?>... tables) {
    write(
        sql -> {
          SampleRows rows = new SampleRows(sql);
          List.of(tables).forEach(rows::row);
        });
  }

  private int count(Table<?> table) {
    return database.read(sql -> sql.fetchCount(table));
  }

  private static void refuses(String with, ThrowingCallable change) {
    assertThatThrownBy(change).hasStackTraceContaining(with);
  }

  @Test
  void aSecurityEventIsResolvedOnce() {
    rows(SECURITY_EVENTS);
    Consumer<String> resolve =
        how ->
            write(
                sql ->
                    sql.update(SECURITY_EVENTS)
                        .set(SECURITY_EVENTS.RESOLVED_AT, NOW)
                        .set(SECURITY_EVENTS.RESOLUTION, how)
                        .execute());

    refuses(
        "append-only",
        () -> write(sql -> sql.update(SECURITY_EVENTS).set(SECURITY_EVENTS.IP, "::1").execute()));
    resolve.accept("a test");
    refuses("append-only", () -> resolve.accept("another"));
  }

  @Test
  void aPromptsTextIsFixedAndItsLabelsMove() {
    rows(PROMPT_VERSIONS);

    refuses(
        "prompt_versions",
        () -> write(sql -> sql.update(PROMPT_VERSIONS).set(PROMPT_VERSIONS.BODY, "new").execute()));
    write(
        sql ->
            sql.update(PROMPT_VERSIONS)
                .set(PROMPT_VERSIONS.LABELS, JsonNodeFactory.instance.arrayNode().add("production"))
                .execute());
    assertThat(database.read(sql -> sql.fetchSingle(PROMPT_VERSIONS)).getBody()).isEqualTo("x");
  }

  @Test
  void aPublishedFormMayOnlyBeRetired() {
    rows(FORM_TEMPLATE_VERSIONS);
    Consumer<String> layout =
        name ->
            write(
                sql ->
                    sql.update(FORM_TEMPLATE_VERSIONS)
                        .set(
                            FORM_TEMPLATE_VERSIONS.LAYOUT,
                            JsonNodeFactory.instance.objectNode().put("title", name))
                        .execute());
    layout.accept("draft");
    write(
        sql ->
            sql.update(FORM_TEMPLATE_VERSIONS)
                .set(FORM_TEMPLATE_VERSIONS.PUBLISHED_AT, NOW)
                .execute());

    refuses("form_template_versions", () -> layout.accept("afterthought"));
    write(
        sql ->
            sql.update(FORM_TEMPLATE_VERSIONS)
                .set(FORM_TEMPLATE_VERSIONS.RETIRED_AT, NOW.plusSeconds(1))
                .execute());
  }

  @Test
  void anEventRecordGoesAfterItsTimeAndNotBefore() {
    rows(EVENT_RECORDS);
    write(
        sql -> {
          var row = sql.fetchSingle(EVENT_RECORDS);
          for (Instant expires :
              List.of(Instant.now().minusSeconds(60), Instant.now().plusSeconds(600))) {
            row.setId(Ids.next());
            row.setExpiresAt(expires);
            sql.insertInto(EVENT_RECORDS).set(row).execute();
          }
        });

    write(
        sql ->
            sql.deleteFrom(EVENT_RECORDS)
                .where(EVENT_RECORDS.EXPIRES_AT.lt(Instant.now()))
                .execute());
    assertThat(count(EVENT_RECORDS)).isEqualTo(2);
    refuses(
        "append-only",
        () ->
            write(
                sql ->
                    sql.deleteFrom(EVENT_RECORDS)
                        .where(EVENT_RECORDS.EXPIRES_AT.isNotNull())
                        .execute()));
    refuses(
        "append-only",
        () ->
            write(
                sql ->
                    sql.deleteFrom(EVENT_RECORDS)
                        .where(EVENT_RECORDS.EXPIRES_AT.isNull())
                        .execute()));
  }

  private UUID folder(@Nullable UUID parent, String name) {
    UUID id = Ids.next();
    write(
        sql ->
            sql.insertInto(FOLDERS)
                .set(FOLDERS.ID, id)
                .set(FOLDERS.TENANT_ID, sql.select(TENANTS.ID).from(TENANTS))
                .set(FOLDERS.OWNER_ID, sql.select(USERS.ID).from(USERS))
                .set(FOLDERS.PARENT_ID, parent)
                .set(FOLDERS.NAME, name)
                .set(FOLDERS.CREATED_AT, NOW)
                .set(FOLDERS.UPDATED_AT, NOW)
                .execute());
    return id;
  }

  @Test
  void namesAreUniqueAmongLivingSiblings() {
    rows(USERS);
    UUID top = folder(null, "invoices");
    folder(top, "2026");

    refuses("folders", () -> folder(null, "invoices"));
    refuses("folders", () -> folder(top, "2026"));
    UUID other = folder(null, "contracts");
    folder(other, "2026");

    write(sql -> sql.update(FOLDERS).set(FOLDERS.DELETED_AT, NOW).execute());
    folder(null, "invoices");
    folder(top, "2026");
  }

  @Test
  void aFolderWithItsSubfoldersGoes() {
    rows(USERS);
    UUID top = folder(null, "a");
    folder(folder(top, "b"), "c");

    write(sql -> sql.deleteFrom(FOLDERS).where(FOLDERS.ID.eq(top)).execute());

    assertThat(count(FOLDERS)).isZero();
  }

  @Test
  void noRowRefersIntoAnotherTenant() {
    rows(FILES);
    UUID mine = folder(null, "mine");
    UUID stranger = Ids.next();
    write(
        sql -> {
          var tenant = sql.fetchSingle(TENANTS);
          tenant.setId(stranger);
          tenant.setSlug("stranger");
          sql.insertInto(TENANTS).set(tenant).execute();
        });

    write(sql -> sql.update(FILES).set(FILES.FOLDER_ID, mine).execute());
    refuses(
        "constraint",
        () -> write(sql -> sql.update(FILES).set(FILES.TENANT_ID, stranger).execute()));
    refuses(
        "constraint",
        () -> write(sql -> sql.update(FOLDERS).set(FOLDERS.TENANT_ID, stranger).execute()));
  }

  private void job(String unique) {
    write(
        sql ->
            sql.insertInto(JOBS)
                .set(JOBS.ID, Ids.next())
                .set(JOBS.TENANT_ID, sql.select(TENANTS.ID).from(TENANTS))
                .set(JOBS.KIND, "report")
                .set(JOBS.UNIQUE_KEY, unique)
                .set(JOBS.RUN_AT, NOW)
                .set(JOBS.CREATED_AT, NOW)
                .set(JOBS.UPDATED_AT, NOW)
                .execute());
  }

  @Test
  void ofAUniqueKeyOneJobWaitsOrRuns() {
    rows(TENANTS);
    job("march");

    refuses("jobs", () -> job("march"));
    job("april");
    refuses(
        "jobs_finished_check",
        () -> write(sql -> sql.update(JOBS).set(JOBS.STATE, "SUCCEEDED").execute()));
    write(
        sql -> sql.update(JOBS).set(JOBS.STATE, "SUCCEEDED").set(JOBS.FINISHED_AT, NOW).execute());
    job("march");
  }

  @Test
  void olderSchemasViewsShowTheRows() {
    rows(JOBS, FILES, SESSION_ACTIVITIES, FILE_ACCESS_LOGS, SECURITY_EVENTS);

    assertThat(database.read(sql -> sql.fetchSingle(TASKS)).getStatus()).isEqualTo("QUEUED");
    assertThat(database.read(sql -> sql.fetchSingle(FILE_STORAGE)).getSize()).isEqualTo(1);
    List<String> kinds =
        database.read(
            sql ->
                sql.select(ACCESS_AUDIT_LOGS.RESOURCE_KIND)
                    .from(ACCESS_AUDIT_LOGS)
                    .fetch(ACCESS_AUDIT_LOGS.RESOURCE_KIND));
    assertThat(kinds).containsExactlyInAnyOrder("SESSION", "FILE", "USER");

    write(sql -> sql.update(FILES).set(FILES.DELETED_AT, NOW).execute());
    assertThat(count(FILE_STORAGE)).isZero();
  }
}
